import { RunwrightError } from "../errors.ts";
import { evaluate } from "./evaluate.ts";
import type { Occurrence } from "./instants.ts";
import { readMoment } from "./moment.ts";
import type { Problem } from "./problem.ts";
import { type ReadSchedule, readSchedule, type Schedule } from "./schedule.ts";

export interface OccurrenceRange {
  /** Occurrences are strictly after it. An instant or its text, such as `2026-03-29T00:00:00Z`. */
  from: Temporal.Instant | Temporal.ZonedDateTime | string;
  /** At most so many; without it, all that the rule has. */
  limit?: number;
}

/**
 * The coming occurrences of a schedule: ascending, no instant twice, computed as they are asked for. They end with the rule, at `expiresAt`, when
 * nothing comes for 400 years, and with the year 9999. The iterable can be gone through more than once.
 * @throws SCHEDULE_INVALID for a schedule that `checkSchedule` finds a problem with (`details.problems`), and for a range that can't be read
 */
export function occurrences(schedule: Schedule, range: OccurrenceRange): Iterable<Temporal.ZonedDateTime> {
  const items = preview(schedule, range);
  return {
    *[Symbol.iterator]() {
      for (const { at } of items) yield at;
    },
  };
}

/**
 * As `occurrences`; each item also says which wall time the rule named and what clock changes did to it.
 * @throws SCHEDULE_INVALID
 */
export function preview(schedule: Schedule, { from, limit = Number.POSITIVE_INFINITY }: OccurrenceRange): Iterable<Occurrence> {
  const { schedule: read, problems } = readSchedule(schedule);
  if (read === undefined) throw new RunwrightError("SCHEDULE_INVALID", sentence(problems), { details: { problems } });
  const moment = readMoment(from);
  if (moment === undefined) throw new RunwrightError("SCHEDULE_INVALID", "from must be an instant or its text, such as 2026-03-29T00:00:00Z");
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit >= 0))
    throw new RunwrightError("SCHEDULE_INVALID", `limit must be a whole number, not ${limit}`);
  return {
    *[Symbol.iterator]() {
      let count = 0;
      if (count >= limit) return;
      for (const occurrence of evaluate(read, moment)) {
        yield occurrence;
        if (++count >= limit) return;
      }
    },
  };
}

/** All that is wrong with a schedule that somebody wrote; an empty list if `occurrences` takes it. */
export function checkSchedule(schedule: unknown): Problem[] {
  const { schedule: read, problems } = readSchedule(schedule);
  return read === undefined ? problems : problemsOfRange(read);
}

/** A rule that is right in itself may have nothing between start and expiry, or name only times that its time zone skips. */
function problemsOfRange(schedule: ReadSchedule): Problem[] {
  const { startAt, rule, anchor, path } = schedule;
  // Without a start, whatever comes before the expiry may have run already.
  const bounds = startAt === undefined && rule.kind !== "once" ? { ...schedule, expiresAt: undefined } : schedule;
  const from = startAt ?? (rule.kind === "once" ? Temporal.Instant.from("0001-01-01T00:00Z") : anchor);
  if (!evaluate(bounds, from.subtract({ nanoseconds: 1 })).next().done) return [];
  const message = "this never fires: what it names lies before startAt, isn't before expiresAt, or is skipped by clock changes (dst.gap)";
  return [{ path, message }];
}

const sentence = (problems: readonly Problem[]): string =>
  `the schedule isn't valid: ${problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ")}`;
