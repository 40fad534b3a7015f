import type { FailureCode } from "../../core/job.ts";
import { ERROR_CUT_AT as cutAt, type EngineMessage, type GuestError, type RunnerEnding, type RunnerMessage } from "../../protocol/sandbox.ts";
import type { PreparedIsolate } from "./isolates.ts";
import { KINDS } from "./prelude/text.ts";

type Start = Extract<EngineMessage, { type: "start" }>;
type Settle = Extract<EngineMessage, { type: "settle" }>;

export interface IsolatedAttempt {
  readonly memoryMb: number;
  settle(outcome: Settle): void;
  stop(): void;
  /** Looks at CPU time and memory; called every few milliseconds. @returns CPU milliseconds used since the last look */
  watch(): number;
  fail(failureCode: FailureCode, message: string): void;
}

export interface AttemptParts {
  start: Start;
  bundle: string;
  isolate: PreparedIsolate;
  write: (message: RunnerMessage) => void;
  /** Whether it tells before its end where its bundle has been. */
  covers: boolean;
  /** Whether the process uses more memory than the limits of its attempts allow. */
  isMemoryExceeded: () => boolean;
  /** Called before each outcome: undefined unless too much of what was written is still to be read. A replay would fill the process with calls otherwise. */
  untilRead?: () => Promise<void> | undefined;
  onEnd: () => void;
  /** Takes the isolate of an attempt that has completed and has nothing left to run, for the next one; absent: each has one of its own. */
  giveBack?: (isolate: PreparedIsolate, heapBytes: number) => void;
  /** For a debugger: called before outcome number `outcomes` is handed over, 0: before the code runs. Whatever it returns is waited for. */
  before?: (outcomes: number) => Promise<void> | undefined;
}

/** Outcomes handed to the isolate ahead of its progress: enough to keep it busy in a replay, few enough to hold little memory outside its limit. */
const OUTCOMES_AHEAD = 64;

/**
 * V8 ends guest code when it next looks for interrupts, and some of its own functions don't look: a loop that fills memory with large arrays was seen to go on
 * for good, beyond its memory limit. Only the end of the process ends that.
 */
const DEAD_WITHIN_MS = 2_000;
const LOOK_FOR_DEATH_EVERY_MS = 50;
const COVERAGE_WITHIN_MS = 1_000;

