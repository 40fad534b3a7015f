import type { Clock } from "../../core/clock.ts";
import { RunwrightError } from "../../core/errors.ts";
import { createMissingReader } from "../../core/missing-set.ts";
import type { Scope } from "../../core/scope.ts";
import { parseSelector, type Selector, selectorMatches } from "../../core/selector.ts";
import { CLASSIFICATIONS, type Classification, COMPLIANCE_STATES, type ComplianceState } from "../../core/update.ts";
import type { DailyFigures } from "../../store/records/daily-figures.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../ports.ts";
import type { StandingKeeper } from "./standing-keeper.ts";
import { standings } from "./standings.ts";

/** Days that are kept. */
export const TREND_DAYS = 400;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Younger figures stay as they are: of several engines one counts. */
const SINCE_MS = HOUR_MS / 2;

/** How machines stood on a day, in all scopes together. */
export interface TrendDay {
  day: string;
  takenAt: number;
  compliance: Record<ComplianceState, number>;
  missing: Record<Classification, number>;
  overdue: number;
}

/** Days are those of UTC. */
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Counts once an hour how machines stand, each scope by itself; of a day the last count stays. */
export function createTrend({ store, clock, log, keeper }: { store: Store; clock: Clock; log: Log; keeper: Pick<StandingKeeper, "ready"> }) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let stopped = false;

  /** @returns whether figures were stored */
  async function tick(): Promise<boolean> {
    const now = clock.now();
    const newest = await store.read.dailyFigures.newest();
    const isYoung = newest?.day === dayOf(now) && now >= newest.takenAt && now - newest.takenAt < SINCE_MS;
    if (isYoung || stopped) return false;
    await keeper.ready();
    const figures = await countByScope({ store, clock });
    const isStored = await store.write((tx) => tx.dailyFigures.put(dayOf(now), now, figures, SINCE_MS));
    while (!stopped && (await store.write((tx) => tx.dailyFigures.purge(TREND_DAYS))));
    return isStored;
  }

  return {
    tick,

    /**
     * The last days, oldest first; those of which nothing was counted are left out.
     * @param selector of scopes alone: figures are kept for each scope, and not for each machine
     * @throws SELECTOR_INVALID, BAD_REQUEST
     */
    async days({ scopes, days, selector }: { scopes: readonly Scope[]; days: number; selector?: string }): Promise<TrendDay[]> {
      const isMeant = scopeTest(parseSelector(selector ?? "all"));
      const now = clock.now();
      const rows = await store.read.dailyFigures.days({ scopes, from: dayOf(now - (days - 1) * DAY_MS), to: dayOf(now) });
      const byDay = Map.groupBy(
        rows.filter(({ scope }) => isMeant(scope)),
        ({ day }) => day,
      );
      return [...byDay].map(([day, ofDay]) => sumOf(day, ofDay));
    },

    start(): void {
      const look = () => {
        running = tick().catch((error) => log.error({ err: error }, "how machines stand couldn't be counted for the day; tried again in an hour"));
      };
      timer = setInterval(look, HOUR_MS);
      look();
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
export type Trend = ReturnType<typeof createTrend>;

type ScopeFigures = { scope: Scope; compliance: Partial<Record<ComplianceState, number>>; missing: Partial<Record<Classification, number>>; overdue: number };

async function countByScope(parts: { store: Pick<Store, "read">; clock: Clock }): Promise<ScopeFigures[]> {
  const byScope = new Map<Scope, ScopeFigures>();
  const { sums } = createMissingReader();
  for await (const page of standings(parts, { scopes: ["/"], with: {} })) {
    for (const { machine, compliance } of page) {
      const { scope, figures, missing } = machine;
      const row = byScope.get(scope) ?? { scope, compliance: {}, missing: {}, overdue: 0 };
      byScope.set(scope, row);
      row.compliance[compliance] = (row.compliance[compliance] ?? 0) + 1;
      row.overdue += figures?.verdicts.overdue ?? 0;
      if (missing) addCounts(row.missing, sums(missing.sums).byClassification);
    }
  }
  return [...byScope.values()];
}

function addCounts(missing: Partial<Record<Classification, number>>, counts: readonly number[]): void {
  for (const [i, word] of CLASSIFICATIONS.entries()) {
    const count = counts[i] ?? 0;
    if (count > 0) missing[word] = (missing[word] ?? 0) + count;
  }
}

function sumOf(day: string, rows: readonly DailyFigures[]): TrendDay {
  const sum = <Word extends string>(words: readonly Word[], of: (row: DailyFigures) => Readonly<Partial<Record<Word, number>>>) =>
    Object.fromEntries(words.map((word) => [word, rows.reduce((all, row) => all + (of(row)[word] ?? 0), 0)])) as Record<Word, number>;
  return {
    ...{ day, takenAt: rows.reduce((latest, { takenAt }) => Math.max(latest, takenAt), 0), overdue: rows.reduce((all, { overdue }) => all + overdue, 0) },
    compliance: sum(COMPLIANCE_STATES, (row) => row.compliance),
    missing: sum(CLASSIFICATIONS, (row) => row.missing),
  };
}

function scopeTest(selector: Selector): (scope: Scope) => boolean {
  const other = selector.find(({ key }) => key !== "scope");
  if (other)
    throw new RunwrightError("BAD_REQUEST", `figures of days are kept for each scope: a selector such as scope=/prod can choose from them, ${other.key} can't`);
  return (scope) => selectorMatches(selector, { name: "", scope, state: "online", tags: {}, facts: null });
}
