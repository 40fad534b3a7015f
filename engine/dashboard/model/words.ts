/** Numbers and lengths of time as people read them; the same everywhere on the page. */
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const countText = (count: number): string => WHOLE.format(count);
/** `12.3K`, where there is no room. */
export const shortCount = (count: number): string => (count < 10_000 ? WHOLE.format(count) : SHORT.format(count));
/** `1.4K`: four letters at the most, for cells that are narrow. */
export const tinyCount = (count: number): string => (count < 1_000 ? WHOLE.format(count) : SHORT.format(count));
export const counted = (count: number, one: string, many = `${one}s`): string => `${WHOLE.format(count)} ${count === 1 ? one : many}`;

/** Of a whole; never 100 % or 0 % unless it is all or none. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = (part / whole) * 100;
  if (part > 0 && share < 1) return "< 1 %";
  if (part < whole && share > 99) return "> 99 %";
  return `${Math.round(share)} %`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** `2 h 5 min`, `340 ms`: at most two units. */
export function lengthText(ms: number): string {
  if (ms < 0) return `−${lengthText(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const index = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[index] ?? ["s", 1_000];
  const smaller = UNITS[index + 1];
  if (smaller === undefined) return `${Math.round(ms / size)} ${unit}`;
  const whole = Math.floor(ms / size);
  const rest = Math.floor((ms - whole * size) / smaller[1]);
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller[0]}`;
}

const BYTES = ["B", "kB", "MB", "GB", "TB"];
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1_000 && unit < BYTES.length - 1) {
    size /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${BYTES[unit]}`;
}

/** The longest text that a row shows; names may have 10,000 characters. */
const LONGEST = 300;
export const cut = (text: string, longest = LONGEST): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`);
