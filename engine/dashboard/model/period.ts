/** Times back from now that a list can be narrowed to. */
export const PERIODS = [
  { id: "1h", name: "last hour", ms: 3_600_000 },
  { id: "1d", name: "last day", ms: 86_400_000 },
  { id: "7d", name: "last 7 days", ms: 7 * 86_400_000 },
  { id: "30d", name: "last 30 days", ms: 30 * 86_400_000 },
] as const;

/** When a period begins; undefined: any time. */
export function periodOf(id: string, now: number): string | undefined {
  const period = PERIODS.find((one) => one.id === id);
  return period && new Date(now - period.ms).toISOString();
}
