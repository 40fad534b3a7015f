import { isEnded } from "../core/deploy/status.ts";
import { ERRORS, isRunwrightError } from "../core/errors.ts";
import type { Deployment, DeploymentProgress } from "../protocol/http/deployments.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";
import { changesOf } from "./deployment-lines.ts";
import { pictureOf } from "./deployment-picture.ts";
import { deploymentPath } from "./deployment-text.ts";
import { pause } from "./pause.ts";

const LOOK_MS = 1_000;

/**
 * Watches a rollout to its end: a picture where someone looks, else a line for each change. An engine that is away is waited for: the rollout goes on.
 * @returns the deployment, ended @throws what the engine says when it was never reached; the signal's reason
 */
export async function watchDeployment(
  client: Client,
  id: string,
  { terminal, signal }: Pick<Context, "terminal" | "signal">,
  { json }: { json: boolean },
): Promise<Deployment> {
  let before: DeploymentProgress | null = null;
  let isLost = false;
  const isPicture = terminal.isTty && !json;
  for (;;) {
    leave();
    const wasLost = isLost;
    const progress: DeploymentProgress | undefined = await client
      .request<DeploymentProgress>("GET", `${deploymentPath(id)}/progress`, { signal })
      .catch((error: unknown) => {
        leave();
        const mayPass = isRunwrightError(error) && ERRORS[error.code].retry;
        if (before === null || !mayPass) throw error;
        isLost = true;
        if (isPicture) draw(before);
        else if (!wasLost) terminal.note("The engine can't be reached; waiting until it is back. The rollout goes on. Ctrl-C ends the waiting.");
        return undefined;
      });
    if (progress) {
      isLost = false;
      if (wasLost && !isPicture) terminal.note("The engine is back.");
      if (json) {
        if (contentOf(before) !== contentOf(progress)) terminal.printJson(progress);
      } else if (isPicture) draw(progress);
      else for (const line of changesOf(before, progress)) terminal.print(line);
      before = progress;
      if (isEnded(progress.deployment.status)) return progress.deployment;
    }
    await pause(LOOK_MS, signal);
  }

  function draw(progress: DeploymentProgress): void {
    terminal.picture(pictureOf(progress, { columns: terminal.columns, rows: terminal.rows, isLost }));
  }

  function leave(): void {
    if (!signal.aborted) return;
    terminal.note(`${id} goes on; see it with: runwright deployment watch ${id}, or end it with: runwright deployment abort ${id}`);
    signal.throwIfAborted();
  }
}

/** Without the time of the look. */
const contentOf = (progress: DeploymentProgress | null): string => JSON.stringify(progress && { ...progress, at: "" });
