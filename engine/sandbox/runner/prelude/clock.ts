import type { Realm, State } from "./realm.ts";

/**
 * Everything that shows the time shows job time: that of the last outcome delivered. It stands still in between, so that a replay sees the same times.
 * Zone and locale need nothing here: the process runs in UTC and en-US.
 */
export function installClock(realm: Realm, state: State): void {
  const { apply, construct, define } = realm;
  const RealDate = Date;
  const dateToString = RealDate.prototype.toString;
  function JobDate(this: unknown): unknown {
    if (new.target === undefined) return apply(dateToString, construct(RealDate, [state.now]), []);
    // biome-ignore lint/complexity/noArguments: rest parameters would make Date.length 0, and it is 7
    return construct(RealDate, arguments.length === 0 ? [state.now] : arguments, new.target);
  }
  define(JobDate, "name", { value: "Date" });
  define(JobDate, "length", { value: 7 });
  define(JobDate, "prototype", { value: RealDate.prototype, writable: false });
  define(JobDate, "now", { value: () => state.now, writable: true, configurable: true });
  define(JobDate, "parse", { value: RealDate.parse, writable: true, configurable: true });
  define(JobDate, "UTC", { value: RealDate.UTC, writable: true, configurable: true });
  define(RealDate.prototype, "constructor", { value: JobDate, writable: true, configurable: true });
  define(globalThis, "Date", { value: JobDate, writable: true, configurable: true });

  // Without an argument these format the present.
  const format = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format")?.get;
  const formatToParts = Intl.DateTimeFormat.prototype.formatToParts;
  define(Intl.DateTimeFormat.prototype, "format", {
    get(this: unknown) {
      const bound = apply(format as () => unknown, this, []) as (date: unknown) => string;
      return (date?: unknown) => bound(date === undefined ? state.now : date);
    },
    configurable: true,
  });
  define(Intl.DateTimeFormat.prototype, "formatToParts", {
    value(this: unknown, date?: unknown) {
      return apply(formatToParts, this, [date === undefined ? state.now : date]);
    },
    writable: true,
    configurable: true,
  });
}
