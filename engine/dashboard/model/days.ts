/** Days of the viewer's calendar, as text such as `2026-11-27`: they can be compared, kept in an address, and have no hour that a change of clocks could move. */
export type Day = string;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export const isDay = (text: string | undefined): text is Day =>
  text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOf(Date.parse(`${text}T00:00:00Z`)) === text;
/** Of a moment in UTC. */
const dayOf = (ms: number): Day | undefined => (Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 10));
const utcOf = (day: Day): number => Date.parse(`${day}T00:00:00Z`);

export const addDays = (day: Day, count: number): Day => new Date(utcOf(day) + count * DAY_MS).toISOString().slice(0, 10);

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  const made = new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone: zone });
  formats.set(zone, made);
  return made;
}
/** What a clock on the wall shows, as if it were UTC. */
const wallOf = (at: number, zone: string): number => Date.parse(`${formatOf(zone).format(at).replace(" ", "T")}Z`);

/** The day on which a moment, Unix milliseconds, lies in a zone. */
export const dayAt = (at: number, zone: string): Day => new Date(wallOf(at, zone)).toISOString().slice(0, 10);

/** When a day begins in a zone, Unix milliseconds: at midnight, or where clocks leave that out, at the first moment after. */
export function beginOf(day: Day, zone: string): number {
  const wanted = utcOf(day);
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => wallOf(at, zone) - at);
  // Where midnight comes twice, the first one; where it doesn't come, what is tried lies in the day before, so the hour that follows is looked at too.
  const tried = offsets.flatMap((offset) => [wanted - offset, wanted - offset + HOUR_MS]).sort((a, b) => a - b);
  return tried.find((at) => dayAt(at, zone) === day) ?? wanted;
}

export const CALENDAR_VIEWS = ["month", "week", "list"] as const;
export type CalendarView = (typeof CALENDAR_VIEWS)[number];

/** The days that a view shows: a month, or a week from Monday on. A list has those of the month. */
export function daysOf(view: CalendarView, day: Day): Day[] {
  if (view === "week") {
    const weekday = (new Date(utcOf(day)).getUTCDay() + 6) % 7;
    return Array.from({ length: 7 }, (_, index) => addDays(day, index - weekday));
  }
  const first = `${day.slice(0, 7)}-01`;
  return Array.from({ length: 31 }, (_, index) => addDays(first, index)).filter((one) => one.startsWith(day.slice(0, 7)));
}

/** A day of the view before or after. */
export function turned(view: CalendarView, day: Day, to: "earlier" | "later"): Day {
  const days = daysOf(view, day);
  return to === "earlier" ? addDays(days[0] ?? day, -1) : addDays(days.at(-1) ?? day, 1);
}

const named = (day: Day, options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" }).format(utcOf(day));

/** `November 2026`, or `23 to 29 November 2026`. */
export function titleOf(view: CalendarView, day: Day): string {
  if (view !== "week") return named(day, { month: "long", year: "numeric" });
  const days = daysOf(view, day);
  const [first = day, last = day] = [days[0], days.at(-1)];
  const isOneMonth = first.slice(0, 7) === last.slice(0, 7);
  return `${isOneMonth ? Number(first.slice(8)) : named(first, { day: "numeric", month: "long" })} to ${named(last, { day: "numeric", month: "long", year: "numeric" })}`;
}
export const weekdayText = (day: Day): string => named(day, { weekday: "short" });
export const longDay = (day: Day): string => named(day, { weekday: "long", day: "numeric", month: "long" }).replace(",", "");
export const isWeekend = (day: Day): boolean => [0, 6].includes(new Date(utcOf(day)).getUTCDay());