/** One attempt in its isolate: everything asynchronous, so that the runner's own thread never waits for guest code. */
export function startAttempt({ start, bundle, isolate, write, covers, isMemoryExceeded, untilRead, onEnd, giveBack, before }: AttemptParts): IsolatedAttempt {
  const { attempt, limits } = start;
  let ended = false;
  let tasks = 0;
  let openCalls = 0;
  let outcomes = 0;
  let lastCpuMs = isolate.cpuMs() ?? 0;
  const cpuMsBefore = lastCpuMs;
  const waiting: Settle[] = [];
  let whenDrained: ((isReusable: boolean) => void) | undefined;
  /** Coverage was asked for and not told: what runs for that may run for ever. */
  let isAsked = false;
  /** Its end was told, and not yet that of its isolate. */
  let lingers = false;
  /** A debugger has to look at each outcome before the next one. */
  const ahead = before ? 1 : OUTCOMES_AHEAD;
  let isPreparing = false;

  function end(ending: RunnerEnding): void {
    if (ended) return;
    ended = true;
    const finish = (isReusable: boolean) => {
      const heapBytes = ending.kind === "completed" && tasks === 0 && !isAsked ? isolate.heapBytes() : 0;
      write({ type: "end", attempt, ending, cpuMs: Math.round((isolate.cpuMs() ?? lastCpuMs) - cpuMsBefore), heapBytes, lingers: tasks > 0 });
      if (giveBack && isReusable) giveBack(isolate, heapBytes);
      else isolate.dispose();
      onEnd();
      lingers = tasks > 0;
      if (lingers) awaitDeath(0);
    };
    const close = () => {
      if (ending.kind === "completed" && !isAsked) whenQuiet(finish);
      else finish(false);
    };
    // What has used up its limits may do so still.
    const isSpent = ending.kind === "failed" && (ending.failureCode === "cpu" || ending.failureCode === "memory");
    if (covers && !isSpent) tellCoverage().then(close, close);
    else close();
  }
  /** The task that has ended it goes on until its microtasks have run; code that finds no end isn't waited for. */
  function whenQuiet(done: (isReusable: boolean) => void): void {
    if (tasks === 0) {
      done(true);
      return;
    }
    const timer = setTimeout(() => {
      whenDrained = undefined;
      done(false);
    }, LOOK_FOR_DEATH_EVERY_MS);
    whenDrained = (isReusable) => {
      clearTimeout(timer);
      done(isReusable);
    };
  }
  /** What runs in a loop for ever can't be asked, and is ended without. */
  async function tellCoverage(): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), COVERAGE_WITHIN_MS);
    isAsked = true;
    const ranges = await Promise.race([isolate.coverage().catch(() => undefined), late.promise]);
    clearTimeout(timer);
    if (ranges === undefined) return;
    isAsked = false;
    write({ type: "covered", attempt, ranges });
  }
  /** On a busy computer ending takes its time; one that goes on taking memory doesn't get it. */
  function awaitDeath(waitedMs: number): void {
    setTimeout(() => {
      if (tasks === 0) return;
      if (waitedMs < DEAD_WITHIN_MS && !isMemoryExceeded()) awaitDeath(waitedMs + LOOK_FOR_DEATH_EVERY_MS);
      else write({ type: "doomed", attempt, reason: "an isolate couldn't be ended", isMemory: false });
    }, LOOK_FOR_DEATH_EVERY_MS);
  }
  const fail = (failureCode: FailureCode, error: GuestError) => end({ kind: "failed", failureCode, error });

  isolate.onSent = (kind, a, b, c, d, e) => {
    if (ended) return;
    // The prelude sends these shapes; if guest code found a way to send others, the engine refuses them.
    switch (kind) {
      case KINDS.call:
        openCalls++;
        write({ type: "call", attempt, call: a as number, op: b as string, args: c as string, site: d as string });
        break;
      case KINDS.emit:
        write({ type: "emit", attempt, entry: a as number, kind: b as "log", body: c as string, at: d as number });
        break;
      case KINDS.completed:
        end({ kind: "completed", value: a as string });
        break;
      case KINDS.failed:
        fail(a as FailureCode, { name: String(b), message: String(c), stack: String(d), ...(typeof e === "string" && e !== "" ? { code: e } : {}) });
        break;
    }
  };
  isolate.onCatastrophe = (message) => {
    ended = true;
    write({ type: "doomed", attempt, reason: message, isMemory: true });
  };

  function broke(reason: unknown, what: "bundle" | "task"): void {
    if (ended) return;
    if (isolate.isGone()) {
      fail("memory", limitError(`more than ${limits.memoryMb} MB of memory used; raise limits.memoryMb if that is meant`));
      return;
    }
    const error = reason instanceof Error ? reason : new Error(String(reason));
    const message = what === "bundle" ? error.message : `a promise was rejected and nobody handled it: ${error.message}`;
    fail("error", { name: error.name.slice(0, cutAt.name), message: message.slice(0, cutAt.message), stack: (error.stack ?? "").slice(0, cutAt.stack) });
  }

  function track(task: Promise<unknown>, what: "bundle" | "task" = "task"): void {
    tasks++;
    task.then(
      () => {
        tasks--;
        drained();
      },
      async (reason) => {
        if (before && what === "task" && !ended && !isolate.isGone()) await isolate.enter("rejected").catch(() => {}); // then it is told as it came
        tasks--;
        broke(reason, what);
        quiet(false);
      },
    );
  }

  function quiet(isReusable: boolean): void {
    if (!ended || tasks > 0) return;
    const done = whenDrained;
    whenDrained = undefined;
    done?.(isReusable);
    if (lingers) write({ type: "gone", attempt });
    lingers = false;
  }

  function drained(): void {
    quiet(true);
    deliver();
    // All microtasks have run, nothing is on its way in, no call is open: whatever it waits for can't happen.
    if (ended || tasks > 0 || isPreparing) return;
    if (openCalls === 0) fail("error", { name: "Error", message: "the runbook waits for a promise that nothing can settle", stack: "" });
    else write({ type: "idle", attempt, outcomes });
  }

  function deliver(): void {
    while (!ended && !isPreparing && tasks < ahead && waiting.length > 0) {
      const preparation = before?.(outcomes + 1) ?? untilRead?.();
      if (preparation !== undefined) {
        isPreparing = true;
        const go = () => {
          isPreparing = false;
          handOver();
          deliver();
        };
        preparation.then(go, go);
        return;
      }
      handOver();
    }
  }

  function handOver(): void {
    const next = waiting.shift();
    if (ended || next === undefined) return;
    openCalls--;
    outcomes++;
    track(isolate.enter("settle", next.call, next.ok, next.value, next.at));
  }

  track(
    isolate.enter(
      "configure",
      start.params,
      start.job,
      start.seed,
      start.now,
      start.skipEntries,
      start.sitesUpTo,
      start.expected,
      limits.outputBytes,
      limits.logRate,
      limits.hostCalls,
    ),
  );
  if (before) track(isolate.enter("debug"));
  const evaluated = isolate.evaluate(bundle);
  track(evaluated, "bundle");
  // A bundle that throws has ended the attempt by itself.
  if (before)
    track(
      evaluated
        .then(() => before(0))
        .then(
          () => isolate.enter(start.mode),
          () => {},
        ),
    );
  else track(isolate.enter(start.mode));

  return {
    memoryMb: limits.memoryMb,
    settle(outcome) {
      waiting.push(outcome);
      deliver();
    },
    stop: () => end({ kind: "stopped" }),
    fail: (failureCode, message) => fail(failureCode, limitError(message)),
    watch() {
      if (ended) return 0;
      if (isolate.isGone()) {
        broke(undefined, "task");
        return 0;
      }
      const cpuMs = isolate.cpuMs() ?? lastCpuMs;
      const used = cpuMs - lastCpuMs;
      lastCpuMs = cpuMs;
      if (cpuMs - cpuMsBefore > limits.cpuMs) fail("cpu", limitError(`more than ${limits.cpuMs} ms of CPU time used; raise limits.cpu if that is meant`));
      return used;
    },
  };
}

const limitError = (message: string): GuestError => ({ name: "LimitError", message, stack: "" });
