import { type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";
import { assessArgs } from "../protocol/agent.ts";
import { type Action, type ActionContext, unlessStopped } from "./actions.ts";
import { follow, openChangeLog } from "./change-log.ts";
import { withoutCredentials } from "./credentials.ts";
import { LOCK_TIMEOUT_MS } from "./install-run.ts";
import type { PackageAdapter, PackageChanges } from "./packages/adapter.ts";
import { figures, type Reporter } from "./reporter.ts";
import type { Turn } from "./turn.ts";

/** Failures that are about the lists themselves. */
const SAYS_SOMETHING: readonly ErrorCode[] = ["REPOSITORY_UNUSABLE", "DISK_FULL"];

/**
 * The action `assess`: fetches the package lists, when asked, then reports. Lists that can't be fetched are a problem of the report: what is known is told all the same, and the
 * machine doesn't become compliant by it.
 */
export function createAssess({
  stateDirectory,
  adapter,
  turn,
  reporter,
}: {
  stateDirectory: string;
  adapter: PackageAdapter;
  turn: Turn;
  reporter: Pick<Reporter, "reportNow" | "listsRefreshed" | "listsNotRefreshed">;
}): Action {
  return async (args, context) => {
    if (!assessArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "assess needs to know whether to refresh the lists");
    const failure = args.refresh && adapter.change ? await refresh(adapter.change, args.lockTimeoutMs, context) : undefined;
    const report = figures(await reporter.reportNow());
    if (failure) throw failure; // the engine has what is known; whoever asked for fresh lists hears that they aren't
    return report;
  };

  /**
   * Whether lists came in or not, reports say so from now on.
   * @returns what kept the agent from trying, such as a lock: that says nothing about the lists
   */
  async function refresh(change: PackageChanges, lockTimeoutMs = LOCK_TIMEOUT_MS, context: ActionContext): Promise<RunwrightError | undefined> {
    using _ = await unlessStopped(context, turn.take());
    const log = await openChangeLog(stateDirectory, context.commandId);
    const stopFollowing = follow(log, (chunk) => context.output("stderr", chunk));
    try {
      // An agent that stops doesn't wait for a slow server: fetching goes on without it.
      await unlessStopped(context, change.refresh({ signal: context.signal, log: (text) => void log.write(text), logFile: log.file, lockTimeoutMs }));
      await reporter.listsRefreshed();
      return undefined;
    } catch (error) {
      if (!isRunwrightError(error) || error.code === "COMMAND_CANCELLED") throw error;
      if (!SAYS_SOMETHING.some((code) => code === error.code)) return error;
      await reporter.listsNotRefreshed(withoutCredentials(`the package lists couldn't be fetched: ${error.message} [${error.code}]`));
      return undefined;
    } finally {
      await stopFollowing();
    }
  }
}
