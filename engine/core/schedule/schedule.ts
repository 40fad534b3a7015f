import { readCron } from "./cron.ts";
import type { DstPolicy } from "./instants.ts";
import { readMomentIn } from "./moment.ts";
import { isRecord, notKnown, type Problem, type Report, reportUnknownKeys } from "./problem.ts";
import { type RecurrenceRule, readRecurrence } from "./read-recurrence.ts";
import type { Recurrence } from "./recurrence.ts";
import { zoneProblem } from "./zone.ts";

/** When something runs: a cron expression or a recurrence, in a time zone. */
export type Schedule = ScheduleFrame & ({ cron: string; recurrence?: undefined } | { recurrence: Recurrence; cron?: undefined });

interface ScheduleFrame {
  /** IANA name, such as `Europe/Berlin`, or `UTC`. */
  timeZone: string;
  /** The first moment at which it may run: an instant, its text, or a wall time of the zone. Recurrences count every nth from it. */
  startAt?: Temporal.Instant | Temporal.ZonedDateTime | string;
  /** The first moment at which it no longer runs. */
  expiresAt?: Temporal.Instant | Temporal.ZonedDateTime | string;
  dst?: DstPolicy;
}

/** A schedule that was read. */
export interface ReadSchedule {
  timeZone: string;
  startAt: Temporal.Instant | undefined;
  expiresAt: Temporal.Instant | undefined;
  /** What counts from `startAt`, counts from here when there is none. */
  anchor: Temporal.Instant;
  dst: Required<DstPolicy>;
  rule: RecurrenceRule;
  /** Where the rule was read. */
  path: "/cron" | "/recurrence";
}

const KEYS = ["cron", "recurrence", "timeZone", "startAt", "expiresAt", "dst"];
const DST = { gap: ["shift", "skip"], repeat: ["first", "last", "both"] } as const;

/** Reads what somebody wrote. Either all problems, in the order of the keys, or the schedule. */
export function readSchedule(value: unknown): { schedule: ReadSchedule; problems: [] } | { schedule?: undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  const report: Report = (path, message) => void problems.push({ path, message });
  if (!isRecord(value)) return { problems: [{ path: "", message: 'a schedule is an object such as { cron: "30 2 * * *", timeZone: "Europe/Berlin" }' }] };
  reportUnknownKeys(value, KEYS, "", report);

  const wrongZone = zoneProblem(value.timeZone);
  if (wrongZone !== undefined) report("/timeZone", wrongZone);
  // The rest is read in UTC then, so that its problems are told together with this one.
  const timeZone = wrongZone === undefined ? String(value.timeZone) : "UTC";
  const startAt = readBound(value.startAt, timeZone, "/startAt", report);
  const expiresAt = readBound(value.expiresAt, timeZone, "/expiresAt", report);
  if (startAt !== undefined && expiresAt !== undefined && Temporal.Instant.compare(expiresAt, startAt) <= 0)
    report("/expiresAt", "expiresAt must be later than startAt");
  const anchor = startAt ?? Temporal.PlainDateTime.from("2000-01-01").toZonedDateTime(timeZone).toInstant();
  const dst = readDst(value.dst, report);
  const read = readRule(value, anchor.toZonedDateTimeISO(timeZone).toPlainDate(), report);
  if (problems.length > 0 || read === undefined) return { problems };
  return { schedule: { timeZone, startAt, expiresAt, anchor, dst: { ...dst, ...read.dst }, rule: read.rule, path: read.path }, problems: [] };
}

type ReadRule = Pick<ReadSchedule, "rule" | "path"> & { dst?: DstPolicy };

function readRule({ cron, recurrence }: Record<string, unknown>, anchor: Temporal.PlainDate, report: Report): ReadRule | undefined {
  if ((cron === undefined) === (recurrence === undefined)) {
    report("", "a schedule has either a cron expression or a recurrence");
    return undefined;
  }
  if (recurrence !== undefined) {
    const rule = readRecurrence(recurrence, anchor, "/recurrence", report);
    return rule && { rule, path: "/recurrence" };
  }
  if (typeof cron !== "string") {
    report("/cron", 'a cron expression is a text such as "30 2 * * *"');
    return undefined;
  }
  const rule = readCron(cron, "/cron", report);
  if (rule === undefined) return undefined;
  return { rule: { kind: "wall", rule }, path: "/cron", ...(rule.isInterval ? { dst: { gap: "skip", repeat: "both" } } : {}) };
}

function readBound(value: unknown, timeZone: string, path: string, report: Report): Temporal.Instant | undefined {
  if (value === undefined) return undefined;
  const moment = readMomentIn(value, timeZone);
  if (moment === undefined) report(path, 'this is an instant such as "2026-03-29T02:30+02:00", or a wall time of the zone such as "2026-03-29T02:30"');
  return moment;
}

function readDst(value: unknown, report: Report): Required<DstPolicy> {
  const policy: Required<DstPolicy> = { gap: "shift", repeat: "first" };
  if (value === undefined) return policy;
  if (!isRecord(value)) {
    report("/dst", 'this is an object such as { gap: "shift", repeat: "first" }');
    return policy;
  }
  reportUnknownKeys(value, Object.keys(DST), "/dst", report);
  const choose = <T extends string>(given: unknown, known: readonly T[], path: string, otherwise: T): T => {
    const chosen = known.find((word) => word === given);
    if (given !== undefined && chosen === undefined) report(path, notKnown(given, known));
    return chosen ?? otherwise;
  };
  return { gap: choose(value.gap, DST.gap, "/dst/gap", policy.gap), repeat: choose(value.repeat, DST.repeat, "/dst/repeat", policy.repeat) };
}
