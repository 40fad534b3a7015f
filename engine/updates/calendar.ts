import type { NamedFreeze } from "../core/freeze.ts";
import { type FreezePeriod, freezePeriods } from "../core/freeze-periods.ts";
import { merged } from "../core/merged.ts";
import { type Offsets, occurrencesPerDay, offsetsOf } from "../core/schedule/per-day.ts";
import { scheduleOf, type Timetable } from "../core/schedule-timer.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import type { DeploymentHead } from "../store/records/deployment-heads.ts";
import type { Store } from "../store/store.ts";
import type { Freezes } from "./ports.ts";
import { documentsOf } from "./stored-documents.ts";
import { createZoning, describeOpenings, enabledWindows, type RuledOpening, ruledOpenings, type WindowOpening, type WindowScopes } from "./window-openings.ts";

/** Windows and freezes in one answer. */
const MOST_ROWS = 2_000;
/** Schedules that are reckoned: of more than these nobody reads the sum. */
const MOST_SCHEDULES = 5_000;
/** Between so many of them others have their turn. */
const AT_ONCE = 50;
const DAY_MS = 86_400_000;

export interface CalendarQuestion {
  /** Unix milliseconds. */
  from: number;
  to: number;
  /** Where the caller may see what. */
  scopes: WindowScopes & Record<"freezes" | "schedules", readonly Scope[]>;
}

export interface Calendar {
  windows: WindowOpening[];
  freezes: FreezePeriod[];
  /** Occurrences of schedules by day in UTC; days without any are left out. */
  schedules: { day: string; occurrences: number }[];
  /** Windows and freezes that begin then or later are left out: there are too many. */
  cutAt: number | null;
  schedulesLeftOut: number;
}

type Row = { begins: number } & ({ opening: RuledOpening } | { period: FreezePeriod });

/** What is to come, and what was: openings of maintenance windows, freezes, and how often schedules run. */
export function createCalendar({ store, freezes }: { store: Pick<Store, "read">; freezes: Pick<Freezes, "all"> }) {
  const { read } = store;

  /** What rules say, earliest first, and one more than is shown. */
  async function ruled({ from, to, scopes }: CalendarQuestion, all: readonly NamedFreeze[]): Promise<Row[]> {
    const range = { from, to };
    const zoned = createZoning(read);
    const windows = await Promise.all((await enabledWindows(read, scopes.windows)).map(zoned));
    const visible = all.filter(({ scope }) => scopes.freezes.some((outer) => scopeIncludes(outer, scope)));
    const sources = [
      map(ruledOpenings(windows, range), (opening): Row => ({ begins: opening.occurrence.opensAt, opening })),
      ...visible.map((freeze) => map(freezePeriods(freeze, range), (period): Row => ({ begins: period.from, period }))),
    ];
    return merged<Row>(sources, ({ begins }) => begins)
      .take(MOST_ROWS + 1)
      .toArray();
  }

  async function windowsAndFreezes(question: CalendarQuestion): Promise<Pick<Calendar, "windows" | "freezes" | "cutAt">> {
    const { from, to, scopes } = question;
    const all = await freezes.all();
    const rows = await ruled(question, all);
    const openings = rows.flatMap((row) => ("opening" in row ? [row.opening] : []));
    const periods = rows.flatMap((row) => ("period" in row ? [row.period] : []));
    const [exceptions, deployments] = await Promise.all([
      read.deployments.exceptionsOf([...new Set(openings.map(({ window }) => window.id))]),
      read.deployments.between(scopes.deployments, { from, to, limit: MOST_ROWS + 1 }),
    ]);
    const known = new Set(openings.map(({ window, occurrence }) => `${window.id} ${occurrence.key}`));
    // Openings by hand, and those of rules that the window doesn't have any more.
    const others = deployments.filter(({ windowId, occurrence }) => !known.has(`${windowId} ${occurrence}`)).map(openingOf);
    const windows = [...describeOpenings(openings, { exceptions, deployments, freezes: all }), ...others];
    const begins = [...windows.map(({ opensAt }) => opensAt), ...periods.map((period) => period.from)].sort((a, b) => a - b);
    const cutAt = begins[MOST_ROWS] ?? null;
    const isShown = (at: number) => cutAt === null || at < cutAt;
    return {
      windows: windows.filter(({ opensAt }) => isShown(opensAt)).sort((a, b) => a.opensAt - b.opensAt || (a.name < b.name ? -1 : 1)),
      freezes: periods.filter((period) => isShown(period.from)),
      cutAt,
    };
  }

  async function schedules({ from, to, scopes }: CalendarQuestion): Promise<Pick<Calendar, "schedules" | "schedulesLeftOut">> {
    const found = await documentsOf(read, "Schedule", scopes.schedules);
    const enabled = found.map(({ spec }) => spec as Timetable & { enabled?: boolean }).filter(({ enabled }) => enabled !== false);
    const first = Math.floor(from / DAY_MS) * DAY_MS;
    const count = Math.ceil((to - first) / DAY_MS);
    const sums = new Array<number>(count).fill(0);
    const zones = new Map<string, Offsets>();
    for (const [i, timetable] of enabled.slice(0, MOST_SCHEDULES).entries()) {
      const offsets = zones.get(timetable.timeZone) ?? offsetsOf(timetable.timeZone);
      zones.set(timetable.timeZone, offsets);
      for (const [day, occurrences] of occurrencesPerDay(scheduleOf(timetable), { first, count }, offsets).entries())
        sums[day] = (sums[day] ?? 0) + occurrences;
      if (i % AT_ONCE === AT_ONCE - 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const days = sums.map((occurrences, i) => ({ day: new Date(first + i * DAY_MS).toISOString().slice(0, 10), occurrences }));
    return { schedules: days.filter(({ occurrences }) => occurrences > 0), schedulesLeftOut: Math.max(0, enabled.length - MOST_SCHEDULES) };
  }

  return async (question: CalendarQuestion): Promise<Calendar> => ({ ...(await windowsAndFreezes(question)), ...(await schedules(question)) });
}
export type AskCalendar = ReturnType<typeof createCalendar>;

function* map<From, To>(items: Iterable<From>, to: (item: From) => To): Generator<To> {
  for (const item of items) yield to(item);
}

const openingOf = ({ id, scope, window: name, occurrence, opensAt, closesAt, status }: DeploymentHead): WindowOpening => ({
  ...{ name, scope, occurrence, opensAt, closesAt, exception: null, frozen: null },
  deployment: { id, status },
});
