const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** `3 min ago`, `in 2 h`, `now`; an empty text for none. */
export function relativeTime(at: string | null | undefined, now: number): string {
  if (at === null || at === undefined) return "";
  const distance = Date.parse(at) - now;
  if (Number.isNaN(distance)) return "";
  const size = Math.abs(distance);
  const [unit, ms] = UNITS.find(([, length]) => size >= length) ?? ["s", 1_000];
  const count = Math.round(size / ms);
  if (count === 0) return "now";
  return distance < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}
