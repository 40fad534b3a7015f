import { hoursWithin, placesWithin } from "../model/day-bar.ts";
import { dayAndTime } from "../model/exact-time.ts";
import { counted } from "../model/words.ts";
import { usePage } from "./page-context.ts";

/** Moments of a day as marks from left to right. */
export function DayBar({ at, isCut, from, until }: { at: readonly string[]; isCut: boolean; from: string; until: string }) {
  const { zone } = usePage();
  const [begin, end] = [Date.parse(from), Date.parse(until)];
  const [first] = at;
  const words =
    first === undefined ? "not within 24 hours" : `${counted(at.length, "time")}${isCut ? " or more" : ""} within 24 hours, first ${dayAndTime(first, zone)}`;
  return (
    <span class="day-bar" title={words}>
      <span class="hidden-text">{words}</span>
      {hoursWithin(begin, end, zone).map(({ hour, left }) => (
        <span key={left} class={`day-hour ${hour === "00" ? "midnight" : ""}`} style={{ left: `${left}%` }} />
      ))}
      {placesWithin(at, begin, end).map((left) => (
        <span key={left} class="day-mark" style={{ left: `${left}%` }} />
      ))}
      {isCut && first !== undefined && <span class="day-cut" style={{ left: `${placesWithin(at.slice(-1), begin, end)[0] ?? 0}%` }} />}
    </span>
  );
}

/** What the thin lines of day bars stand for. */
export function DayScale({ from, until }: { from: string; until: string }) {
  const { zone } = usePage();
  const hours = hoursWithin(Date.parse(from), Date.parse(until), zone).map(({ hour }) => hour);
  return (
    <span class="soft day-scale">
      Bars: from now to {dayAndTime(until, zone)}; lines at {hours.join(", ")} h in {zone}
    </span>
  );
}
