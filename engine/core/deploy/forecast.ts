/** Milliseconds. */
export interface Expected {
  p50: number;
  p95: number;
}

/** Where a forecast comes from: the update on this machine or anywhere, the machine with other updates, or nothing but a default. */
export type ForecastBasis = "update" | "machine" | "default";

export interface Forecast extends Expected {
  basis: ForecastBasis;
  samples: number;
}

/** Nothing is known: most packages take seconds; five minutes is Azure's figure for one that takes long (LinuxPatchExtension, package max). */
export const DEFAULT_EXPECTED: Expected = { p50: 10_000, p95: 5 * 60_000 };
/** With fewer the longest one counts, and half as much again: three quick installs prove little. */
const FEW = 5;
const CAUTION = 1.5;

/** @param q 0 to 1; nearest rank */
export function percentile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.max(0, Math.ceil(ascending.length * q) - 1))] ?? 0;
}

/** @param durations of earlier installs, milliseconds: of the same update, and of any update on the same machine; in any order */
export function forecastOf({ ofUpdate, ofMachine }: { ofUpdate: readonly number[]; ofMachine: readonly number[] }): Forecast {
  for (const [basis, durations] of [
    ["update", ofUpdate],
    ["machine", ofMachine],
  ] as const) {
    if (durations.length === 0) continue;
    const ascending = [...durations].sort((a, b) => a - b);
    const p50 = percentile(ascending, 0.5);
    const p95 = ascending.length < FEW ? Math.round(percentile(ascending, 1) * CAUTION) : percentile(ascending, 0.95);
    return { p50, p95, basis, samples: durations.length };
  }
  return { ...DEFAULT_EXPECTED, basis: "default", samples: 0 };
}

/** Several in a row, as far as they are counted. */
export interface Row {
  p50: number;
  /** Of what each may take beyond its median. */
  squares: number;
}
export const EMPTY_ROW: Row = { p50: 0, squares: 0 };
export const andThen = ({ p50, squares }: Row, one: Expected): Row => ({ p50: p50 + one.p50, squares: squares + (one.p95 - one.p50) ** 2 });
export const without = ({ p50, squares }: Row, one: Expected): Row => ({ p50: p50 - one.p50, squares: Math.max(0, squares - (one.p95 - one.p50) ** 2) });

/**
 * Not all of them take long on the same day: what each may take beyond its median adds up as independent deviations do, by the root of their squares. The plain sum of all p95 would
 * leave out most of what fits.
 */
export const expectedOf = ({ p50, squares }: Row): Expected => ({ p50, p95: p50 + Math.round(Math.sqrt(squares)) });

/** Of several in a row. */
export const inARow = (forecasts: readonly Expected[]): Expected => expectedOf(forecasts.reduce(andThen, EMPTY_ROW));

/** A reboot of a machine that was never seen rebooting: Azure's update extension counts 15 minutes at most, of which it waits 10 for the machine (LinuxPatchExtension, REBOOT_BUFFER). */
export const DEFAULT_REBOOT: Expected = { p50: 3 * 60_000, p95: 10 * 60_000 };

/** @param durations of its earlier reboots, milliseconds */
export function rebootForecast(durations: readonly number[]): Expected {
  if (durations.length === 0) return DEFAULT_REBOOT;
  const { p50, p95 } = forecastOf({ ofUpdate: durations, ofMachine: [] });
  return { p50, p95 };
}
