import { dirname } from "node:path";
import type { MadeRunbook } from "../../../engine/cli/resources/runbook-document.ts";
import type { Client } from "../client/client.ts";
import { withPlaces } from "./file-problems.ts";
import { applyPlan, madeIn, savedPlanOf } from "./planning.ts";
import { type Program, type Runtime, runProgram } from "./program.ts";
import type { Publisher, RunbookOnDisk } from "./publisher.ts";
import { changeOf, publishMade, type RunWords, saveDraft } from "./publishing.ts";

/** By the workspace's own `runwright`, with the compiler and the packages that the workspace has chosen. */
export function workspacePublisher(program: Program, client: Client, runtime: Runtime): Publisher {
  const runner =
    (cwd: string, signal: AbortSignal, { address, token } = client): RunWords =>
    (words) =>
      runProgram(program, { words, cwd, engine: address, token, signal }, runtime);
  /** What was reviewed is what is published, whatever becomes of the file in between. */
  const reviewed = new Map<string, MadeRunbook>();
  const planned = (path: string, cwd: string, signal: AbortSignal) => withPlaces(savedPlanOf(path, runner(cwd, signal)));

  async function review({ file, name }: RunbookOnDisk, signal: AbortSignal) {
    const { plan, saved } = await planned(file, dirname(file), signal);
    const change = changeOf(plan, name);
    if (change) reviewed.set(file, madeIn(saved, name));
    return change;
  }

  return {
    place: { kind: "workspace", program },
    review,
    async publish({ message, expected, ...runbook }, signal) {
      const content = reviewed.get(runbook.file) ?? madeIn((await planned(runbook.file, dirname(runbook.file), signal)).saved, runbook.name);
      return await publishMade(client, { name: runbook.name, content, message, expected }, signal);
    },
    saveDraft: ({ file }, signal) => saveDraft(file, runner(dirname(file), signal)),
    async plan(folder, signal) {
      const { plan, saved } = await planned(folder, folder, signal);
      return { plan, apply: (now, signal) => applyPlan(saved, runner(folder, signal, now)) };
    },
  };
}
