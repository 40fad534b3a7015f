/**
 * Knows when a job can do nothing until time goes on or somebody acts: guest code is idle, and none of the test's own functions is at work.
 * Only then may a clock move, so that what a runbook does never depends on how fast it is run.
 */
export interface Quiet {
  /** Guest code has been given all that there is, and waits. */
  idle(): void;
  /** An outcome is on its way to it. */
  stir(): void;
  /** Does something for the job, which isn't quiet meanwhile. */
  during<Value>(work: () => Value | Promise<Value>): Promise<Value>;
  /** Within `during`: waits, and lets the job be quiet. */
  apart<Value>(wait: Promise<Value>): Promise<Value>;
  /** The job has ended: it stays quiet. */
  end(): void;
  when(): Promise<void>;
}

export function createQuiet(): Quiet {
  let isIdle = false;
  let hasEnded = false;
  let busy = 0;
  let waiting: (() => void)[] = [];
  let isLooking = false;
  const isQuiet = () => hasEnded || (isIdle && busy === 0);

  /** What has just been done may go on in microtasks: it is looked at when these have run. */
  function lookSoon(): void {
    if (waiting.length === 0 || isLooking) return;
    isLooking = true;
    setImmediate(() => {
      isLooking = false;
      if (!isQuiet()) return;
      const told = waiting;
      waiting = [];
      for (const tell of told) tell();
    });
  }
  function turn(by: 1 | -1): void {
    busy += by;
    lookSoon();
  }

  return {
    idle() {
      isIdle = true;
      lookSoon();
    },
    stir() {
      isIdle = false;
    },
    async during(work) {
      turn(1);
      try {
        return await work();
      } finally {
        turn(-1);
      }
    },
    async apart(wait) {
      turn(-1);
      try {
        return await wait;
      } finally {
        turn(1);
      }
    },
    end() {
      hasEnded = true;
      lookSoon();
    },
    when: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        lookSoon();
      }),
  };
}
