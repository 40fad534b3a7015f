import { Type } from "typebox";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError } from "../../core/errors.ts";
import type { MachineAction } from "../../core/manifest.ts";
import type { CallContext } from "./function.ts";

const MAX_MS = 24 * 3_600_000;

export const MachineId = Type.String({ minLength: 1, maxLength: 100 });
export const DurationGiven = Type.Union([Type.String({ maxLength: 50 }), Type.Number()]);

/** Why the runbook may not do this to machines, in words. */
export function undeclared({ attempt }: CallContext, action?: MachineAction): string | undefined {
  const declared = attempt.manifest.permissions.machines;
  if (declared === undefined) return "the runbook doesn't declare machines: add permissions.machines";
  if (action !== undefined && !declared.actions.includes(action))
    return `the runbook doesn't declare the machine action "${action}": add it to permissions.machines.actions`;
  return undefined;
}

export const unselected = (machine: string, { machines }: CallContext): string | undefined =>
  machines.has(machine) ? undefined : `the job hasn't selected the machine "${machine}"`;

/** What is wrong with a duration that was given, in words. */
export function wrongDuration(option: string, given: string | number | undefined): string | undefined {
  if (given === undefined) return undefined;
  try {
    const ms = parseDuration(given);
    return ms > 0 && ms <= MAX_MS ? undefined : `${option} must be above zero and at most 24h`;
  } catch (error) {
    if (isRunwrightError(error, "DURATION_INVALID")) return `${option}: ${error.message}`;
    throw error;
  }
}
