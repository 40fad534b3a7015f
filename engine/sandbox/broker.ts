import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { FailureCode, JobError } from "../core/job.ts";
import type { Ending } from "../core/journal.ts";
import { createMasker, type Masker } from "../core/masking.ts";
import type { AttemptJournal, AttemptToRun } from "../core/run.ts";
import { type Wait, waitsForOthers, wakeTimeOf } from "../core/wait.ts";
import { FrameError } from "../protocol/frames.ts";
import { type AttemptMessage, type EngineMessage, ERROR_CUT_AT, type RunnerMessage } from "../protocol/sandbox.ts";
import { createCalls } from "./calls.ts";
import type { HostFunction } from "./capabilities/function.ts";
import { admitProtocol } from "./debug/admit-protocol.ts";
import { maskProtocol } from "./debug/mask-protocol.ts";
import { scriptOf } from "./debug/script.ts";
import { JobFailure, limitFailure } from "./failure.ts";
import { createReplay, notMade } from "./replay.ts";
import { createStackMapper } from "./stack.ts";
import { createStopwatch } from "./stopwatch.ts";
import { createStreamGate } from "./streams.ts";

export interface BrokerParts {
  attempt: AttemptToRun;
  journal: AttemptJournal;
  catalogue: ReadonlyMap<string, HostFunction>;
  argsHashKey: Uint8Array;
  clock: Clock;
  /** Number of this attempt in its runner. */
  number: number;
  /** A job that sleeps for longer gives its isolate back at once, milliseconds. */
  releaseFromMs: number;
  /** One that waits for others gives it back after this time, milliseconds: what comes sooner costs no new isolate. */
  patienceMs: number;
  send: (message: EngineMessage) => void;
  /** Called when the runner was told to end the attempt and doesn't answer. */
  onUnresponsive: () => void;
}

/** How long a runner may take to end an attempt; its main thread never runs guest code. */
const ANSWER_WITHIN_MS = 2_000;

/** The engine's half of one attempt: it checks what the runner says, keeps the time, and decides how the attempt ends. */
export interface Broker {
  ended: Promise<Ending>;
  begin(): void;
  /** @throws FrameError: the runner doesn't keep to the protocol */
  receive(message: AttemptMessage): void;
  stop(): void;
  /** The engine gives it up. */
  abandon(reason: string): void;
  /** Its runner is gone. @param blameless the attempt has no part in it */
  lose(reason: string, blameless: boolean): void;
}

/** Knows what is secret in the parameters, and tells the journal when the job reads something that turns out to be in them. */
function maskerOf({ params, secrets }: AttemptToRun, journal: AttemptJournal): Masker {
  const masker = createMasker();
  for (const { value, label } of secrets) masker.add(value, label);
  const known = new Map(secrets.map((secret) => [secret.value, secret]));
  return {
    ...masker,
    add(value, label) {
      masker.add(value, label);
      const found = masker.foundIn(params).filter((secret) => !known.has(secret.value));
      if (found.length === 0) return;
      for (const secret of found) known.set(secret.value, secret);
      journal.conceal?.([...known.values()]);
    },
  };
}

/** Of a text that may have been cut there: what is left of a secret at its end isn't shown either. */
function withoutRest(masker: Masker, text: string, cutAt: number): string {
  return text.length < cutAt ? text : masker.maskCut(`${text}\0`, "\0").slice(0, -1);
}

type Decided = { kind: "failed"; failureCode: FailureCode; error: JobError } | { kind: "stopped" } | { kind: "waiting"; waits: readonly Wait[] };

