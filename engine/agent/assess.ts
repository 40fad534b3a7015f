import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { assessArgs } from "../protocol/agent.ts";
import { type Action, type ActionContext, unlessStopped } from "./actions.ts";
import { openChangeLog } from "./change-log.ts";
import { LOCK_TIMEOUT_MS } from "./install.ts";
import type { PackageAdapter, PackageChanges } from "./packages/adapter.ts";
import { figures, type Reporter } from "./reporter.ts";
import type { Turn } from "./turn.ts";

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
  reporter: Pick<Reporter, "reportNow" | "listsRefreshed">;
}): Action {
  return async (args, context) => {
    if (!assessArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "assess needs to know whether to refresh the lists");
    const problem = args.refresh && adapter.change ? await refreshed(adapter.change, args.lockTimeoutMs, context) : undefined;
    return figures(await reporter.reportNow(problem === undefined ? [] : [problem]));
  };

  /** @returns why the lists couldn't be fetched */
  async function refreshed(change: PackageChanges, lockTimeoutMs = LOCK_TIMEOUT_MS, { commandId, signal }: ActionContext): Promise<string | undefined> {
    using _ = await unlessStopped(signal, turn.take());
    const log = await openChangeLog(stateDirectory, commandId);
    try {
      await change.refresh({ signal, log: (text) => void log.write(text), logFile: log.file, lockTimeoutMs });
      await reporter.listsRefreshed();
      return undefined;
    } catch (error) {
      if (!isRunwrightError(error) || error.code === "COMMAND_CANCELLED") throw error;
      return `the package lists couldn't be fetched: ${error.message} [${error.code}]`;
    }
  }
}
