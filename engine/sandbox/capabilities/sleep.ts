import { Type } from "typebox";
import type { Clock } from "../../core/clock.ts";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError } from "../../core/errors.ts";
import { MAX_TIME_MS } from "../../core/wait.ts";
import { type HostFunction, hostFunction } from "./function.ts";

/** Wakes are looked at again after this time at the latest: the wall clock may jump, and timers hold 24 days at most. */
const LOOK_AGAIN_MS = 60_000;

// What isn't a length of time is told by `parseDuration`, in words.
const Length = Type.Union([Type.String({ maxLength: 50 }), Type.Number()]);
const Wake = Type.Union([
  Type.Object({ until: Type.Number({ minimum: -MAX_TIME_MS, maximum: MAX_TIME_MS }) }),
  /** `scale` times as long, and no longer than `max`: pauses that grow. */
  Type.Object({
    duration: Length,
    from: Type.Number(),
    scale: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
    max: Type.Optional(Length),
  }),
]);

type Wake = { until: number } | { duration: string | number; from: number; scale?: number; max?: string | number };

function lengthOf({ duration, scale = 1, max }: Exclude<Wake, { until: number }>): number {
  const ms = Math.round(parseDuration(duration) * scale);
  return max === undefined ? ms : Math.min(ms, parseDuration(max));
}

/** Unix milliseconds. A duration counts from job time at the call, so that a crash doesn't start it again: the arguments themselves say when to wake. */
export const wakeTime = (wake: Wake): number => ("until" in wake ? wake.until : wake.from + lengthOf(wake));

export function sleepFunctions(): HostFunction[] {
  return [
    hostFunction(Wake, {
      op: "sleep",
      effect: "read",
      waits: true,
      alsoCheck(wake) {
        try {
          return wakeTime(wake) <= MAX_TIME_MS ? undefined : "it would end after the year 275760, when time does";
        } catch (error) {
          if (isRunwrightError(error, "DURATION_INVALID")) return error.message;
          throw error;
        }
      },
      async perform(wake, { clock, signal, awaits }) {
        awaits({ kind: "time", until: wakeTime(wake) });
        if ("until" in wake) await sleepUntil(wake.until, clock, signal);
        // Once begun, a duration is measured by the clock that never jumps; what an earlier attempt has slept already counts.
        else await sleepFor(Math.min(lengthOf(wake), wakeTime(wake) - clock.now()), clock, signal);
        return null;
      },
    }),
  ];
}

async function sleepUntil(at: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    const left = at - clock.now();
    if (left <= 0) return;
    await delay(Math.min(left, LOOK_AGAIN_MS), signal);
  }
}

async function sleepFor(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.monotonic() + ms;
  for (;;) {
    const left = end - clock.monotonic();
    if (left <= 0) return;
    await delay(Math.min(left, LOOK_AGAIN_MS), signal);
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const aborted = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal.addEventListener("abort", aborted, { once: true });
  });
}
