import { dayNumberOf } from "./calendar.ts";
import { type DateRule, datesOf } from "./dates.ts";

/** Dates, and times of day in seconds since midnight (ascending, each once): what a rule says before any time zone is looked at. */
export interface WallRule {
  dates: DateRule;
  times: readonly number[];
}

const EPOCH = new Temporal.PlainDate(1970, 1, 1);

/** The wall times that a rule names, from `start` (included) on, ascending. */
export function* plannedTimes({ dates, times }: WallRule, start: Temporal.PlainDateTime): Generator<Temporal.PlainDateTime> {
  const firstDay = dayNumberOf(start);
  // Compared as a number: of a minutely rule a thousand times of the first day may be over.
  const startSecond = start.hour * 3_600 + start.minute * 60 + start.second;
  for (const day of datesOf(dates, firstDay)) {
    const { year, month, day: ofMonth } = EPOCH.add({ days: day });
    for (const time of times) {
      if (day === firstDay && time < startSecond) continue;
      const planned = new Temporal.PlainDateTime(year, month, ofMonth, Math.floor(time / 3_600), Math.floor(time / 60) % 60, time % 60);
      if (day === firstDay && Temporal.PlainDateTime.compare(planned, start) < 0) continue;
      yield planned;
    }
  }
}
