import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { type UpdateAgentArgs, type UpdateAgentReport, updateAgentArgs } from "../protocol/agent.ts";
import { type ActionContext, AgentStops, type LastingAction, unlessStopped } from "./actions.ts";
import type { Log } from "./log.ts";
import type { PackageFetch } from "./package-fetch.ts";
import type { Starter } from "./starter/contract.ts";
import { tryOut } from "./starter/versions.ts";
import { hashOf, versionsIn } from "./starter/versions-directory.ts";

export const UPDATE_AGENT = "update-agent";
/** Other commands have so long to end before the update gives up: none of them is interrupted for it. */
const IDLE_WITHIN_MS = 30 * 60_000;
const LOOK_EVERY_MS = 250;

export interface SelfUpdateParts {
  stateDirectory: string;
  /** What has started this agent; undefined: something else did. */
  starter: Starter | undefined;
  agentVersion: string;
  packages: PackageFetch;
  /** Ids of the commands that run. */
  running(): readonly string[];
  clock: Clock;
  log: Log;
}

/**
 * Updates this agent with its engine's own package: fetched, compared with its hash, staged beside the current one, then handed to the starter, which tries it and
 * keeps it or goes back. The command that asked for it ends in the next process of the agent, whichever code that runs.
 */
export function createSelfUpdate({ stateDirectory, starter, agentVersion, packages, running, clock, log }: SelfUpdateParts) {
  const versions = versionsIn(stateDirectory);
  let isRestarting = false;
  /** The command that updates this agent now: two would wait for each other, and clear away each other's package. */
  let underWay: string | undefined;

  /** Resolves when no other command runs. */
  async function idle(context: ActionContext): Promise<void> {
    const since = clock.monotonic();
    while (running().some((id) => id !== context.commandId)) {
      leaveIfAsked(context, "while other commands ran");
      if (clock.monotonic() - since > IDLE_WITHIN_MS)
        throw failure(`other commands ran for ${IDLE_WITHIN_MS / 60_000} minutes, and none is interrupted for an update`);
      await delay(LOOK_EVERY_MS);
    }
    leaveIfAsked(context, "before it was tried");
  }

  /** @returns the code under this hash, on disk */
  async function stage({ hash, bytes }: UpdateAgentArgs, context: ActionContext): Promise<void> {
    if ((await versions.read(hash)) !== undefined) return;
    const code = await unlessStopped(context, packages.fetch({ hash, bytes }, context.signal));
    if (hashOf(code) !== hash) throw failure("the package that came isn't the one that was announced: its hash differs; nothing was changed");
    await versions.add(code);
  }

  async function start(args: unknown, context: ActionContext): Promise<UpdateAgentReport> {
    if (!updateAgentArgs.Check(args)) {
      const [first] = updateAgentArgs.Errors(args);
      throw new RunwrightError("BAD_REQUEST", `${UPDATE_AGENT}${first?.instancePath ?? ""} ${first?.message ?? "has invalid arguments"}`);
    }
    const { hash, version, deadlineMinutes } = args;
    if (starter === undefined)
      throw new RunwrightError(
        "AGENT_NOT_UPDATABLE",
        "this agent wasn't started by its starter; make it a service with `runwright agent install`, or update its package",
      );
    if (starter.hash === hash) return { version: agentVersion, hash, result: "current", reason: "it ran already" };
    if (underWay !== undefined)
      throw new RunwrightError("AGENT_NOT_UPDATABLE", `it is being updated already, by the command ${underWay}; ask again when that has ended`);
    underWay = context.commandId;
    try {
      const state = await versions.state();
      if (state === undefined || state.trial !== null) throw failure("another version is being tried");
      await versions.prune([state.current, state.previous, starter.hash, hash]);
      await stage(args, context);
      context.output("stdout", `staged ${version} (${hash.slice(0, 12)}); it is tried as soon as nothing else runs\n`);
      await idle(context);
      isRestarting = true;
      await versions.write(tryOut(state, { hash, version, commandId: context.commandId, deadlineMs: Math.round(deadlineMinutes * 60_000) }));
    } catch (error) {
      isRestarting = false;
      if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT"))
        throw new RunwrightError("DISK_FULL", `there is no room for the new agent; ${agentVersion} runs on: ${error.message}`, { cause: error });
      throw error;
    } finally {
      underWay = undefined;
    }
    log.info({ version, hash }, "starting into the new version of the agent");
    return starter.restart();
  }

  async function resume({ commandId, stopping }: ActionContext): Promise<{ value: UpdateAgentReport }> {
    const state = await versions.state();
    if (state?.trial?.commandId === commandId) {
      // It is being found out right now: by this process, whose successor knows.
      if (starter?.trial) return unlessStopped({ stopping }, new Promise<never>(() => {}));
      throw failure(`what came of the trial couldn't be written down; ${agentVersion} runs`);
    }
    if (state?.verdict?.commandId !== commandId) throw failure(`the agent ended before the new version was tried; ${agentVersion} runs`);
    const { version, hash, kept, reason } = state.verdict;
    if (!kept) throw failure(`${version} (${hash.slice(0, 12)}) was given up: ${reason}; ${agentVersion} runs again`);
    return { value: { version: agentVersion, hash, result: "updated", reason } };
  }

  return {
    action: { start, resume } satisfies LastingAction,
    /** No command may start: the engine sends it again to the next process. */
    takesCommands: (): boolean => !isRestarting && starter?.trial !== true,
  };
}
export type SelfUpdate = ReturnType<typeof createSelfUpdate>;

const failure = (message: string) => new RunwrightError("AGENT_UPDATE_FAILED", message.slice(0, 4_000));

function leaveIfAsked({ stopping, signal }: ActionContext, when: string): void {
  if (stopping.aborted) throw new AgentStops();
  if (signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", `it was cancelled ${when}`);
}
