import { parseDuration } from "./duration.ts";
import type { DocumentProblem } from "./resource.ts";
import { checkSchedule } from "./schedule/occurrences.ts";
import { scheduleOf, type Timetable } from "./schedule-timer.ts";

const LONGEST_JITTER_MS = 3_600_000;
const LONGEST_GRACE_MS = 31 * 86_400_000;

/** What is wrong with a schedule by itself, beyond its shape: when it runs. */
export const timetableProblems = (timetable: Timetable): DocumentProblem[] =>
  checkSchedule(scheduleOf(timetable)).map(({ path, message }) => ({ path, message }));

/** The same for the limits of a schedule. */
export function limitProblems({ jitter, misfire }: { jitter?: string; misfire?: { policy?: string; grace?: string; max?: number } }): DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  if (jitter !== undefined && parseDuration(jitter) > LONGEST_JITTER_MS) problems.push({ path: "/jitter", message: "is at most 1h" });
  if (misfire?.grace !== undefined && parseDuration(misfire.grace) > LONGEST_GRACE_MS) problems.push({ path: "/misfire/grace", message: "is at most 31d" });
  if (misfire?.max !== undefined && misfire.policy !== "all") problems.push({ path: "/misfire/max", message: "goes with the policy all" });
  return problems;
}
