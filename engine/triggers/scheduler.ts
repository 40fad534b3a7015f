import type { Clock } from "../core/clock.ts";
import type { NamedFreeze } from "../core/freeze.ts";
import { type Decision, decide, ON_TIME_MS } from "../core/misfire.ts";
import type { Starter } from "../core/resource.ts";
import { dueOf, misfireOf } from "../core/schedule-timer.ts";
import type { ScheduleSpec } from "../protocol/resources/schedule.ts";
import type { OccurrenceRecord } from "../store/records/occurrences.ts";
import type { ScheduleTimer } from "../store/records/schedule-timers.ts";
import type { Store } from "../store/store.ts";
import { type Cause, type Firing, passes } from "./firing.ts";
import type { Freezes } from "./freezes.ts";
import type { Admitted, JobDoor, Log, PreparedJob } from "./ports.ts";

/** So many schedules at once: they share transactions. */
const AT_ONCE = 200;
/** Of one schedule in one transaction; what is more comes next. */
const OCCURRENCES_AT_ONCE = 500;
const ROWS_AT_ONCE = 2_500;
/** Timers hold 24 days at most, and the wall clock may be set: looked at again after this time at the latest. */
const LOOK_AGAIN_MS = 60_000;
const TRY_AGAIN_MS = 1_000;
/** What can't be decided now: soon enough not to be late by then. */
const PUT_OFF_MS = ON_TIME_MS / 2;

/** Longer than this no job that was made waits for the others to be decided. */
const HELD_MS = 1_000;

/** What the decisions of one round share. */
interface Round {
  held: readonly NamedFreeze[];
  /** Jobs that were made and haven't been told of. */
  made: Admitted[];
}

export interface SchedulerParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: Pick<JobDoor<Prepared>, "tell" | "stop">;
  log: Log;
}

/**
 * Starts what schedules name when its time has come. However many there are: one timer, and an index of when each is due next. Each round reads only what is due. Several engines
 * do the same at once: who has the schedule's lock and finds it as it was read decides, the others find it decided.
 */
