/** A moment in words, exact: in the viewer's zone, and in another one where that differs. */
export function exactTime(at: string | number, { zone, otherZone, otherName }: { zone: string; otherZone?: string | null; otherName?: string }): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const here = inZone(date, zone);
  if (!otherZone || otherZone === zone) return `${here} ${zone}`;
  const there = inZone(date, otherZone);
  if (there === undefined) return `${here} ${zone}`; // what a machine says of its zone may be anything
  return `${here} ${zone}\n${there} ${otherZone}${otherName ? ` (${otherName})` : ""}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function inZone(date: Date, timeZone: string): string | undefined {
  try {
    let format = formats.get(timeZone);
    if (!format) {
      const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
      format = new Intl.DateTimeFormat("sv-SE", { ...parts, timeZone });
      formats.set(timeZone, format);
    }
    return format.format(date);
  } catch {
    return undefined;
  }
}

/** `Fri 27 Nov 21:00` in a zone: for what comes. */
export function dayAndTime(at: string | number, zone: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", timeZone: zone }).format(date).replace(",", "");
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(date);
  return `${day} ${time}`;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `21:04:05.120` in a zone: for lines of a log. */
export function clockTime(at: string | number, zone: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
      timeZone: zone,
    });
    clocks.set(zone, clock);
  }
  return clock.format(date);
}
