/** Where moments lie within a stretch of time, in percent; those outside are left out. */
export const placesWithin = (moments: readonly string[], from: number, to: number): number[] =>
  moments.flatMap((moment) => {
    const at = Date.parse(moment);
    return at >= from && at <= to ? [((at - from) / (to - from)) * 100] : [];
  });

const HOUR_MS = 3_600_000;

/** Each sixth hour of the viewer's day within the stretch, such as `18`, with its place in percent. */
export function hoursWithin(from: number, to: number, zone: string): { hour: string; left: number }[] {
  const format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: zone });
  // Offsets of zones are whole quarters of an hour.
  const quarter = HOUR_MS / 4;
  const minutes = new Intl.DateTimeFormat("en-GB", { minute: "2-digit", timeZone: zone });
  const found: { hour: string; left: number }[] = [];
  for (let at = Math.ceil(from / quarter) * quarter; at <= to; at += quarter) {
    const hour = format.format(at);
    if (Number(hour) % 6 === 0 && Number(minutes.format(at)) === 0) found.push({ hour, left: ((at - from) / (to - from)) * 100 });
  }
  return found;
}
