import { memberOf } from "../../../core/loosely.ts";
import type { Job, JournalEntry } from "../../../protocol/http/jobs.ts";

/** A stretch of time that is drawn from left to right, Unix milliseconds. */
export interface Axis {
  from: number;
  to: number;
}

/** A host call on the axis. */
export interface Bar {
  /** Of the axis, in percent, both within it. */
  left: number;
  width: number;
  /** `kept`: another job has issued it, whose journal this one began with. `open`: it has no outcome yet. `lost`: it has none, and the job has ended. */
  state: "settled" | "open" | "lost" | "kept";
  /** Milliseconds from issue to outcome, or to now. */
  took: number;
}

const LEAST_MS = 1;

/** From the first call, or the begin of the job, to its end. What another job has issued lies before, and isn't on the axis. */
export function axisOf(job: Pick<Job, "createdAt" | "startedAt" | "endedAt">, now: number): Axis {
  const from = Date.parse(job.startedAt ?? job.createdAt);
  return { from, to: Math.max(from + LEAST_MS, job.endedAt === null ? now : Date.parse(job.endedAt)) };
}

/** The stretch in which some calls happened. */
export function axisAround(calls: readonly JournalEntry[], whole: Axis): Axis {
  const own = calls.filter((call) => issuedAtOf(call) >= whole.from);
  if (own.length === 0) return whole;
  const from = Math.min(...own.map(issuedAtOf));
  const to = Math.max(...own.map(({ settledAt }) => (settledAt === null ? whole.to : Date.parse(settledAt))));
  return { from, to: Math.max(from + LEAST_MS, to) };
}

/** A sleep that outlives its attempt is issued anew by the next one; its arguments say since when it sleeps. */
function issuedAtOf({ op, args, issuedAt }: JournalEntry): number {
  const issued = Date.parse(issuedAt);
  const from = op === "sleep" ? memberOf(args, "from") : undefined;
  return typeof from === "number" ? Math.min(from, issued) : issued;
}

export function barOf(call: JournalEntry, { createdAt, endedAt }: Pick<Job, "createdAt" | "endedAt">, axis: Axis, now: number): Bar {
  const { settledAt } = call;
  const issued = issuedAtOf(call);
  const settled = settledAt === null ? undefined : Date.parse(settledAt);
  const end = settled ?? (endedAt === null ? now : Date.parse(endedAt));
  const took = Math.max(0, end - issued);
  if (issued < Date.parse(createdAt)) return { left: 0, width: 0, state: "kept", took };
  const share = (at: number) => Math.min(100, Math.max(0, ((at - axis.from) / (axis.to - axis.from)) * 100));
  const left = share(issued);
  return { left, width: Math.max(0, share(end) - left), state: settled !== undefined ? "settled" : endedAt === null ? "open" : "lost", took };
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
  21_600_000, 43_200_000, 86_400_000,
];

/** Round lengths of time since the axis begins, at most so many, with their places in percent. */
export function ticksOf({ from, to }: Axis, most: number): { at: number; left: number }[] {
  const length = to - from;
  const step = STEPS.find((size) => length / size <= most) ?? Math.ceil(length / most / 86_400_000) * 86_400_000;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => ({ at: index * step, left: ((index * step) / length) * 100 }));
}
