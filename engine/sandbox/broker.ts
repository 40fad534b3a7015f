import { createHmac } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { FailureCode, JobError } from "../core/job.ts";
import type { Ending, Outcome, Usage } from "../core/journal.ts";
import { canonicalJson } from "../core/json.ts";
import { createMasker } from "../core/masking.ts";
import type { AttemptJournal, AttemptToRun, IssuedCall } from "../core/run.ts";
import { FrameError } from "../protocol/frames.ts";
import { type EngineMessage, MAX_VALUE_BYTES, type RunnerMessage } from "../protocol/sandbox.ts";
import type { CallContext, HostFunction } from "./capabilities/function.ts";
import { createReplay, differs, notMade, replayedValue } from "./replay.ts";
import { createStackMapper } from "./stack.ts";
import { createStopwatch } from "./stopwatch.ts";
import { createStreamGate } from "./streams.ts";

/** Arguments of calls that haven't ended, together: what guest code can make the engine hold. */
const MAX_OPEN_ARGUMENT_CHARS = 16 * 1024 * 1024;

export interface BrokerParts {
  attempt: AttemptToRun;
  journal: AttemptJournal;
  catalogue: ReadonlyMap<string, HostFunction>;
  argsHashKey: Uint8Array;
  clock: Clock;
  /** Number of this attempt in its runner. */
  number: number;
  send: (message: EngineMessage) => void;
  /** Called when the runner was told to end the attempt and doesn't answer. */
  onUnresponsive: () => void;
}

/** How long a runner may take to end an attempt; its main thread never runs guest code. */
const ANSWER_WITHIN_MS = 2_000;

/** The engine's half of one attempt: checks every call against the job's grants, journals, performs, and hands outcomes back one at a time. */
export interface Broker {
  ended: Promise<Ending>;
  begin(): void;
  /** @throws FrameError: the runner doesn't keep to the protocol */
  receive(message: Exclude<RunnerMessage, { type: "ready" }>): void;
  stop(): void;
  abandon(reason: string): void;
}

type Decided = { kind: "failed"; failureCode: FailureCode; error: JobError } | { kind: "stopped" } | { kind: "completed" };

