import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type DstNote, type DstPolicy, inOrder } from "../../core/schedule/instants.ts";
import { zoneProblem } from "../../core/schedule/zone.ts";

/** A moment as tests write it: `2026-03-29T02:30[Europe/Berlin]`, an instant such as `2026-03-29T00:30:00Z`, or an object that is one. */
export type Moment = string | Temporal.Instant | Temporal.ZonedDateTime | Date;

export interface Arrival {
  at: Temporal.ZonedDateTime;
  /** `shifted`: the clocks left that wall time out. `first`, `second`: they show it twice, and this is that one. */
  dst: DstNote;
}

const NAMED = /^(.+?)\[([^\]]+)\]$/;

/**
 * Which moment is meant. A wall time that clocks leave out is later by the gap's length, one that they show twice is the first one, as schedules have it by default; `dst` says
 * otherwise, or an offset in the text: `2026-10-25T02:30+01:00[Europe/Berlin]`.
 * @throws BAD_REQUEST
 */
export function momentOf(when: Moment, dst: Pick<DstPolicy, "repeat"> = {}): Arrival {
  if (when instanceof Temporal.ZonedDateTime) return { at: when, dst: "none" };
  if (when instanceof Temporal.Instant) return plain(when);
  if (when instanceof Date) return plain(Temporal.Instant.fromEpochMilliseconds(when.getTime()));
  const [, wall, timeZone] = NAMED.exec(when.trim()) ?? [];
  if (wall === undefined || timeZone === undefined) return instantOf(when);
  const wrong = zoneProblem(timeZone);
  if (wrong !== undefined) throw invalid(when, wrong);
  if (/(Z|[+-]\d\d(:?\d\d)?)$/i.test(wall.replace(/^.*T/i, "T"))) return withOffset(when);
  const planned = parsed(when, () => Temporal.PlainDateTime.from(wall));
  const [found] = inOrder([planned], { timeZone, start: planned, dst: { gap: "shift", repeat: dst.repeat === "last" ? "last" : "first" } });
  if (found === undefined) throw invalid(when, "no clock ever shows it");
  return { at: found.at, dst: found.dst };
}

/** How far on: `"90m"`, milliseconds, or a duration of Temporal. A day is 24 hours. @returns milliseconds @throws DURATION_INVALID */
export function lengthOf(by: string | number | Temporal.DurationLike): number {
  if (typeof by === "string" || typeof by === "number") return parseDuration(by);
  try {
    return parseDuration(Temporal.Duration.from(by).total({ unit: "milliseconds" }));
  } catch (cause) {
    if (cause instanceof RunwrightError) throw cause;
    throw new RunwrightError("DURATION_INVALID", "months and years have no fixed length: go to a moment instead", { cause });
  }
}

const plain = (instant: Temporal.Instant): Arrival => ({ at: instant.toZonedDateTimeISO("UTC"), dst: "none" });

function instantOf(text: string): Arrival {
  return plain(parsed(text, () => Temporal.Instant.from(text), 'it says neither zone nor offset: add one, such as "[Europe/Berlin]" or "Z"'));
}

function withOffset(text: string): Arrival {
  const at = parsed(text, () => Temporal.ZonedDateTime.from(text, { offset: "reject" }), "no clock there shows this time with this offset");
  return { at, dst: "none" };
}

function parsed<Value>(text: string, parse: () => Value, otherwise = "it is no date and time"): Value {
  try {
    return parse();
  } catch (cause) {
    throw invalid(text, otherwise, cause);
  }
}

const invalid = (text: string, why: string, cause?: unknown) =>
  new RunwrightError("BAD_REQUEST", `"${text}" isn't a moment: ${why}`, { ...(cause === undefined ? {} : { cause }) });
