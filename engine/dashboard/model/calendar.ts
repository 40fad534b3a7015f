import { type DeploymentStatus, isEnded } from "../../core/deploy/status.ts";
import type { Calendar } from "../../protocol/http/calendar.ts";
import { addDays, beginOf, type Day, dayAt } from "./days.ts";

export type Opening = Calendar["windows"][number];
export type FreezePeriod = Calendar["freezes"][number];

/** What is to be said of one opening of a window: how its deployment stands, what somebody has decided about it, or whether its time has come. */
export type OccurrenceState = DeploymentStatus | "coming" | "open" | "past" | "skipped" | "cancelled" | "frozen";

export function stateOf({ opensAt, closesAt, deployment, exception, frozen }: Opening, now: number): OccurrenceState {
  if (exception && (deployment === null || isEnded(deployment.status))) return exception.kind;
  if (deployment) return deployment.status;
  if (frozen !== null) return "frozen";
  if (Date.parse(closesAt) <= now) return "past";
  return Date.parse(opensAt) <= now ? "open" : "coming";
}

/** Why it stands as it does, in the words of whoever decided. */
export const whyOf = ({ exception, frozen }: Opening): string => (exception ? `${exception.kind} by ${exception.by}: ${exception.reason}` : (frozen ?? ""));

/** What needs a look comes before what is merely so, where one mark stands for several. */
const GRAVITY: readonly OccurrenceState[] = [
  ...(["halted", "failed", "awaitingApproval", "running", "aborting", "open", "expired", "aborted", "frozen", "skipped", "cancelled"] as const),
  ...(["approved", "planned", "coming", "succeeded", "past"] as const),
];

/** States that are there in a range, the gravest first. */
export function statesIn({ windows, freezes }: Pick<Calendar, "windows" | "freezes">, range: Range, now: number): OccurrenceState[] {
  const found = new Set(windows.filter(({ opensAt, closesAt }) => isWithin(opensAt, closesAt, range)).map((one) => stateOf(one, now)));
  if (freezes.some(({ from, to }) => isWithin(from, to, range))) found.add("frozen");
  return GRAVITY.filter((state) => found.has(state));
}

const isWithin = (from: string, to: string, range: Range): boolean => Date.parse(from) < range.to && Date.parse(to) > range.from;

/** One sign in a lane: an opening, or several that lie too close together to be told apart. */
export interface Mark {
  /** The gravest, and the first of these. */
  state: OccurrenceState;
  opening: Opening;
  count: number;
  day: Day;
  /** Shares of the range, 0 to 1: where it begins, and how much room there is up to the next one. */
  begin: number;
  room: number;
}

export interface Lane {
  window: string;
  scope: string;
  marks: readonly Mark[];
}

/** Days that are shown, and their ends as Unix milliseconds. */
export interface Range {
  days: readonly Day[];
  from: number;
  to: number;
  zone: string;
}
export const rangeOf = (days: readonly Day[], zone: string): Range => ({
  ...{ days, zone },
  from: beginOf(days[0] ?? "1970-01-01", zone),
  to: beginOf(addDays(days.at(-1) ?? "1970-01-01", 1), zone),
});

/** Where a moment lies in a range, from 0 to 1. Each day has the same width, also one of 23 hours. */
export function shareOf(at: number, { days, from, to, zone }: Range): number {
  if (at <= from) return 0;
  if (at >= to) return 1;
  const index = Math.max(0, days.indexOf(dayAt(at, zone)));
  const begin = beginOf(days[index] ?? "", zone);
  const end = beginOf(addDays(days[index] ?? "", 1), zone);
  return (index + Math.min(1, (at - begin) / (end - begin))) / days.length;
}