export function createBroker({
  attempt,
  journal,
  catalogue,
  argsHashKey,
  clock,
  number,
  releaseFromMs,
  patienceMs,
  send,
  onUnresponsive,
}: BrokerParts): Broker {
  const { limits } = attempt.manifest;
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  const replay = createReplay(attempt.recorded);
  const masker = maskerOf(attempt, journal);
  const mapStack = createStackMapper(attempt.sourceMap, masker.mask);
  const over = new AbortController();
  const { debug } = attempt;
  /** Held code hasn't begun, and halted code doesn't go on: neither is the job's time. */
  let isHeld = debug !== undefined;
  let isHalted = false;
  let lastAt = attempt.startedAt;
  let outcomesSent = 0;
  let decided: Decided | null = null;
  let isOver = false;
  /** Calls and writes that wait for the database to come back. */
  let held = 0;
  let doesNothingButWait = false;
  let answerTimer: NodeJS.Timeout | undefined;
  /** How many outcomes guest code had been given when it last had nothing to do. */
  let idleAfter: number | null = null;
  let patience: NodeJS.Timeout | undefined;

  const streams = createStreamGate({
    masker,
    outputBytes: limits.outputBytes,
    logRate: limits.logRate,
    storedEntries: attempt.storedStreamEntries,
    monotonic: () => clock.monotonic(),
  });
  const stopwatch = createStopwatch(clock, limits.timeoutMs - attempt.usedMs, () =>
    decide({
      kind: "failed",
      failureCode: "timeout",
      error: { name: "LimitError", message: `it took longer than ${limits.timeoutMs} ms; raise limits.timeout if that is meant` },
    }),
  );
  const calls = createCalls({
    context: {
      attempt,
      onBehalfOf: { jobId: attempt.jobId, scope: attempt.scope, actor: attempt.actor, correlationId: attempt.correlationId },
      signal: over.signal,
      masker,
      machines: new Set(),
      children: new Set(),
      events: new Map(),
      assetVersions: new Map(),
      clock,
    },
    journal,
    catalogue,
    argsHashKey,
    replay,
    mapStack,
    isOver: () => isOver || decided !== null,
    deliver(call, ok, value, at) {
      if (isOver || decided !== null) return;
      lastAt = at;
      outcomesSent++;
      clearTimeout(patience);
      patience = undefined;
      send({ type: "settle", attempt: number, call, ok, value: JSON.stringify(value) ?? "null", at });
    },
    onWait: considerRelease,
    ...(debug ? { onStep: debug.step } : {}),
    onOpenCalls(active, waiting) {
      doesNothingButWait = waiting > 0 && active === 0;
      setStopwatch();
    },
    onOutage,
  });
  journal.onOutage?.(onOutage);

  /** Time is counted unless the job does nothing but wait, or the database is away. */
  function setStopwatch(): void {
    if (doesNothingButWait || held > 0 || isHeld || isHalted) stopwatch.pause();
    else if (!isOver) stopwatch.run();
  }

  function onOutage(isAway: boolean): void {
    held += isAway ? 1 : -1;
    setStopwatch();
  }

  function finish(ending: Ending): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(answerTimer);
    clearTimeout(patience);
    stopwatch.pause();
    over.abort(new Error("the attempt has ended"));
    end(ending);
  }

  /** The engine's own decision; the runner answers with what was used. */
  function decide(decision: Decided): void {
    if (decided !== null || isOver) return;
    decided = decision;
    over.abort(new Error("the attempt has ended"));
    send({ type: "stop", attempt: number });
    answerTimer = setTimeout(onUnresponsive, ANSWER_WITHIN_MS);
  }

  function abandon(reason: string): void {
    if (isOver) return;
    send({ type: "stop", attempt: number });
    finish({ kind: "lost", reason, blameless: true });
  }

  /** What the engine has decided stands: a runner that dies of it, or doesn't answer, would otherwise have what was refused tried again. */
  function lose(reason: string, blameless: boolean): void {
    if (decided?.kind === "failed" || decided?.kind === "stopped") finish({ ...decided, usage: { cpuMs: 0, heapBytes: 0, hostCalls: calls.count } });
    else finish(blameless ? { kind: "lost", reason, blameless } : { kind: "lost", reason });
  }

  const fail = ({ failureCode, error }: JobFailure) => decide({ kind: "failed", failureCode, error: masker.maskJson(error) });

  /** A call came to an end that isn't an outcome: a failure of the job, or the journal has refused. */
  function onCallProblem(error: unknown): void {
    if (error instanceof JobFailure) fail(error);
    else if (isRunwrightError(error, "TOO_LARGE")) fail(limitFailure("journal_limit", error.message));
    else abandon(`its journal refused: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** @throws JobFailure, FrameError */
  function receiveWork(message: Extract<RunnerMessage, { type: "call" | "emit" }>): void {
    if (message.type === "call") calls.receive(message).catch(onCallProblem);
    else journal.emit(streams.admit(message), Math.min(Math.max(message.at, attempt.startedAt), lastAt));
  }

  /** A runbook may return while recorded outcomes are still on their way to it. */
  function afterReplay(): { kind: "completed" } | { kind: "failed"; failureCode: FailureCode; error: JobError } {
    try {
      replay.proveRest();
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      return { kind: "failed", failureCode: error.failureCode, error: error.error };
    }
    const missing = replay.firstAfter(calls.count);
    return missing === undefined ? { kind: "completed" } : { kind: "failed", failureCode: "nondeterminism", error: masker.maskJson(notMade(missing)) };
  }

  function receiveEnd({ ending, cpuMs, heapBytes }: Extract<RunnerMessage, { type: "end" }>): void {
    const usage = { cpuMs, heapBytes, hostCalls: calls.count };
    if (decided !== null) {
      finish({ ...decided, usage });
      return;
    }
    switch (ending.kind) {
      case "stopped":
        finish({ kind: "lost", reason: "its runner stopped it unasked" });
        break;
      case "completed":
        finish({ ...afterReplay(), usage });
        break;
      case "failed": {
        const cut = (what: keyof typeof ERROR_CUT_AT) => withoutRest(masker, ending.error[what] ?? "", ERROR_CUT_AT[what]);
        const [name, message, code, mapped] = [cut("name"), cut("message"), cut("code"), mapStack(cut("stack"))];
        finish({
          kind: "failed",
          failureCode: ending.failureCode,
          error: masker.maskJson({ name, message, ...(code ? { code } : {}), ...(mapped ? { stack: mapped } : {}) }),
          usage,
        });
        break;
      }
    }
  }

  function receiveIdle({ outcomes }: Extract<RunnerMessage, { type: "idle" }>): void {
    idleAfter = outcomes;
    if (decided === null && outcomes === outcomesSent) journal.idle?.();
    considerRelease();
  }

  /** What is open does nothing but wait, and guest code has been given all that there is: it can do nothing until an outcome comes. */
  function waitsOfIdle(): Wait[] | null {
    return decided === null && !isOver && idleAfter === outcomesSent ? calls.waits() : null;
  }

  function considerRelease(): void {
    const waits = waitsOfIdle();
    if (waits === null) return;
    const wakeAt = wakeTimeOf(waits);
    if (wakeAt !== null && wakeAt - clock.now() < releaseFromMs) return;
    if (!waitsForOthers(waits)) decide({ kind: "waiting", waits });
    else if (Number.isFinite(patienceMs)) {
      patience ??= setTimeout(() => {
        patience = undefined;
        const still = waitsOfIdle();
        if (still !== null) decide({ kind: "waiting", waits: still });
      }, patienceMs);
    }
  }

  /** @throws FrameError: nobody debugs it */
  function receiveOfDebug(message: Extract<RunnerMessage, { type: "held" | "released" | "halted" | "inspected" }>): void {
    if (debug === undefined) throw new FrameError(`it sent "${message.type}", and nobody debugs it`);
    switch (message.type) {
      case "held":
        debug.ready({
          inspect(text) {
            if (isOver) return;
            const admitted = admitProtocol(text);
            if ("answer" in admitted) debug.inspector(admitted.answer);
            else send({ type: "inspect", attempt: number, message: admitted.message });
          },
          begin: () => void (isOver || send({ type: "begin", attempt: number })),
        });
        break;
      case "released":
        isHeld = false;
        setStopwatch();
        break;
      case "halted":
        isHalted = message.isHalted;
        setStopwatch();
        debug.halted(isHalted);
        break;
      case "inspected":
        debug.inspector(maskProtocol(message.message, masker));
        break;
    }
  }

  function receiveDoomed({ reason, isMemory }: Extract<RunnerMessage, { type: "doomed" }>): void {
    const usage = { cpuMs: 0, heapBytes: 0, hostCalls: calls.count };
    if (decided !== null) finish({ ...decided, usage });
    else if (isMemory) finish({ kind: "failed", failureCode: "memory", error: { name: "LimitError", message: `out of memory: ${reason}` }, usage });
    else finish({ kind: "lost", reason });
  }

  return {
    ended,
    begin() {
      setStopwatch();
      const { originId, runbook, version, startedAt } = attempt;
      send({
        type: "start",
        attempt: number,
        mode: "run",
        bundleHash: attempt.bundleHash,
        params: JSON.stringify(attempt.params) ?? "{}",
        job: JSON.stringify({ id: originId, runbook, version, startedAt }),
        seed: attempt.seed,
        now: startedAt,
        skipEntries: attempt.storedStreamEntries,
        // Whoever watches sees where each call was made.
        sitesUpTo: debug ? Number.MAX_SAFE_INTEGER : replay.lastCall,
        expected: JSON.stringify(debug ? [] : replay.expected()),
        limits,
        ...(attempt.manifest.sharedIsolate && !debug ? { shared: true } : {}),
        ...(debug ? { debug: { inspect: debug.inspect, haltAfter: debug.haltAfter, ...scriptOf(attempt, debug) } } : {}),
      });
      if (replay.outcomes.length > 0) calls.replayRecorded().catch(onCallProblem);
    },
    receive(message) {
      if (isOver) return;
      switch (message.type) {
        case "call":
        case "emit":
          if (decided !== null) return;
          try {
            receiveWork(message);
          } catch (error) {
            if (!(error instanceof JobFailure)) throw error;
            fail(error);
          }
          break;
        case "end":
          receiveEnd(message);
          break;
        case "idle":
          receiveIdle(message);
          break;
        case "doomed":
          receiveDoomed(message);
          break;
        case "covered":
          journal.covered?.(message.ranges);
          break;
        default:
          receiveOfDebug(message);
      }
    },
    stop: () => decide({ kind: "stopped" }),
    abandon,
    lose,
  };
}
