/** What the clocks of a zone do to planned wall times: leave them out (gap), or show them twice (repeat). */

/** How a rule with fixed times behaves. Rules that are intervals always skip gaps and run in both halves of a repeat. */
export interface DstPolicy {
  /** `shift` (default): later by the gap's length, as in RFC 5545, 3.3.5. `skip`: not at all. */
  gap?: "shift" | "skip";
  /** Which one of two equal wall times: `first` (default), `last`, or `both`. */
  repeat?: "first" | "last" | "both";
}

/** `shifted`: its wall time was left out. `first`, `second`: its wall time comes twice, and this is that one. */
export type DstNote = "none" | "shifted" | "first" | "second";

export interface Occurrence {
  at: Temporal.ZonedDateTime;
  /** The wall time that the rule names; differs from that of `at` if it was shifted. */
  planned: Temporal.PlainDateTime;
  dst: DstNote;
}

/** A rule whose every time falls into a gap (the last Sunday of March at 02:30, `skip`) goes on planning and never runs: so long, and it has ended. */
const YEARS_WITHOUT_AN_OCCURRENCE = 400;

/**
 * Maps wall times (ascending, from `start` on) to occurrences: ascending, no instant twice.
 * A time that is shifted can pass one that isn't, and of `both` the second comes after later wall times: so they are held until nothing can precede them.
 */
export function* inOrder(
  planned: Iterable<Temporal.PlainDateTime>,
  { timeZone, start, dst }: { timeZone: string; start: Temporal.PlainDateTime; dst: Required<DstPolicy> },
): Generator<Occurrence> {
  const held: Occurrence[] = [];
  let year = start.year;
  for (const wallTime of planned) {
    if (wallTime.year > year + YEARS_WITHOUT_AN_OCCURRENCE) break;
    const earlier = wallTime.toZonedDateTime(timeZone, { disambiguation: "earlier" });
    for (const occurrence of resolve(wallTime, earlier, dst)) hold(held, occurrence);
    // Invariant: nothing that is planned later runs at `earlier` or before it. (In a gap, that is before the gap.)
    while (held[0] !== undefined && compare(held[0].at, earlier) <= 0) {
      year = held[0].at.year;
      yield held[0];
      held.shift();
    }
  }
  yield* held;
}

const compare = Temporal.ZonedDateTime.compare;

function resolve(planned: Temporal.PlainDateTime, earlier: Temporal.ZonedDateTime, dst: Required<DstPolicy>): Occurrence[] {
  const later = planned.toZonedDateTime(earlier.timeZoneId, { disambiguation: "later" });
  if (compare(earlier, later) === 0) return [{ at: earlier, planned, dst: "none" }];
  const isGap = !earlier.toPlainDateTime().equals(planned);
  if (isGap) return dst.gap === "shift" ? [{ at: later, planned, dst: "shifted" }] : [];
  const first: Occurrence = { at: earlier, planned, dst: "first" };
  const second: Occurrence = { at: later, planned, dst: "second" };
  return dst.repeat === "both" ? [first, second] : dst.repeat === "last" ? [second] : [first];
}

/** Which note an instant of an hourly rule carries, which knows no wall times. */
export function noteOf(at: Temporal.ZonedDateTime): DstNote {
  const planned = at.toPlainDateTime();
  const earlier = planned.toZonedDateTime(at.timeZoneId, { disambiguation: "earlier" });
  const later = planned.toZonedDateTime(at.timeZoneId, { disambiguation: "later" });
  return compare(earlier, later) === 0 ? "none" : compare(earlier, at) === 0 ? "first" : "second";
}

/** Of two at the same instant the one that was planned for it stays, not the one that was shifted onto it. */
function hold(held: Occurrence[], occurrence: Occurrence): void {
  let place = held.length;
  for (; place > 0; place--) {
    const other = held[place - 1];
    const order = other === undefined ? -1 : compare(other.at, occurrence.at);
    if (order < 0) break;
    if (order === 0) {
      if (occurrence.dst !== "shifted") held[place - 1] = occurrence;
      return;
    }
  }
  held.splice(place, 0, occurrence);
}
