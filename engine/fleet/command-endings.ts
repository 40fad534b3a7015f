import { ERRORS, type ErrorCode, RunwrightError } from "../core/errors.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { CommandRequest, StoredOutcome } from "./commands.ts";

/** The command that is known under the id of a request. @throws CONFLICT when it is another one */
export function checked(command: CommandRecord, { machineId, action }: CommandRequest): CommandRecord {
  if (command.machineId === machineId && command.action === action) return command;
  throw new RunwrightError("CONFLICT", `command ${command.id} exists already and is another one`);
}

/** Why the engine doesn't wait for it any more. */
export function expiry(command: CommandRecord, machine: string): { code: ErrorCode; message: string } {
  if (command.status === "queued") return { code: "AGENT_OFFLINE", message: `${machine} wasn't connected in time; the command wasn't sent` };
  if (command.status === "sent") return { code: "COMMAND_EXPIRED", message: `${machine} didn't acknowledge the command in time; it may have started` };
  return { code: "COMMAND_EXPIRED", message: `${machine} acknowledged the command, and no result came in time` };
}

/** @throws what it failed with */
export function valueOrThrow(outcome: StoredOutcome): unknown {
  if (outcome.status === "completed") return outcome.value;
  const { code, message } = outcome.error;
  throw new RunwrightError(Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "INTERNAL", message);
}

/** How long it may take once it has started, milliseconds. */
export function timeoutOf(args: unknown): number {
  return typeof args === "object" && args !== null && "timeoutMs" in args && typeof args.timeoutMs === "number" ? args.timeoutMs : 24 * 3_600_000;
}
