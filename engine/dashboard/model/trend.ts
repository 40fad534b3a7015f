import { parseSelector } from "../../core/selector.ts";
import { CLASSIFICATIONS, COMPLIANCE_STATES } from "../../core/update.ts";
import type { TrendDay } from "../../protocol/http/trend.ts";

const DAY_MS = 86_400_000;

/** How a chart is to draw something: its name, how it is felt about, and its value on each day; null: nobody counted that day. */
export interface TrendLine {
  name: string;
  tone: "good" | "warn" | "bad" | "busy" | "quiet";
  values: readonly (number | null)[];
}

export interface Trend {
  days: readonly string[];
  machines: readonly TrendLine[];
  missing: readonly TrendLine[];
  /** Nobody counted on any of these days. */
  isEmpty: boolean;
}

const TONES = { compliant: "good", noncompliant: "bad", notassessed: "quiet", stale: "warn" } as const;
const OTHERS = CLASSIFICATIONS.filter((one) => one !== "critical" && one !== "security");

/** Lines over the last days. Days on which no engine ran are gaps, not zeros. */
export function trendOf(rows: readonly Omit<TrendDay, "takenAt">[], count: number, now: number): Trend {
  const byDay = new Map(rows.map((row) => [row.day, row]));
  const days = lastDays(count, now);
  const values = (of: (row: Omit<TrendDay, "takenAt">) => number) =>
    days.map((day) => {
      const row = byDay.get(day);
      return row ? of(row) : null;
    });
  return {
    days,
    isEmpty: !days.some((day) => byDay.has(day)),
    machines: COMPLIANCE_STATES.map((state) => ({ name: state, tone: TONES[state], values: values(({ machines }) => machines[state]) })),
    missing: [
      { name: "critical updates", tone: "bad", values: values(({ missing }) => missing.critical) },
      { name: "security updates", tone: "warn", values: values(({ missing }) => missing.security) },
      { name: "other updates", tone: "quiet", values: values(({ missing }) => OTHERS.reduce((sum, one) => sum + missing[one], 0)) },
      { name: "overdue", tone: "busy", values: values(({ overdue }) => overdue) },
    ],
  };
}

/** In UTC, the oldest first, today last, as `2026-11-27`: in days of the viewer's zone the engine's snapshots would fall between two. */
const lastDays = (count: number, now: number): string[] =>
  Array.from({ length: count }, (_, n) => new Date(now - (count - 1 - n) * DAY_MS).toISOString().slice(0, 10));

/** Whether the figures of past days can be narrowed by a selector: they are kept for each scope, not for each machine. One that can't be read isn't narrowed by, either. */
export function isOfScopes(selector: string): boolean {
  try {
    return selector === "" || parseSelector(selector).every(({ key }) => key === "scope");
  } catch {
    return false; // whoever asks the engine for machines is told what is wrong with it
  }
}
