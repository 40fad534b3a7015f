import type { MaintenanceWindowSpec } from "../../core/deploy/spec.ts";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError } from "../../core/errors.ts";
import { excerpt } from "../../core/excerpt.ts";
import { readable } from "../../core/report.ts";
import type { MachineCall, MachinesPort } from "./ports.ts";

const DEFAULT_MS = 5 * 60_000;
const MAX_SAID = 300;

/** Runs a program on a machine; what keeps it from ending well is said and not thrown. */
export async function runProgram(
  machines: Pick<MachinesPort, "exec">,
  call: MachineCall & { part: string },
  { command, timeoutMs, what }: { command: readonly string[]; timeoutMs: number; what: string },
): Promise<{ ok: boolean; message: string }> {
  try {
    const { exitCode, stderr, stdout } = await machines.exec(call, command, timeoutMs);
    if (exitCode === 0) return { ok: true, message: `${what} succeeded` };
    const said = readable(excerpt((stderr.trim() || stdout.trim()).split("\n").slice(-3).join(" "), MAX_SAID), MAX_SAID);
    return { ok: false, message: `${what} ended with ${exitCode}${said === "" ? "" : `: ${said}`}` };
  } catch (error) {
    if (call.signal.aborted || !isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
    return { ok: false, message: `${what}: ${error.message}` };
  }
}

/** Whether a machine serves, by the program that the window names for it; it waits itself for as long as that takes. Without one: whoever answers does. */
export async function checkHealth(
  machines: Pick<MachinesPort, "exec">,
  call: MachineCall,
  { healthCheck }: Pick<MaintenanceWindowSpec, "healthCheck">,
): Promise<{ ok: boolean; message: string }> {
  if (healthCheck === undefined) return { ok: true, message: "" };
  const timeoutMs = healthCheck.timeout === undefined ? DEFAULT_MS : parseDuration(healthCheck.timeout);
  return runProgram(machines, { ...call, part: "health" }, { command: healthCheck.command, timeoutMs, what: "its health check" });
}