export function createScheduler<Prepared extends PreparedJob>({ store, clock, firing, freezes, jobs, log }: SchedulerParts<Prepared>) {
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Number.POSITIVE_INFINITY;
  let round: Promise<number> | undefined;
  let again = false;
  let stopped = false;

  function arm(at: number): void {
    if (stopped || at >= armedFor) return;
    armedFor = at;
    clearTimeout(timer);
    timer = setTimeout(ring, Math.min(LOOK_AGAIN_MS, Math.max(0, at - clock.now())));
  }

  function ring(): void {
    armedFor = Number.POSITIVE_INFINITY;
    tick().catch((error) => {
      log.error({ err: error }, "schedules couldn't be looked at; tried again in a second");
      arm(clock.now() + TRY_AGAIN_MS);
    });
  }

  /** One round at a time: whoever asks meanwhile gets another one after it. @returns how many occurrences were decided */
  function tick(): Promise<number> {
    if (round) {
      again = true;
      return round;
    }
    round = decideAll().finally(() => {
      round = undefined;
      if (again) {
        again = false;
        arm(clock.now());
      }
    });
    return round;
  }

  /** Jobs are told of when all that is due is decided: begun before, they would make the rest late. */
  async function decideAll(): Promise<number> {
    const admitted: Admitted[] = [];
    try {
      return await decideEach(admitted);
    } finally {
      for (const one of admitted) jobs.tell(one);
    }
  }

  async function decideEach(made: Admitted[]): Promise<number> {
    let decided = 0;
    const from = clock.monotonic();
    for (;;) {
      if (clock.monotonic() - from > HELD_MS) for (const one of made.splice(0)) jobs.tell(one);
      const due = stopped ? [] : await store.read.timers.due(clock.now(), AT_ONCE);
      if (due.length === 0) break;
      const resources = new Map((await store.read.resources.many(due.map((one) => one.resourceId))).map((one) => [one.id, one as Starter<ScheduleSpec>]));
      const held = await freezes.all();
      const ends = await Promise.allSettled(due.map((one) => decideOne(one, resources.get(one.resourceId), { held, made })));
      const counts = ends.map((end) => (end.status === "fulfilled" ? end.value : 0));
      decided += counts.reduce((sum, count) => sum + count, 0);
      const failed = ends.find((end) => end.status === "rejected");
      if (failed) throw failed.reason;
      if (due.length < AT_ONCE && counts.every((count) => count === 0)) break; // others were faster, or its time lies ahead after all
    }
    const next = await store.read.timers.next();
    arm(Math.min(next ?? Number.POSITIVE_INFINITY, clock.now() + LOOK_AGAIN_MS));
    return decided;
  }

  /** What can't be decided, such as for a time zone that is gone, mustn't keep others from running. @throws what passes: it is tried again at once */
  async function decideOne(found: ScheduleTimer, resource: Starter<ScheduleSpec> | undefined, round: Round): Promise<number> {
    if (!resource) return 0; // deleted since
    try {
      return await decideDue(found, resource, round);
    } catch (error) {
      if (passes(error)) throw error;
      log.error({ err: error, schedule: resource.name }, `a schedule couldn't be looked at; tried again in ${PUT_OFF_MS / 1_000} s`);
      await store.write(async (tx) => {
        const now = await tx.timers.lock(found.resourceId);
        if (now?.nextAt === found.nextAt) await tx.timers.put({ ...found, nextAt: clock.now() + PUT_OFF_MS });
      });
      return 0;
    }
  }

  async function decideDue(found: ScheduleTimer, resource: Starter<ScheduleSpec>, { held, made }: Round): Promise<number> {
    const { id, scope, spec, revision } = resource;
    const now = clock.now();
    const { due, ahead, frozenNow, next } = dueOf({ id, scope, timetable: spec, decidedTo: found.decidedTo }, held, {
      now,
      limit: Math.min(OCCURRENCES_AT_ONCE, Math.ceil(ROWS_AT_ONCE / spec.runs.length)),
    });
    const decisions = decide(due, misfireOf(spec.misfire), { now, ahead, frozenNow: frozenNow?.reason ?? null });
    // Rows get their ids in the order of the occurrences, whatever becomes of them.
    const quiet: OccurrenceRecord[] = [];
    const shots = await Promise.all(
      decisions.map(async (decision) => {
        const cause = causeOf(decision);
        if (decision.status === "start") return { cause, shots: await firing.prepareAll(resource, spec.runs, cause) };
        quiet.push(...firing.rowsOf(resource, spec.runs, { ...cause, status: decision.status }, now));
        return { cause, shots: [] };
      }),
    );

    const done = await store.write(async (tx) => {
      const same = await tx.timers.lock(id);
      if (same?.revision !== revision || same.decidedTo !== found.decidedTo || same.nextAt !== found.nextAt) return undefined;
      const admitted: Admitted[] = [];
      const stop: string[] = [];
      await tx.occurrences.insert(quiet);
      for (const { cause, shots: some } of shots) {
        for (const shot of some) {
          const fired = await firing.fire(tx, resource, shot, cause, { overlap: spec.overlap ?? "queue", decidedAt: now });
          if (fired.admitted) admitted.push(fired.admitted);
          stop.push(...fired.stop);
        }
      }
      if (next) await tx.timers.put({ resourceId: id, ...next });
      else await tx.timers.delete(id);
      return { admitted, stop };
    });
    if (!done) return 0;
    made.push(...done.admitted);
    for (const jobId of done.stop) await jobs.stop(jobId, `schedule:${resource.name}`).catch(ended);
    return decisions.length;
  }

  return {
    /** One round, now. */
    tick,
    /** Something may be due earlier than was known. */
    look: ring,
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await round?.catch(() => {}); // told by whoever began it
    },
  };
}

const causeOf = ({ at, startAt, reason }: Decision): Cause => ({ key: new Date(at).toISOString(), dueAt: startAt, reason });
/** It has ended meanwhile, which was what was wanted. */
const ended = () => {};
