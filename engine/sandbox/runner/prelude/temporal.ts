import type { Realm, State } from "./realm.ts";

/**
 * `Temporal` whose clock shows job time. V8 makes its classes when they are first touched, which takes as long as the rest of a fresh context, and most runbooks never touch them: so nothing here does until a
 * runbook asks. V8's own `Temporal` is deleted, which doesn't make it; what takes its place has V8's classes, which are reached from `Date`, and a `Now` of ours.
 * Nothing leads from the classes to V8's own `Now`. Guest code that has replaced `Date.prototype.toTemporalInstant` or a class's `constructor` before gets what it has put there.
 */
export function installTemporal(realm: Realm, state: State): { timeOf(value: object): number | undefined } {
  const { apply, construct, create, define } = realm;
  const RealDate = Date;
  const objectPrototype = Object.prototype;
  const propertyOf = Object.getOwnPropertyDescriptor;
  const tag = Symbol.toStringTag;
  delete (globalThis as { Temporal?: unknown }).Temporal;
  const publish = (value: unknown) => define(globalThis, "Temporal", { value, writable: true, configurable: true });

  type Classes = ReturnType<typeof readClasses>;
  let known: Classes | undefined;
  /** V8's classes, and of them what is used later. */
  function readClasses() {
    const instant = (construct(RealDate, [0]) as Date & { toTemporalInstant(): Temporal.Instant }).toTemporalInstant();
    const zoned = instant.toZonedDateTimeISO("UTC");
    const date = zoned.toPlainDate();
    const Instant = instant.constructor as typeof Temporal.Instant;
    const ZonedDateTime = zoned.constructor as typeof Temporal.ZonedDateTime;
    const { toInstant, toPlainDateTime, toPlainDate, toPlainTime } = ZonedDateTime.prototype;
    return {
      ...{ Instant, ZonedDateTime, toInstant, toPlainDateTime, toPlainDate, toPlainTime },
      fromMilliseconds: Instant.fromEpochMilliseconds,
      toZone: Instant.prototype.toZonedDateTimeISO,
      millisecondsOf: propertyOf(Instant.prototype, "epochMilliseconds")?.get as () => number,
      PlainDate: date.constructor,
      PlainTime: zoned.toPlainTime().constructor,
      PlainDateTime: zoned.toPlainDateTime().constructor,
      PlainYearMonth: date.toPlainYearMonth().constructor,
      PlainMonthDay: date.toPlainMonthDay().constructor,
      Duration: instant.until(instant).constructor,
    };
  }
  const classes = (): Classes => {
    known ??= readClasses();
    return known;
  };

  function withMembers(name: string, members: Record<string, unknown>): object {
    const made = create(objectPrototype) as object;
    for (const member in members) define(made, member, { value: members[member], writable: true, configurable: true });
    return define(made, tag, { value: name, configurable: true });
  }

  function makeNow({ Instant, fromMilliseconds, toZone, toPlainDateTime, toPlainDate, toPlainTime }: Classes): object {
    const instant = () => apply(fromMilliseconds, Instant, [state.now]) as Temporal.Instant;
    const zoned = (zone: unknown) => apply(toZone, instant(), [zone === undefined ? "UTC" : zone]) as Temporal.ZonedDateTime;
    // Methods have the names and lengths of V8's own, and no `prototype`.
    return withMembers("Temporal.Now", {
      __proto__: null,
      instant: () => instant(),
      timeZoneId: () => "UTC",
      plainDateTimeISO: (zone: unknown = undefined) => apply(toPlainDateTime, zoned(zone), []),
      zonedDateTimeISO: (zone: unknown = undefined) => zoned(zone),
      plainDateISO: (zone: unknown = undefined) => apply(toPlainDate, zoned(zone), []),
      plainTimeISO: (zone: unknown = undefined) => apply(toPlainTime, zoned(zone), []),
    });
  }

  function make(): object {
    const { PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Duration, Instant, PlainYearMonth, PlainMonthDay } = classes();
    const members = { PlainDate, PlainTime, PlainDateTime, ZonedDateTime, Duration, Instant, PlainYearMonth, PlainMonthDay };
    return withMembers("Temporal", { __proto__: null, Now: makeNow(classes()), ...members });
  }

  define(globalThis, "Temporal", {
    get() {
      const made = make();
      publish(made);
      return made;
    },
    set: publish,
    configurable: true,
  });

  return {
    /** Unix milliseconds of an `Instant` or a `ZonedDateTime`; undefined for anything else. */
    timeOf(value: object): number | undefined {
      const { millisecondsOf, toInstant } = classes();
      try {
        return apply(millisecondsOf, value, []);
      } catch {
        // no instant
      }
      try {
        return apply(millisecondsOf, apply(toInstant, value, []), []);
      } catch {
        return undefined;
      }
    },
  };
}
