import type { Clock } from "../core/clock.ts";
import { canonicalJson } from "../core/json.ts";
import type { DocumentProblem, ResourceRecord } from "../core/resource.ts";
import { readMomentIn } from "../core/schedule/moment.ts";
import { limitProblems, timetableProblems } from "../core/schedule-check.ts";
import { timerAfter } from "../core/schedule-timer.ts";
import { ScheduleSpec } from "../protocol/resources/schedule.ts";
import type { Writes } from "../store/store.ts";
import type { TriggerKind } from "./kind.ts";
import { runProblems } from "./runs.ts";

/** A change of one of these makes another timetable; a change of anything else leaves what is due as it is. */
const TIMETABLE = ["enabled", "cron", "recurrence", "timeZone", "startAt", "expiresAt", "dst", "jitter"] as const;

/** Schedules as resources. @param onChange called in the transaction that stored one: look for what is due after its commit */
export function scheduleKind({ clock }: { clock: Clock }): TriggerKind<ScheduleSpec> {
  return {
    kind: "Schedule",
    noun: "schedules",
    command: "schedule",
    schema: ScheduleSpec,
    actions: { read: "schedule.read", write: "schedule.write" },
    runbooks: (spec) => spec.runs.map((run) => run.runbook),

    async check({ scope, spec }, { reads, actor, before }) {
      const problems = timetableProblems(spec);
      if (problems.length === 0) problems.push(...expiryProblems(spec, before as ResourceRecord<ScheduleSpec> | undefined, clock.now()));
      problems.push(...limitProblems(spec));
      return [...problems, ...(await runProblems(spec.runs, { kind: "Schedule", scope, reads, actor }))];
    },

    async states(reads, resources) {
      const timers = await reads.timers.many(resources.map((one) => one.id));
      return new Map(timers.map(({ resourceId, nextAt }) => [resourceId, { nextAt: new Date(nextAt).toISOString() }]));
    },

    async stored(tx: Writes, resource, before) {
      const timetable = (spec: ScheduleSpec) => canonicalJson(TIMETABLE.map((key) => (key === "enabled" ? spec.enabled !== false : spec[key])));
      if (before && timetable(before.spec) === timetable(resource.spec)) return;
      // What lies before the change isn't made up for: nobody expects a new schedule to run for yesterday.
      const timer = resource.spec.enabled === false ? undefined : timerAfter(resource.id, resource.spec, clock.now());
      if (timer) await tx.timers.put({ resourceId: resource.id, ...timer });
      else await tx.timers.delete(resource.id);
    },

    async removed(tx, resource) {
      await tx.occurrences.dropWaiting(resource.id, { reason: "its schedule was deleted", decidedAt: clock.now() });
    },
  };
}

/** One that is over is no mistake when it was there before: the same file is applied again next year. */
function expiryProblems(spec: ScheduleSpec, before: ResourceRecord<ScheduleSpec> | undefined, now: number): DocumentProblem[] {
  if (spec.expiresAt === undefined || before?.spec.expiresAt === spec.expiresAt) return [];
  const expiresAt = readMomentIn(spec.expiresAt, spec.timeZone)?.epochMilliseconds;
  return expiresAt !== undefined && expiresAt <= now ? [{ path: "/expiresAt", message: "is over already; choose a later moment, or leave it out" }] : [];
}
