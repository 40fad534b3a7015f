import { isRunwrightError } from "../../../engine/core/errors.ts";
import { type PreviewItem, previewOf } from "../../../engine/core/schedule-preview.ts";
import type { Timetable } from "../../../engine/core/schedule-timer.ts";

const COUNT = 5;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What clock changes do to a time, for people. */
const NOTES: Readonly<Record<PreviewItem["dst"], (planned: string) => string>> = {
  none: () => "",
  shifted: (planned) => `the clocks leave ${planned} out: runs later by as much`,
  leftOut: (planned) => `doesn't run: the clocks leave ${planned} out`,
  first: (planned) => `${planned} comes twice: this is the first`,
  second: (planned) => `${planned} comes twice: this is the second`,
};

/** A coming time, in words. */
export interface Upcoming {
  /** Such as `Sun 2026-03-29 03:30 +02:00`. */
  when: string;
  /** What clock changes do to it; empty: nothing. */
  note: string;
}

/**
 * The next five times of a rule in its zone.
 * @param now Unix milliseconds
 * @returns what is wrong with the rule, if it can't be read
 */
export function upcomingOf(timetable: Timetable, now: number): { times: Upcoming[]; problem?: undefined } | { times?: undefined; problem: string } {
  try {
    const items = previewOf({ scope: "/", timetable }, { from: now, count: COUNT }, { freezes: [], neighbours: [] });
    return { times: items.map(({ at, planned, dst }) => ({ when: wordsOf(at), note: NOTES[dst](planned.slice(11, 16)) })) };
  } catch (error) {
    if (isRunwrightError(error)) return { problem: error.message };
    throw error;
  }
}

/** @param at such as `2026-03-29T03:30:00+02:00[Europe/Berlin]` */
function wordsOf(at: string): string {
  const [, date = "", time = "", offset = ""] = /^([\d-]+)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?([+-]\d\d:\d\d)/.exec(at) ?? [];
  return `${DAYS[Temporal.PlainDate.from(date).dayOfWeek - 1]} ${date} ${time} ${offset}`;
}
