/** Two looks at one clock may differ by so much, as clocks are set; a time that lies further ahead is wrong. */
export const CLOCK_SLACK_MS = 3_600_000;

/**
 * How old a machine's package lists are: the time until its report by its own clock, so that a wrong one cancels out, and what has passed since by the engine's. Lists dated after
 * the report itself prove nothing: the clock was wrong then or is now, and nobody knows by how much.
 * @param now Unix milliseconds by the engine's clock
 * @returns milliseconds; Infinity: nobody knows
 */
export function listsAge({ collectedAt, listsUpdatedAt, receivedAt }: ListTimes, now: number): number {
  if (listsUpdatedAt === null || isAhead(listsUpdatedAt, collectedAt)) return Number.POSITIVE_INFINITY;
  return Math.max(0, collectedAt - listsUpdatedAt) + Math.max(0, now - receivedAt);
}

/** Whether a time lies further ahead than clocks differ. */
export const isAhead = (time: number, now: number): boolean => time - now > CLOCK_SLACK_MS;

export interface ListTimes {
  /** By the machine's clock, Unix milliseconds. */
  collectedAt: number;
  /** By the machine's clock; null: nobody knows. */
  listsUpdatedAt: number | null;
  /** By the engine's clock. */
  receivedAt: number;
}
