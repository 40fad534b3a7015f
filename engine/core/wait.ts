/**
 * What a job waits for while it needs no isolate. The first of its waits that is over brings it back into the queue.
 * Invariant: that none of them is over yet is looked at in the transaction that makes the job `waiting`, so that nothing can happen unseen in between.
 */
export type Wait =
  | { kind: "time"; until: number }
  /** Until someone has decided, or its time is over. */
  | { kind: "approval"; approvalId: string; until: number }
  /** `after`: number of the last event of this name that was looked at. `until` null: for ever. */
  | { kind: "event"; name: string; after: number; until: number | null }
  | { kind: "job"; jobId: string };

/** When the first of them ends by itself, Unix milliseconds; null: never. */
export function wakeTimeOf(waits: readonly Wait[]): number | null {
  const times = waits.flatMap((wait) => ("until" in wait && wait.until !== null ? [wait.until] : []));
  return times.length === 0 ? null : Math.min(...times);
}

/** Whether it isn't known when all of them end: something else must happen. */
export const waitsForOthers = (waits: readonly Wait[]): boolean => waits.some((wait) => wait.kind !== "time");

/** For people: `sleeps until …`, `waits for the approval …`. */
export function describeWaits(waits: readonly Wait[]): string {
  const [first] = waits;
  if (first === undefined) return "waits";
  const more = waits.length > 1 ? ` (and ${waits.length - 1} more)` : "";
  switch (first.kind) {
    case "time": {
      const at = wakeTimeOf(waits.filter((wait) => wait.kind === "time")) ?? first.until;
      return `sleeps until ${new Date(at).toISOString()}${more}`;
    }
    case "approval":
      return `waits for the approval ${first.approvalId}${more}`;
    case "event":
      return `waits for the event ${first.name}${more}`;
    case "job":
      return `waits for ${first.jobId}${more}`;
  }
}

export const topicOfEvent = (name: string): string => `event:${name}`;
export const topicOfApproval = (approvalId: string): string => `approval:${approvalId}`;
export const topicOfJob = (jobId: string): string => `job:${jobId}`;

export const MAX_TIME_MS = 8.64e15; // the last moment that a Date can hold
