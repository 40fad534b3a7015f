import { LAST_YEAR } from "./dates.ts";
import { inOrder, noteOf, type Occurrence } from "./instants.ts";
import { plannedTimes } from "./planned.ts";
import type { ReadSchedule } from "./schedule.ts";

/** Strictly after `from`, at `startAt` or later, before `expiresAt`; ascending. */
export function* evaluate(schedule: ReadSchedule, from: Temporal.Instant): Generator<Occurrence> {
  const { startAt, expiresAt } = schedule;
  const after = startAt !== undefined && compare(startAt, from) > 0 ? startAt.subtract({ nanoseconds: 1 }) : compare(from, EARLIEST) < 0 ? EARLIEST : from;
  if (compare(after, LATEST) >= 0) return;
  for (const occurrence of candidates(schedule, after)) {
    const at = occurrence.at.toInstant();
    if (expiresAt !== undefined && compare(at, expiresAt) >= 0) return;
    if (compare(at, after) > 0) yield occurrence;
  }
}

const compare = Temporal.Instant.compare;
/** Far enough from the ends of what Temporal can hold to look a day to either side. */
const EARLIEST = Temporal.Instant.from("0001-01-01T00:00Z");
const LATEST = Temporal.Instant.from(`+0${LAST_YEAR + 1}-01-02T00:00Z`);

/** Ascending; may begin with some that aren't after `after`. */
function candidates({ timeZone, rule, anchor, startAt, dst }: ReadSchedule, after: Temporal.Instant): Iterable<Occurrence> {
  if (rule.kind === "elapsed") return elapsed({ timeZone, hours: rule.hours, anchor, isBounded: startAt !== undefined }, after);
  const start = earliestWallTime(after, timeZone);
  if (rule.kind === "wall") return inOrder(plannedTimes(rule.rule, start), { timeZone, start, dst });
  if (rule.at instanceof Temporal.Instant) {
    const at = rule.at.toZonedDateTimeISO(timeZone);
    return [{ at, planned: at.toPlainDateTime(), dst: noteOf(at) }];
  }
  // Once is once, also when both of two equal times are asked for.
  const once = { ...dst, repeat: dst.repeat === "both" ? "first" : dst.repeat } as const;
  return inOrder([rule.at], { timeZone, start: rule.at, dst: once });
}

/**
 * No wall time before this one maps to an instant after `after`. Usually that of `after` itself; near a clock change the offset of either side may count,
 * because a second pass and a shifted time lie behind a wall time that is already over. No change is longer than a day.
 */
function earliestWallTime(after: Temporal.Instant, timeZone: string): Temporal.PlainDateTime {
  const offsets = [-25, 0, 25].map((hours) => after.add({ hours }).toZonedDateTimeISO(timeZone).offsetNanoseconds);
  return after
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime()
    .add({ nanoseconds: Math.min(...offsets) });
}

function* elapsed(
  { timeZone, hours, anchor, isBounded }: { timeZone: string; hours: number; anchor: Temporal.Instant; isBounded: boolean },
  after: Temporal.Instant,
): Generator<Occurrence> {
  const step = BigInt(hours) * 3_600_000_000_000n;
  const past = after.epochNanoseconds - anchor.epochNanoseconds;
  const whole = past / step - (past % step < 0n ? 1n : 0n); // BigInt rounds towards zero, we want down
  for (let turn = isBounded && whole < -1n ? 0n : whole + 1n; ; turn++) {
    const at = new Temporal.ZonedDateTime(anchor.epochNanoseconds + turn * step, timeZone);
    if (at.year > LAST_YEAR) return;
    yield { at, planned: at.toPlainDateTime(), dst: noteOf(at) };
  }
}
