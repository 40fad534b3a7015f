import { RunwrightError } from "../../core/errors.ts";
import type { DstPolicy } from "../../core/schedule/instants.ts";
import { type Arrival, lengthOf, type Moment, momentOf } from "./moment.ts";

/**
 * Time in a test: it stands still until the test moves it, and wakes in order whatever waits for it: sleeps, approvals, answers that are slow, machines that reboot.
 *
 *     const clock = fakeClock("2026-03-28T22:00[Europe/Berlin]");
 *     const job = reboot.start({ clock });
 *     await clock.to("2026-03-29T02:30[Europe/Berlin]"); // left out by the clocks: goes to 03:30
 */
export interface FakeClock {
  now(): Temporal.Instant;
  /**
   * Goes on to this moment, stopping at each at which something wakes; resolves when the jobs have nothing to do any more.
   * @throws BAD_REQUEST: no moment, or one that is over
   */
  to(when: Moment, dst?: Pick<DstPolicy, "repeat">): Promise<Arrival>;
  /** The same by a length of time. @throws DURATION_INVALID */
  advance(by: string | number | Temporal.DurationLike): Promise<Arrival>;
}

interface Alarm {
  at: number;
  ring: () => void;
}

/** What the fakes see of a clock. */
export interface JobTime {
  /** Unix milliseconds. */
  now(): number;
  /** Waits until then; what has been waited for first rings first. Rejects when nobody waits any more. */
  until(at: number, signal?: AbortSignal): Promise<void>;
}

/** A clock from inside: what moves it, and who has to be waited for before it moves. */
export interface ClockWorks extends JobTime {
  readonly face: FakeClock;
  /** @returns takes it off again */
  follow(follower: Follower): () => void;
  /** Goes to the next moment at which something wakes, and wakes it. @returns whether there was one */
  next(): boolean;
}

/** A job by this clock. */
export interface Follower {
  /** Resolves when it can do nothing until time goes on. */
  quiet(): Promise<void>;
  /** Time is about to go on by so many milliseconds. */
  passed(ms: number): void;
}

const WORKS = new WeakMap<FakeClock, ClockWorks>();

/** @param start default 2026-01-01T00:00:00Z */
export const fakeClock = (start: Moment = "2026-01-01T00:00:00Z"): FakeClock => createClock(start).face;

/** @throws BAD_REQUEST for a clock that `fakeClock` hasn't made */
export function worksOf(clock: FakeClock): ClockWorks {
  const works = WORKS.get(clock);
  if (works === undefined) throw new RunwrightError("BAD_REQUEST", "a clock is made with fakeClock(…)");
  return works;
}

export function createClock(start: Moment): ClockWorks {
  const { at: from } = momentOf(start);
  let now = from.epochMilliseconds;
  const alarms: Alarm[] = [];
  const followed = new Set<Follower>();
  /** A test that doesn't await one move before the next makes them one after the other all the same. */
  let moving: Promise<unknown> = Promise.resolve();

  const goOn = (to: number) => {
    for (const { passed } of followed) passed(to - now);
    now = to;
  };
  const stopAt = (limit: number): boolean => {
    const [first] = alarms;
    if (first === undefined || first.at > limit) return false;
    alarms.shift();
    goOn(Math.max(now, first.at));
    first.ring();
    return true;
  };
  const settled = async () => {
    for (const { quiet } of followed) await quiet();
  };
  function go(arrivalFrom: (now: number) => Arrival): Promise<Arrival> {
    const moved = moving.then(() => move(arrivalFrom(now)));
    moving = moved.catch(() => {}); // whoever moved it is told
    return moved;
  }
  async function move(arrival: Arrival): Promise<Arrival> {
    const target = arrival.at.epochMilliseconds;
    if (target < now) {
      const shown = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(arrival.at.timeZoneId);
      throw new RunwrightError("BAD_REQUEST", `the clock is at ${shown.toString()} already and doesn't go back to ${arrival.at.toString()}`);
    }
    do await settled();
    while (stopAt(target));
    goOn(target);
    return arrival;
  }

  const works: ClockWorks = {
    now: () => now,
    until: (at, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (at <= now) return resolve();
        const forget = () => {
          alarms.splice(alarms.indexOf(alarm), 1);
          reject(signal?.reason);
        };
        const alarm: Alarm = {
          at,
          ring() {
            signal?.removeEventListener("abort", forget);
            resolve();
          },
        };
        signal?.addEventListener("abort", forget, { once: true });
        const place = alarms.findIndex((other) => other.at > at);
        alarms.splice(place < 0 ? alarms.length : place, 0, alarm);
      }),
    follow(follower) {
      followed.add(follower);
      return () => void followed.delete(follower);
    },
    next: () => stopAt(Number.POSITIVE_INFINITY),
    face: {
      now: () => Temporal.Instant.fromEpochMilliseconds(now),
      async to(when, dst) {
        const arrival = momentOf(when, dst);
        return go(() => arrival);
      },
      async advance(by) {
        const ms = lengthOf(by);
        return go((at) => ({ at: Temporal.Instant.fromEpochMilliseconds(at + ms).toZonedDateTimeISO(from.timeZoneId), dst: "none" }));
      },
    },
  };
  WORKS.set(works.face, works);
  return works;
}
