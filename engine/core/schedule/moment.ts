/** An instant, or its text: with an offset, `Z`, or a time zone in brackets. Undefined for everything else. */
export function readMoment(value: unknown): Temporal.Instant | undefined {
  if (value instanceof Temporal.Instant) return value;
  if (value instanceof Temporal.ZonedDateTime) return value.toInstant();
  if (typeof value !== "string") return undefined;
  return attempt(() => Temporal.Instant.from(value)) ?? attempt(() => Temporal.ZonedDateTime.from(value).toInstant());
}

/** A wall time, `2026-03-29T02:30`, or a date, which is its midnight. Undefined for everything else, such as text with an offset. */
export function readLocalTime(value: string): Temporal.PlainDateTime | undefined {
  return /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?$/.test(value) ? attempt(() => Temporal.PlainDateTime.from(value)) : undefined;
}

/** As `readMoment`, and a wall time of the zone as well: of two equal ones the first, and in a gap shifted by its length. */
export function readMomentIn(value: unknown, timeZone: string): Temporal.Instant | undefined {
  const moment = readMoment(value);
  if (moment !== undefined || typeof value !== "string") return moment;
  return readLocalTime(value)?.toZonedDateTime(timeZone).toInstant();
}

/** Temporal refuses text with a RangeError; whoever asks only wants to know whether it can be read. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
