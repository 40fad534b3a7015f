import type { Clock } from "../../engine/core/clock.ts";

export interface TestClock extends Clock {
  /** Moves wall clock and monotonic time forward, as time does. */
  advance(duration: Temporal.DurationLike | number): void;
  /** Sets the wall clock alone, as an operator or a time server does; it may go back. */
  setWallClock(at: Temporal.Instant | string | number): void;
}

/**
 * A clock that stands still until it is told to move.
 * @param start an instant, its text, or Unix milliseconds
 */
export function testClock(start: Temporal.Instant | string | number = "2026-01-15T12:00:00Z"): TestClock {
  let wall = milliseconds(start);
  let elapsed = 0;
  return {
    now: () => wall,
    monotonic: () => elapsed,
    advance(duration) {
      const step = typeof duration === "number" ? duration : Temporal.Duration.from(duration).total("millisecond");
      if (!(step >= 0)) throw new RangeError(`time doesn't go back by ${step} ms: to change the wall clock, use setWallClock`);
      wall += step;
      elapsed += step;
    },
    setWallClock(at) {
      wall = milliseconds(at);
    },
  };
}

const milliseconds = (at: Temporal.Instant | string | number): number => (typeof at === "number" ? at : Temporal.Instant.from(at).epochMilliseconds);
