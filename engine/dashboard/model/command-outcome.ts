import type { Command } from "../../protocol/http/machines.ts";
import { Problem } from "./problem.ts";

/** How a program ended, as far as its machine says so. */
export interface Outcome {
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  isCut: boolean;
  timedOut: boolean;
  durationMs: number | null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** The result of a command `exec`; undefined: it hasn't one. */
export function outcomeOf({ action, status, result }: Pick<Command, "action" | "status" | "result">): Outcome | undefined {
  const value = answerOf({ status, result });
  if (action !== "exec" || !isObject(value)) return undefined;
  const { exitCode, signal, stdout, stderr, stdoutTruncated, stderrTruncated, timedOut, durationMs } = value;
  return {
    ...{ exitCode: number(exitCode), signal: typeof signal === "string" ? signal : null, stdout: text(stdout), stderr: text(stderr) },
    ...{ isCut: stdoutTruncated === true || stderrTruncated === true, timedOut: timedOut === true, durationMs: number(durationMs) },
  };
}

/** What a command answered; undefined: it isn't told, or there is no answer. Results hold how a command ended, and then its value or an error. */
export const answerOf = ({ status, result }: Pick<Command, "status" | "result">): unknown =>
  status === "completed" && isObject(result) ? result.value : undefined;

/** Why a command came to nothing; undefined: it did what it was to do, or is at it still. */
export function commandProblem({ status, result }: Pick<Command, "status" | "result">): Problem | undefined {
  if (status === "completed" || status === "queued" || status === "sent" || status === "acknowledged") return undefined;
  const error = isObject(result) ? result.error : undefined;
  const { code, message } = isObject(error) ? error : {};
  return new Problem({ code: text(code) || status.toUpperCase(), status: 0, detail: text(message) || `the command is ${status}` });
}

/** What a program was started with; undefined: it isn't told, or the command starts none. */
export function argvIn(args: unknown): string[] | undefined {
  if (!isObject(args) || !Array.isArray(args.argv)) return undefined;
  return args.argv.filter((one) => typeof one === "string");
}
