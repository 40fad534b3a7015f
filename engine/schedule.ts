/** `runwright/schedule`: when a schedule runs. Pure rules, no clock; `docs/schedules.md` has the grammar and the tables. */
export type { DstNote, DstPolicy, Occurrence } from "./core/schedule/instants.ts";
export { checkSchedule, type OccurrenceRange, occurrences, preview } from "./core/schedule/occurrences.ts";
export type { Problem } from "./core/schedule/problem.ts";
export type {
  DailyRecurrence,
  HourlyRecurrence,
  MonthlyByDay,
  MonthlyByWeekday,
  NthWeekday,
  OnceRecurrence,
  Recurrence,
  Weekday,
  WeeklyRecurrence,
} from "./core/schedule/recurrence.ts";
export type { Schedule } from "./core/schedule/schedule.ts";
