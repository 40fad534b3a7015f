import { notKnown } from "./problem.ts";

/** An IANA name such as `Europe/Berlin`, or `UTC`. Offsets are no zones here: they know no rules. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** What is wrong with the name of a time zone; undefined if it is one. */
export function zoneProblem(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return 'a schedule says its timeZone, such as "Europe/Berlin" or "UTC"';
  if (/^[+-]\d/.test(value)) return `"${value}" is an offset, which doesn't follow clock changes; name a time zone such as "Europe/Berlin"`;
  if (ZONE_NAME.test(value) && isZone(value)) return undefined;
  return `there is no such time zone: ${notKnown(value, Intl.supportedValuesOf("timeZone"))}`;
}

function isZone(name: string): boolean {
  try {
    new Temporal.ZonedDateTime(0n, name);
    return true;
  } catch {
    return false; // what Temporal says about a name that it doesn't know
  }
}
