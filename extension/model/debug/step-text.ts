import type { DebugStep, WithheldWrite } from "../../../engine/core/debug.ts";
import type { Ended } from "./debug-session.ts";

const HOW: Readonly<Record<DebugStep["how"], string>> = { recorded: "as recorded", done: "done now", withheld: "NOT done; it would have been" };
const WIDTH = 300;

const short = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "";
  return text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
};

/** `call 3  machines.exec(…)`, and what came of it. */
export function stepText({ call, op, how, args, ok, outcome }: DebugStep): string {
  return `call ${call}  ${op}(${short(args)})\n  ${HOW[how]}: ${ok ? "" : "failed with "}${short(outcome) || "nothing"}`;
}

export const questionText = ({ op, args, site }: WithheldWrite): { question: string; detail: string } => ({
  question: `Do ${op} for real?`,
  detail: [
    `${op}(${short(args)})`,
    ...(site === null ? [] : [`at ${site}`]),
    "",
    "A replay does no write unless you allow it. If you don't, the runbook gets what a dry run would get.",
    ...(op === "jobs.start" ? ["The job that it starts isn't a replay: it does its writes without a question."] : []),
  ].join("\n"),
});

export function endText(ended: Ended | undefined, problem: string | undefined): { text: string; isFine: boolean } {
  if (problem !== undefined) return { text: `The session has ended: ${problem}`, isFine: false };
  if (!ended) return { text: "The session has ended, and its job with it.", isFine: true };
  const { job, status, failureCode, error } = ended;
  const how = `${job} ${status}${failureCode ? `, ${failureCode}` : ""}`;
  return { text: error ? [how, `${error.name}: ${error.message}`, ...(error.stack ? [error.stack] : [])].join("\n") : how, isFine: status === "completed" };
}

/** Where a runbook made a call, as the engine says it: `lib/patch.ts:12:23`. */
export function siteOf(text: string | null): { path: string; line: number; column: number } | undefined {
  const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(text ?? "") ?? [];
  return path === undefined ? undefined : { path, line: Number(line), column: Number(column) };
}
