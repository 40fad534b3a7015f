import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { assessArgs } from "../protocol/agent.ts";
import { type Action, unlessStopped } from "./actions.ts";
import { openChangeLog } from "./change-log.ts";
import { LOCK_TIMEOUT_MS } from "./install.ts";
import type { PackageAdapter } from "./packages/adapter.ts";
import type { Reporter } from "./reporter.ts";
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
  reporter: Pick<Reporter, "action" | "noteProblem">;
}): Action {
  return async (args, context) => {
    if (!assessArgs.Check(args)) throw new RunwrightError("BAD_REQUEST", "assess needs to know whether to refresh the lists");
    if (args.refresh && adapter.change) {
      using _ = await unlessStopped(context.signal, turn.take());
      const log = await openChangeLog(stateDirectory, context.commandId);
      const changing = {
        signal: context.signal,
        log: (text: string) => void log.write(text),
        logFile: log.file,
        lockTimeoutMs: args.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
      };
      reporter.noteProblem(
        await adapter.change.refresh(changing).then(
          () => undefined,
          (error: unknown) => {
            if (!isRunwrightError(error) || error.code === "COMMAND_CANCELLED") throw error;
            return `the package lists couldn't be fetched: ${error.message} [${error.code}]`;
          },
        ),
      );
    }
    return reporter.action();
  };
}
