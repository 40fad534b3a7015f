import { constants } from "node:os";
import { RunwrightError } from "../core/errors.ts";
import type { Actor } from "../core/role.ts";
import { type ExecArgs, type ExecResult, execResult } from "../protocol/agent.ts";
import type { Commands } from "./commands.ts";

/** Of a program that its time limit ended, as timeout(1) has it. */
const TIMED_OUT = 124;

export interface ExecRequest {
  /** The command's: that of the call, where it has no other one. */
  id: string;
  jobId: string;
  machineId: string;
  argv: readonly string[];
  options: { timeoutMs: number; cwd?: string; env?: Readonly<Record<string, string>>; stdin?: string };
  onBehalfOf: { actor: Actor; correlationId: string };
  /** Nobody waits any more; the program goes on. */
  signal: AbortSignal;
}

/**
 * Runs a program on a machine for a job, once for each call: asked again it answers with what is known.
 * @throws AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED, COMMAND_INTERRUPTED, COMMAND_CANCELLED, EXEC_FAILED, MACHINE_NOT_FOUND
 */
export async function execForJob(commands: Commands, { id, jobId, machineId, argv, options, onBehalfOf, signal }: ExecRequest) {
  const { env, ...plain } = options;
  const args: ExecArgs = { argv: [...argv], ...plain, ...(env === undefined ? {} : { env: { ...env } }) };
  const { actor, correlationId } = onBehalfOf;
  const value = await commands.perform({ id, machineId, action: "exec", args, jobId, actor, correlationId }, { signal });
  if (!execResult.Check(value)) throw new RunwrightError("INTERNAL", "the agent returned something that isn't the result of a program");
  return { exitCode: exitCodeOf(value), stdout: value.stdout, stderr: value.stderr, truncated: value.stdoutTruncated || value.stderrTruncated };
}

/** What a shell would show: 128 + the signal's number for a program that one ended. */
export function exitCodeOf({ exitCode, signal, timedOut }: Pick<ExecResult, "exitCode" | "signal" | "timedOut">): number {
  if (timedOut) return TIMED_OUT;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return exitCode ?? 128 + (numbers[signal ?? ""] ?? 0);
}
