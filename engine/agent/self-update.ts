import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { type CommandOutcome, type UpdateAgentReport, updateAgentArgs } from "../protocol/agent.ts";
import type { Action } from "./actions.ts";
import type { CommandOnDisk } from "./command-records.ts";
import type { Log } from "./log.ts";
import type { PackageFetch } from "./package-fetch.ts";
import type { Starter } from "./starter/contract.ts";
import { tryOut, type Verdict } from "./starter/versions.ts";
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
  let restarting = false;

  async function idle(own: string, signal: AbortSignal): Promise<void> {
    const since = clock.monotonic();
    for (;;) {
      const others = running().filter((id) => id !== own);
      if (others.length === 0) return;
      if (signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", "it was cancelled while other commands ran");
      if (clock.monotonic() - since > IDLE_WITHIN_MS)
        throw new RunwrightError("AGENT_UPDATE_FAILED", `other commands ran for ${IDLE_WITHIN_MS / 60_000} minutes, and none is interrupted for an update`);
      await delay(LOOK_EVERY_MS, undefined, { ref: false });
    }
  }

  const action: Action = async (args, { commandId, signal, output }) => {
    if (!updateAgentArgs.Check(args)) {
      const [first] = updateAgentArgs.Errors(args);
      throw new RunwrightError("BAD_REQUEST", `${UPDATE_AGENT}${first?.instancePath ?? ""} ${first?.message ?? "has invalid arguments"}`);
    }
    const { hash, version, bytes, deadlineMinutes } = args;
    if (starter === undefined)
      throw new RunwrightError(
        "AGENT_UPDATE_FAILED",
        "this agent wasn't started by its starter; install it with `runwright agent install`, or update its package",
      );
    if (starter.hash === hash) return { version: agentVersion, hash, result: "current", reason: "it ran already" } satisfies UpdateAgentReport;
    const before = await versions.state();
    if (before === undefined || before.trial !== null) throw new RunwrightError("AGENT_UPDATE_FAILED", "another version is being tried");
    try {
      await versions.prune([before.current, before.previous, starter.hash]);
      const code = (await versions.read(hash)) ?? (await packages.fetch({ hash, bytes }, signal));
      if (hashOf(code) !== hash)
        throw new RunwrightError("AGENT_UPDATE_FAILED", "the package that came isn't the one that was announced: its hash differs; nothing was changed");
      await versions.add(code);
      output("stdout", `staged ${version} (${hash.slice(0, 12)}); it is tried when nothing else runs\n`);
      await idle(commandId, signal);
      restarting = true;
      await versions.write(tryOut(before, { ...{ hash, version, commandId }, deadlineMs: Math.round(deadlineMinutes * 60_000) }));
    } catch (error) {
      restarting = false;
      if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT"))
        throw new RunwrightError("DISK_FULL", `there is no room for the new agent: ${error.message}`, { cause: error });
      throw error;
    }
    log.info({ version, hash }, "starting into the new version of the agent");
    return starter.restart();
  };

  return {
    action,
    /** From here on no command may start: the engine sends it again to the next process. */
    isRestarting: (): boolean => restarting || starter?.trial === true,
    /** What has become of update commands that an earlier process of this agent has begun. @returns what is left to others; those on trial are nobody's */
    async settle(
      left: readonly CommandOnDisk[],
      conclude: (record: CommandOnDisk, outcome: CommandOutcome) => Promise<CommandOnDisk>,
    ): Promise<CommandOnDisk[]> {
      const others: CommandOnDisk[] = [];
      const state = left.some(isOpen) ? await versions.state() : undefined;
      for (const record of left) {
        if (!isOpen(record)) others.push(record);
        else if (state?.trial?.commandId !== record.id)
          others.push(await conclude(record, outcomeOf(state?.verdict?.commandId === record.id ? state.verdict : undefined, agentVersion)));
      }
      return others;
    },
  };
}
export type SelfUpdate = ReturnType<typeof createSelfUpdate>;

const isOpen = ({ action, outcome }: CommandOnDisk): boolean => action === UPDATE_AGENT && outcome === undefined;

function outcomeOf(verdict: Verdict | undefined, agentVersion: string): CommandOutcome {
  const failed = (message: string): CommandOutcome => ({ status: "failed", error: { code: "AGENT_UPDATE_FAILED", message: message.slice(0, 4_000) } });
  if (verdict === undefined) return failed(`the agent ended before the new version was tried; ${agentVersion} runs`);
  const { version, hash, kept, reason } = verdict;
  if (!kept) return failed(`${version} was given up: ${reason}; ${agentVersion} runs again`);
  return { status: "completed", value: { version: agentVersion, hash, result: "updated", reason } satisfies UpdateAgentReport };
}
