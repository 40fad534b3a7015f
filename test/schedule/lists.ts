import { type OccurrenceRange, occurrences, preview, type Schedule } from "../../engine/schedule.ts";

/** `2026-03-29T03:30+02:00`: what a person reads off a clock, and the offset that tells equal ones apart. */
export const shown = (at: Temporal.ZonedDateTime): string => at.toString({ timeZoneName: "never", smallestUnit: at.second === 0 ? "minute" : "second" });

export const list = (schedule: Schedule, from: OccurrenceRange["from"], limit: number): string[] => Array.from(occurrences(schedule, { from, limit }), shown);

/** With the note, unless it is `none`: `2026-03-29T03:30+02:00 shifted`. */
export const notes = (schedule: Schedule, from: OccurrenceRange["from"], limit: number): string[] =>
  Array.from(preview(schedule, { from, limit }), ({ at, dst }) => (dst === "none" ? shown(at) : `${shown(at)} ${dst}`));

/** Dates alone, for rules with one time a day. */
export const dates = (schedule: Schedule, from: OccurrenceRange["from"], limit: number): string[] =>
  Array.from(occurrences(schedule, { from, limit }), (at) => at.toPlainDate().toString());