export function createBroker({ attempt, journal, catalogue, argsHashKey, clock, number, send, onUnresponsive }: BrokerParts): Broker {
  const { manifest } = attempt;
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  const replay = createReplay(attempt.recorded);
  const masker = createMasker();
  const mapStack = createStackMapper(attempt.sourceMap);
  const streams = createStreamGate({
    masker,
    outputBytes: manifest.limits.outputBytes,
    logRate: manifest.limits.logRate,
    storedEntries: attempt.storedStreamEntries,
    monotonic: () => clock.monotonic(),
  });
  const over = new AbortController();
  const shared = {
    attempt,
    onBehalfOf: { jobId: attempt.jobId, scope: attempt.scope, actor: attempt.actor, correlationId: attempt.correlationId },
    signal: over.signal,
    masker,
    machines: new Set<string>(),
    children: new Set<string>(),
    secretVersions: new Map<string, number>(),
    clock,
  };
  const contextOf = (call: number): CallContext => ({ ...shared, call });
  let lastCall = 0;
  let lastAt = attempt.startedAt;
  let openArgumentChars = 0;
  let activeCalls = 0;
  let waitingCalls = 0;
  let decided: Decided | null = null;
  let isOver = false;
  let answerTimer: NodeJS.Timeout | undefined;
  /** Outcomes leave one after the other, recorded ones first. */
  let delivery: Promise<void> = Promise.resolve();
  const stopwatch = createStopwatch(clock, manifest.limits.timeoutMs - attempt.usedMs, () =>
    fail("timeout", { name: "LimitError", message: `it took longer than ${manifest.limits.timeoutMs} ms; raise limits.timeout if that is meant` }),
  );

  function finish(ending: Ending): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(answerTimer);
    stopwatch.pause();
    over.abort(new Error("the attempt has ended"));
    end(ending);
  }
  const lose = (reason: string) => {
    if (isOver) return;
    send({ type: "stop", attempt: number });
    finish({ kind: "lost", reason });
  };

  /** The engine's own decision; the runner answers with what was used. */
  function decide(decision: Decided): void {
    if (decided !== null || isOver) return;
    decided = decision;
    over.abort(new Error("the attempt has ended"));
    send({ type: "stop", attempt: number });
    answerTimer = setTimeout(onUnresponsive, ANSWER_WITHIN_MS);
  }
  function fail(failureCode: FailureCode, error: JobError): void {
    decide({ kind: "failed", failureCode, error: masker.maskJson(error) });
  }

  /** Time is counted unless the job does nothing but wait. */
  function countTime(): void {
    if (waitingCalls > 0 && activeCalls === 0) stopwatch.pause();
    else if (!isOver) stopwatch.run();
  }

  function deliver(call: number, ok: boolean, value: unknown, at: number): void {
    if (decided !== null || isOver) return;
    lastAt = at;
    send({ type: "settle", attempt: number, call, ok, value: JSON.stringify(value) ?? "null", at });
  }

  async function replayRecorded(): Promise<void> {
    for (const entry of replay.outcomes) {
      if (isOver) return;
      const context = contextOf(entry.call);
      try {
        const { ok, value } = await replayedValue(entry, catalogue.get(entry.op), context);
        deliver(entry.call, ok, value, entry.at);
      } catch (error) {
        if (!isRunwrightError(error, "ASSET_NOT_FOUND")) throw error;
        fail("secret_changed", { name: "SecretChanged", message: `a secret version that the job had read is gone: ${error.message}` });
      }
    }
  }

  function receiveCall(message: Extract<RunnerMessage, { type: "call" }>): void {
    if (message.call !== lastCall + 1) throw new FrameError(`call ${message.call} came after call ${lastCall}`);
    lastCall = message.call;
    if (lastCall > manifest.limits.hostCalls) return fail("host_calls", { name: "LimitError", message: `more than ${manifest.limits.hostCalls} host calls` });
    const args = parsedArguments(message.args);
    const argsHash = createHmac("sha256", argsHashKey).update(`${message.op}\n${canonicalJson(args)}`).digest("hex");
    const recorded = replay.find(message.call);
    if (recorded !== undefined && (recorded.op !== message.op || recorded.argsHash !== argsHash)) {
      return fail("nondeterminism", differs(recorded, { op: message.op, args: masker.labelJson(args), site: mapStack(message.site) }));
    }
    if (recorded?.settlement !== undefined) return;

    const known = catalogue.get(message.op);
    if (known === undefined) return fail("permission_denied", { name: "PermissionDenied", message: `there is no host function "${message.op.slice(0, 50)}"` });
    openArgumentChars += message.args.length;
    if (openArgumentChars > MAX_OPEN_ARGUMENT_CHARS) {
      return fail("host_calls", { name: "LimitError", message: `calls that are open hold more than ${MAX_OPEN_ARGUMENT_CHARS} characters of arguments` });
    }
    if (known.waits) waitingCalls++;
    else activeCalls++;
    countTime();
    serve(known, message, args, argsHash, recorded !== undefined)
      .catch((error: unknown) => lose(`its journal refused: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        openArgumentChars -= message.args.length;
        if (known.waits) waitingCalls--;
        else activeCalls--;
        countTime();
      });
  }

  /** Rejects only when the journal does: then this engine doesn't own the job any more. */
  async function serve(known: HostFunction, message: Extract<RunnerMessage, { type: "call" }>, args: unknown, argsHash: string, wasIssued: boolean): Promise<void> {
    const context = contextOf(message.call);
    const wrong = known.check(args);
    const refusal = wrong === undefined ? known.refuse?.(args, context) : undefined;
    if (refusal !== undefined) {
      const stack = mapStack(message.site);
      return fail("permission_denied", { name: "PermissionDenied", message: refusal, ...(stack ? { stack } : {}) });
    }
    const effect = wrong === undefined && typeof known.effect === "function" ? known.effect(args) : typeof known.effect === "function" ? "read" : known.effect;
    const call: IssuedCall = { call: message.call, op: message.op, effect, args: masker.labelJson(args), argsHash };
    if (wrong !== undefined) return settle(call, known, { name: "TypeError", message: `${message.op}: ${wrong}` });

    if (effect === "write" && attempt.dry) return settle(call, known, { value: known.dry?.(args, context) ?? null });
    const recovered = wasIssued && effect === "write" ? (known.recover?.(args, context) ?? "perform") : "perform";
    if (recovered !== "perform") return settle(call, known, recovered.ok ? { value: recovered.value } : recovered.error);
    // Invariant: that a write was issued is committed before it is performed, else nobody would know after a crash.
    if (effect === "write" && !wasIssued) await journal.issue(call);
    if (isOver || decided !== null) return;
    let result: Result;
    try {
      result = { value: await known.perform(args, context) };
    } catch (error) {
      result = errorOutcome(error);
    }
    return settle(call, known, result);
  }

  async function settle(call: IssuedCall, known: HostFunction, result: Result): Promise<void> {
    if (isOver || decided !== null) return;
    const context = contextOf(call.call);
    let checked = result;
    if ("value" in checked && Buffer.byteLength(JSON.stringify(checked.value) ?? "null") > MAX_VALUE_BYTES) {
      checked = { name: "RangeError", message: `${call.op}: the result is larger than ${MAX_VALUE_BYTES} bytes`, code: "TOO_LARGE" };
    }
    if ("value" in checked) known.seen?.(checked.value, context);
    const outcome: Outcome =
      "value" in checked ? { ok: true, value: known.conceal === undefined ? checked.value : known.conceal(checked.value, context) } : { ok: false, error: masker.maskJson(checked) };
    const committed = journal.settle(call, outcome);
    committed.catch(() => {}); // it is awaited below, after what comes before it
    const before = delivery;
    delivery = (async () => {
      await before;
      const { at } = await committed;
      if (!("value" in checked)) deliver(call.call, false, masker.maskJson(checked), at);
      else deliver(call.call, true, known.deliver === undefined ? checked.value : known.deliver(checked.value), at);
    })();
    return delivery;
  }

  function receiveEmit(message: Extract<RunnerMessage, { type: "emit" }>): void {
    const body = streams.admit(message);
    if (body === "output_limit") return fail(body, { name: "LimitError", message: `more than ${manifest.limits.outputBytes} bytes written` });
    if (body === "log_rate") return fail(body, { name: "LimitError", message: `more than ${manifest.limits.logRate} entries written in one second` });
    journal.emit(body, Math.min(Math.max(message.at, attempt.startedAt), lastAt));
  }

  function receiveEnd(message: Extract<RunnerMessage, { type: "end" }>): void {
    const usage: Usage = { cpuMs: message.cpuMs, heapBytes: message.heapBytes, hostCalls: lastCall };
    const { ending } = message;
    if (decided !== null) return finish({ ...decided, usage });
    if (ending.kind === "stopped") return finish({ kind: "lost", reason: "its runner stopped it unasked" });
    if (ending.kind === "completed") {
      const missing = replay.firstAfter(lastCall);
      if (missing !== undefined) return finish({ kind: "failed", failureCode: "nondeterminism", error: masker.maskJson(notMade(missing)), usage });
      return finish({ kind: "completed", usage });
    }
    const { name, message: text, stack } = ending.error;
    const mapped = mapStack(stack);
    finish({ kind: "failed", failureCode: ending.failureCode, error: masker.maskJson({ name, message: text, ...(mapped ? { stack: mapped } : {}) }), usage });
  }

  return {
    ended,
    begin() {
      countTime();
      const { jobId, runbook, version, startedAt } = attempt;
      const { limits } = manifest;
      send({
        type: "start",
        attempt: number,
        mode: "run",
        bundleHash: attempt.bundleHash,
        params: JSON.stringify(attempt.params) ?? "{}",
        job: JSON.stringify({ id: jobId, runbook, version, startedAt }),
        seed: attempt.seed,
        now: startedAt,
        skipEntries: attempt.storedStreamEntries,
        sitesUpTo: replay.lastCall,
        limits,
      });
      if (replay.outcomes.length > 0) delivery = replayRecorded();
      delivery.catch((error: unknown) => lose(`its journal couldn't be replayed: ${error instanceof Error ? error.message : String(error)}`));
    },
    receive(message) {
      if (isOver || (decided !== null && message.type !== "end" && message.type !== "doomed")) return;
      switch (message.type) {
        case "call":
          return receiveCall(message);
        case "emit":
          return receiveEmit(message);
        case "end":
          return receiveEnd(message);
        case "doomed": {
          const usage: Usage = { cpuMs: 0, heapBytes: 0, hostCalls: lastCall };
          if (message.isMemory) return finish({ kind: "failed", failureCode: "memory", error: { name: "LimitError", message: `out of memory: ${message.reason}` }, usage });
          return finish({ kind: "lost", reason: message.reason });
        }
      }
    },
    stop: () => decide({ kind: "stopped" }),
    abandon: lose,
  };
}

type Result = { value: unknown } | { name: string; message: string; code?: string };

function parsedArguments(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FrameError("arguments of a call hold no JSON", { cause });
  }
}

function errorOutcome(error: unknown): { name: string; message: string; code?: string } {
  if (isRunwrightError(error)) return { name: error.name, message: error.message, code: error.code };
  return { name: "Error", message: error instanceof Error ? error.message : String(error), code: "INTERNAL" };
}