/** A lane for each window that opens in the range, by name. @param slots signs that a day has room for */
export function lanesOf(windows: readonly Opening[], range: Range, now: number, slots: number): Lane[] {
  const byWindow = Map.groupBy(
    windows.filter(({ opensAt, closesAt }) => isWithin(opensAt, closesAt, range)),
    ({ name }) => name,
  );
  return [...byWindow]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([window, openings]) => ({ window, scope: openings[0]?.scope ?? "/", marks: marksOf(openings, range, now, slots) }));
}

function marksOf(openings: readonly Opening[], range: Range, now: number, slots: number): Mark[] {
  const placed = openings
    .map((opening) => ({ opening, begin: shareOf(Date.parse(opening.opensAt), range), state: stateOf(opening, now) }))
    .sort((a, b) => a.begin - b.begin);
  // A moment that is computed as the end of one slot begins the next.
  const groups = [...Map.groupBy(placed, ({ begin }) => Math.floor(begin * range.days.length * slots + 1e-9)).values()];
  return groups.flatMap((some, index) => {
    const [first] = some;
    const [gravest] = some.toSorted((a, b) => GRAVITY.indexOf(a.state) - GRAVITY.indexOf(b.state));
    if (!first || !gravest) return [];
    const { state, opening } = gravest;
    const day = dayAt(Math.max(range.from, Date.parse(opening.opensAt)), range.zone);
    return [{ state, opening, count: some.length, day, begin: first.begin, room: (groups[index + 1]?.[0]?.begin ?? 1) - first.begin }];
  });
}

/** Where an arrow key leads from a mark: along its lane, or to the nearest one of the next lane that has any. */
export function markAfterKey(
  key: string,
  lanes: readonly Pick<Lane, "marks">[],
  at: { lane: number; mark: number },
): { lane: number; mark: number } | undefined {
  const marks = lanes[at.lane]?.marks ?? [];
  const clamp = (mark: number) => ({ lane: at.lane, mark: Math.max(0, Math.min(marks.length - 1, mark)) });
  switch (key) {
    case "ArrowRight":
      return clamp(at.mark + 1);
    case "ArrowLeft":
      return clamp(at.mark - 1);
    case "Home":
      return clamp(0);
    case "End":
      return clamp(marks.length - 1);
    case "ArrowDown":
    case "ArrowUp": {
      const step = key === "ArrowDown" ? 1 : -1;
      for (let lane = at.lane + step; lane >= 0 && lane < lanes.length; lane += step) {
        const others = lanes[lane]?.marks ?? [];
        const begin = marks[at.mark]?.begin ?? 0;
        const distances = others.map((mark) => Math.abs(mark.begin - begin));
        if (others.length > 0) return { lane, mark: distances.indexOf(Math.min(...distances)) };
      }
      return at;
    }
    default:
      return undefined;
  }
}

/** One line of the list form. */
export type CalendarEntry = { at: number; day: Day } & (
  | { kind: "window"; opening: Opening; state: OccurrenceState }
  | { kind: "freeze"; freeze: FreezePeriod }
);

/** What happens on each day, in its order; what began before stands on the first one. */
export function entriesOf({ windows, freezes }: Pick<Calendar, "windows" | "freezes">, range: Range, now: number): { day: Day; entries: CalendarEntry[] }[] {
  const placed = (from: string) => {
    const at = Math.max(range.from, Date.parse(from));
    return { at, day: dayAt(at, range.zone) };
  };
  const entries: CalendarEntry[] = [
    ...freezes.filter(({ from, to }) => isWithin(from, to, range)).map((freeze) => ({ kind: "freeze" as const, freeze, ...placed(freeze.from) })),
    ...windows
      .filter(({ opensAt, closesAt }) => isWithin(opensAt, closesAt, range))
      .map((opening) => ({ kind: "window" as const, opening, state: stateOf(opening, now), ...placed(opening.opensAt) })),
  ];
  entries.sort((a, b) => a.at - b.at || (a.kind === b.kind ? 0 : a.kind === "freeze" ? -1 : 1));
  return [...Map.groupBy(entries, ({ day }) => day)].map(([day, some]) => ({ day, entries: some }));
}
