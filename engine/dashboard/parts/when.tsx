import { relativeTime } from "../../core/relative-time.ts";
import { dayAndTime, exactTime } from "../model/exact-time.ts";
import { usePage } from "./page-context.ts";

/** A moment by the calendar, in the viewer's zone: for what comes, and what has its place in a day. How far it is from now, and the exact one in both zones, on hover. */
export function When({ at, zone, zoneOf }: { at: string; zone?: string | null; zoneOf?: string }) {
  const page = usePage();
  return (
    <time dateTime={at} title={`${relativeTime(at, page.now.value)}\n${exactTime(at, { zone: page.zone, otherZone: zone, otherName: zoneOf })}`}>
      {dayAndTime(at, page.zone)}
    </time>
  );
}

/** From one moment to another; the day of the second one is told only where it is another one. */
export function Span({ from, to, zone }: { from: string; to: string; zone?: string | null }) {
  const page = usePage();
  const [begin, end] = [dayAndTime(from, page.zone), dayAndTime(to, page.zone)];
  const isOneDay = begin.slice(0, -5) === end.slice(0, -5);
  return (
    <span class="span">
      <When at={from} zone={zone} /> –{" "}
      <time dateTime={to} title={exactTime(to, { zone: page.zone, otherZone: zone })}>
        {isOneDay ? end.slice(-5) : end}
      </time>
    </span>
  );
}

/** The same under a heading that tells the day already. */
export function Hours({ from, to }: { from: string; to: string }) {
  const page = usePage();
  const [begin, end] = [dayAndTime(from, page.zone), dayAndTime(to, page.zone)];
  const isOneDay = begin.slice(0, -5) === end.slice(0, -5);
  return (
    <span class="hours">
      <time dateTime={from} title={exactTime(from, { zone: page.zone })}>
        {begin.slice(-5)}
      </time>{" "}
      –{" "}
      <time dateTime={to} title={exactTime(to, { zone: page.zone })}>
        {isOneDay ? end.slice(-5) : end}
      </time>
    </span>
  );
}
