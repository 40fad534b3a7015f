import { RunwrightError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import { readSchedule, type Schedule } from "./schedule.ts";

/** Unix milliseconds: the occurrence that a moment lies at or behind, and the next one; null: there is none. */
export interface Between {
  last: number | null;
  next: number | null;
}

/** A schedule that is asked about many moments. It is read once, and whoever asks about them in their order is answered by going on from the one before. */
export interface Timeline {
  /** @param within how far back the last one is looked for */
  around(at: number, within: number): Between;
}

/**
 * Occurrences are a minute apart or more, which is what a search by halves relies on: a rule of each minute has 44,640 in a month, and a dozen of them are looked at.
 * @throws SCHEDULE_INVALID
 */
export function timelineOf(schedule: Schedule): Timeline {
  const { schedule: read, problems } = readSchedule(schedule);
  if (read === undefined) throw new RunwrightError("SCHEDULE_INVALID", "the schedule isn't valid", { details: { problems } });
  let known: { from: number; within: number; between: Between; walk: Iterator<number> } | undefined;

  function* walkAfter(after: number): Generator<number> {
    for (const { at } of evaluate(read as NonNullable<typeof read>, Temporal.Instant.fromEpochMilliseconds(after))) yield at.epochMilliseconds;
  }
  const take = (walk: Iterator<number>): number | null => {
    const { done, value } = walk.next();
    return done ? null : value;
  };
  const follows = (after: number): number | null => take(walkAfter(after));

  function seek(at: number, within: number): { between: Between; walk: Iterator<number> } {
    let walk = walkAfter(at - within);
    let next = take(walk);
    if (next === null || next > at) return { between: { last: null, next }, walk };
    let last = next;
    for (let high = at; ; ) {
      walk = walkAfter(last + 1); // an occurrence may have fractions of a millisecond
      next = take(walk);
      if (next === null || next > at) return { between: { last, next }, walk };
      last = next;
      const middle = Math.floor((last + high) / 2);
      const found = follows(middle);
      if (found !== null && found <= at) last = found;
      else high = middle;
    }
  }

  return {
    around(at, within) {
      if (known && known.within === within && at >= known.from) {
        const { between, walk } = known;
        if (between.next === null || at < between.next) return between;
        // Most ask about the next one.
        const [last, next] = [between.next, take(walk)];
        if (next === null || at < next) {
          known = { from: last, within, between: { last, next }, walk };
          return known.between;
        }
      }
      const { between, walk } = seek(at, within);
      known = { from: between.last ?? at, within, between, walk };
      return between;
    },
  };
}
