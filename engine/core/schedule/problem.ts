import { nearestWord } from "../nearest-word.ts";

/** One thing that is wrong with a schedule. */
export interface Problem {
  /** JSON Pointer (RFC 6901) to the value: `/recurrence/weekdays/0`; empty for the schedule itself. */
  path: string;
  /** What is wrong, and what to write instead. */
  message: string;
}

export type Report = (path: string, message: string) => void;

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** `"wekdays" isn't known here; did you mean "weekdays"?`, or the list of what is known. */
export function notKnown(word: unknown, known: readonly string[]): string {
  const shown = typeof word === "string" ? `"${word}"` : JSON.stringify(word);
  const near = typeof word === "string" ? nearestWord(word, known) : undefined;
  if (near !== undefined) return `${shown} isn't known here; did you mean "${near}"?`;
  return known.length > 20 ? `${shown} isn't known here` : `${shown} isn't known here; known are ${known.join(", ")}`;
}

export function reportUnknownKeys(value: Record<string, unknown>, known: readonly string[], path: string, report: Report): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) report(`${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, notKnown(key, known));
  }
}
