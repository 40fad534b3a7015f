import { createHmac } from "node:crypto";
import type { DebugStep } from "../core/debug.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { Effect, Outcome } from "../core/journal.ts";
import { canonicalJson } from "../core/json.ts";
import type { AttemptJournal, IssuedCall } from "../core/run.ts";
import type { Wait } from "../core/wait.ts";
import { FrameError } from "../protocol/frames.ts";
import { MAX_VALUE_BYTES, type RunnerMessage } from "../protocol/sandbox.ts";
import { isAway, overOutages } from "../store/outage.ts";
import type { CallContext, HostFunction } from "./capabilities/function.ts";
import { JobFailure, limitFailure, refuseDeepJson, refuseManyValues } from "./failure.ts";
import { differs, provenOutcome, type Replay, type ReplayedValue, replayedValue } from "./replay.ts";

/** Arguments of calls that haven't ended, together: what guest code can make the engine hold. */
const MAX_OPEN_ARGUMENT_CHARS = 16 * 1024 * 1024;

/** Few enough that the runbook soon has something to do, and that others get their turn; opening as many takes 1 ms. */
const OUTCOMES_A_TURN = 64;

type CallMessage = Extract<RunnerMessage, { type: "call" }>;

export interface CallsParts {
  /** What every call of the attempt sees; `call` is filled in. */
  context: Omit<CallContext, "call" | "id" | "awaits">;
  journal: AttemptJournal;
  catalogue: ReadonlyMap<string, HostFunction>;
  argsHashKey: Uint8Array;
  replay: Replay;
  mapStack: (stack: string) => string | undefined;
  /** Sends one outcome into the isolate. */
  deliver: (call: number, ok: boolean, value: unknown, at: number) => void;
  /** The attempt has ended, or is about to: nothing more is recorded. */
  isOver: () => boolean;
  /** Told whenever a call is opened or closed. */
  onOpenCalls: (active: number, waiting: number) => void;
  /** A call has begun to wait, or waits for something else. */
  onWait: () => void;
  /** Told of each call that has got its outcome, for whoever watches. */
  onStep?: (step: DebugStep) => void;
  /** Told when a call begins to wait for the engine's database to come back, and when it goes on. */
  onOutage: (isAway: boolean) => void;
}

/** The calls of one attempt: checked, compared with the journal, recorded, performed, and handed back one at a time. */
export interface Calls {
  /** Calls issued so far. */
  readonly count: number;
  /** What the open calls wait for, if all of them do nothing but wait; else null. */
  waits(): Wait[] | null;
  /** Hands over the recorded outcomes, in the order in which they were settled. @throws JobFailure */
  replayRecorded(): Promise<void>;
  /**
   * @returns when the outcome has been handed over; rejects with what the journal refused with
   * @throws JobFailure at once when the job fails of it; FrameError when an honest runner wouldn't send this
   */
  receive(message: CallMessage): Promise<void>;
}

export function createCalls({
  context: shared,
  journal,
  catalogue,
  argsHashKey,
  replay,
  mapStack,
  deliver,
  isOver,
  onOpenCalls,
  onWait,
  onStep,
  onOutage,
}: CallsParts): Calls {
  /** Where calls were made, while somebody watches. */
  const sites = new Map<number, string | null>();
  const { attempt, masker } = shared;
  const { hostCalls } = attempt.manifest.limits;
  let count = 0;
  let openArgumentChars = 0;
  const open = { active: 0, waiting: 0 };
  /** What open calls wait for, by their number. */
  const waits = new Map<number, Wait>();
  /** Of the outcome that guest code has seen last. */
  let jobTime = attempt.startedAt;
  /** Earlier attempts have come as far as this: what is called before another outcome was called by them already, at that job time. */
  let isAgain = attempt.attempt > 1;
  /** Outcomes leave one after the other, recorded ones first. */
  let delivery: Promise<void> = Promise.resolve();
  /** Until then what earlier attempts have seen isn't known: the events that they took, their secrets. */
  let replayed: Promise<void> = delivery;
  /** The runbook doesn't see that the engine's own database is away. What host functions ask of it may be asked again: that is what `recover` rests on, too. */
  const patience = { signal: shared.signal, passes: isAway, onWait: onOutage };

  const contextOf = (call: number): CallContext => ({
    ...shared,
    call,
    // Issued by an earlier try without an outcome: the same id, so that it isn't done twice.
    id: { jobId: attempt.jobId, call, retry: replay.find(call)?.retry ?? attempt.retry },
    awaits(wait) {
      waits.set(call, wait);
      onWait();
    },
  });

  function replayRecorded(): Promise<void> {
    delivery = (async () => {
      let handed = 0;
      for (const entry of replay.outcomes) {
        // What was handed over leaves with the turn: the runbook goes on from it while later outcomes are opened.
        if (++handed % OUTCOMES_A_TURN === 0) await new Promise(setImmediate);
        if (isOver()) return;
        const known = catalogue.get(entry.op);
        const look = () => replayedValue(entry, known, () => contextOf(entry.call));
        try {
          const { ok, value } = known?.reveal === undefined ? (look() as ReplayedValue) : await overOutages(async () => look(), patience);
          deliver(entry.call, ok, value, entry.settlement.at);
          jobTime = entry.settlement.at;
        } catch (error) {
          if (isOver()) return;
          if (!isRunwrightError(error, "ASSET_NOT_FOUND")) throw error;
          throw new JobFailure("secret_changed", { name: "SecretChanged", message: `a secret version that the job had read is gone: ${error.message}` });
        }
      }
    })();
    replayed = delivery;
    return delivery;
  }

  /** A call whose outcome is on its way, told from its text alone. As long as nothing is known to be secret, what is recorded as shown is what it was called with. */
  function isAsRecorded({ call, op, args }: CallMessage): boolean {
    const recorded = replay.find(call);
    return recorded?.settlement !== undefined && recorded.op === op && recorded.argsJson === args && masker.isEmpty() && count <= hostCalls;
  }

  /** Everything that needs no waiting, so that a refusal comes before whatever else the same frame holds. @throws JobFailure */
  function admit(message: CallMessage, args: unknown): Promise<void> {
    if (count > hostCalls) throw limitFailure("host_calls", `more than ${hostCalls} host calls; raise limits.hostCalls if that is meant`);
    const argsHash = createHmac("sha256", argsHashKey)
      .update(`${message.op}\n${canonicalJson(args)}`)
      .digest("hex");
    const recorded = replay.find(message.call);
    if (recorded !== undefined && (recorded.op !== message.op || recorded.argsHash !== argsHash)) {
      replay.proveRest(); // else it may be the record that isn't as it was written
      throw new JobFailure("nondeterminism", differs(recorded, { op: message.op, args: masker.labelJson(args), site: mapStack(message.site) }));
    }
    // Its outcome is on its way already.
    if (recorded?.settlement !== undefined) {
      const { op } = message;
      const again = { op, args: masker.labelJson(args), effect: effectOf(catalogue.get(op), args) };
      onStep?.(stepOf(message.call, again, provenOutcome(recorded.settlement), "recorded"));
      return Promise.resolve();
    }

    const known = catalogue.get(message.op);
    if (known === undefined) throw new JobFailure("permission_denied", { name: "PermissionDenied", message: `there is no host function "${message.op}"` });
    if (openArgumentChars + message.args.length > MAX_OPEN_ARGUMENT_CHARS) {
      throw limitFailure("host_calls", `calls that are open hold more than ${MAX_OPEN_ARGUMENT_CHARS} characters of arguments`);
    }
    const context = contextOf(message.call);
    const issued: IssuedCall = {
      call: message.call,
      op: message.op,
      effect: "read",
      args: masker.labelJson(args),
      argsHash,
      retry: recorded?.retry ?? attempt.retry,
      issuedAt: isAgain ? jobTime : shared.clock.now(),
    };
    const wrong = known.check(args);
    if (wrong !== undefined) return settle(issued, known, context, { name: "TypeError", message: `${message.op}: ${wrong}` });
    const refusal = known.refuse?.(args, context);
    if (refusal !== undefined) {
      const stack = mapStack(message.site);
      throw new JobFailure("permission_denied", { name: "PermissionDenied", message: refusal, ...(stack ? { stack } : {}) });
    }
    issued.effect = effectOf(known, args);

    const kind = known.waits ? "waiting" : "active";
    openArgumentChars += message.args.length;
    open[kind]++;
    onOpenCalls(open.active, open.waiting);
    return serve(issued, known, context, args, recorded !== undefined).finally(() => {
      openArgumentChars -= message.args.length;
      open[kind]--;
      waits.delete(message.call);
      onOpenCalls(open.active, open.waiting);
    });
  }

  async function serve(call: IssuedCall, known: HostFunction, context: CallContext, args: unknown, wasIssued: boolean): Promise<void> {
    await replayed.catch(() => {}); // whoever replays tells of it
    if (isOver()) return;
    const isDry = call.effect === "write" && attempt.dry && !(await isPermitted(call));
    if (isOver()) return;
    if (call.effect === "write" && !isDry) {
      const recovered = wasIssued ? (known.recover?.(args, context) ?? "perform") : "perform";
      if (recovered !== "perform") return settle(call, known, context, recovered.ok ? { value: recovered.value } : recovered.error);
      // Invariant: that a write was issued is committed before it is performed, else nobody would know of it after a crash.
      if (!wasIssued) await journal.issue(call);
      if (isOver()) return;
    }
    let result: Result;
    if (isDry && known.dry === undefined) throw noDryResult(call, mapStack(sites.get(call.call) ?? ""));
    try {
      const act = isDry ? async () => (await known.dry?.(args, context)) ?? null : () => known.perform(args, context);
      result = { value: await overOutages(act, patience) };
    } catch (error) {
      result = errorOutcome(error);
    }
    return settle(call, known, context, result, isDry ? "withheld" : "done");
  }

  /** A replay may do single writes after all. Whoever is asked takes time, and it isn't the job's. */
  async function isPermitted({ call, op, args }: IssuedCall): Promise<boolean> {
    if (attempt.debug === undefined) return false;
    onOutage(true);
    try {
      return await attempt.debug.permits({ call, op, args, site: siteOf(call) });
    } finally {
      onOutage(false);
    }
  }

  const siteOf = (call: number): string | null => firstPlace(mapStack(sites.get(call) ?? ""));

  function stepOf(call: number, { op, args, effect }: { op: string; args: unknown; effect: Effect }, outcome: Outcome, how: DebugStep["how"]): DebugStep {
    return {
      call,
      op,
      effect,
      how,
      args: shown(args),
      ok: outcome.ok,
      outcome: shown(masker.maskJson(outcome.ok ? outcome.value : outcome.error)),
      site: siteOf(call),
    };
  }

  function settle(call: IssuedCall, known: HostFunction, context: CallContext, given: Result, how: DebugStep["how"] = "done"): Promise<void> {
    if (isOver()) return Promise.resolve();
    const result = bounded(known, given);
    if ("value" in result) known.seen?.(result.value, context);
    const outcome: Outcome =
      "value" in result
        ? { ok: true, value: known.conceal === undefined ? result.value : known.conceal(result.value, context) }
        : { ok: false, error: masker.maskJson(result) };
    onStep?.(stepOf(call.call, call, outcome, how));
    const committed = journal.settle(call, outcome);
    committed.catch(() => {}); // it is awaited below, after what comes before it
    const before = delivery;
    delivery = (async () => {
      await before;
      const { at } = await committed;
      isAgain = false;
      if (!("value" in result)) deliver(call.call, false, masker.maskJson(result), at);
      else deliver(call.call, true, known.deliver === undefined ? result.value : known.deliver(result.value), at);
    })();
    return delivery;
  }

  return {
    get count() {
      return count;
    },
    waits: () => (open.active === 0 && waits.size > 0 && waits.size === open.waiting ? [...waits.values()] : null),
    replayRecorded,
    receive(message) {
      if (message.call !== count + 1) throw new FrameError(`call ${message.call} came after call ${count}`);
      count++;
      if (onStep === undefined && isAsRecorded(message)) return Promise.resolve();
      refuseDeepJson(message.args, `what ${message.op} is called with`);
      refuseManyValues(message.args, `what ${message.op} is called with`);
      if (onStep !== undefined) sites.set(message.call, message.site);
      return admit(message, parsedArguments(message.args));
    },
  };
}

const effectOf = (known: HostFunction | undefined, args: unknown): Effect =>
  typeof known?.effect === "function" ? known.effect(args) : (known?.effect ?? "read");

/** Characters of arguments or an outcome that a step shows. */
const MAX_SHOWN_CHARS = 20_000;

function shown(value: unknown): unknown {
  const text = JSON.stringify(value) ?? "null";
  return text.length <= MAX_SHOWN_CHARS ? value : `${text.slice(0, MAX_SHOWN_CHARS)}… (${text.length} characters)`;
}

/** Of a stack in positions of the sources: the innermost place of the author's. */
const firstPlace = (stack: string | undefined): string | null => /\(?([^\s()]+:\d+:\d+)\)?$/m.exec(stack ?? "")?.[1] ?? null;

function noDryResult({ op, args }: IssuedCall, stack: string | undefined): JobFailure {
  const message = `${op} changes something and can't say what it would have done: a dry run ends here. It would have been called with ${JSON.stringify(args)?.slice(0, 1_000)}`;
  return new JobFailure("no_dry_result", { name: "NoDryResult", message, ...(stack ? { stack } : {}) });
}

type Result = { value: unknown } | { name: string; message: string; code?: string };

/** What guest code would get is limited, not what is said about it besides. */
function bounded({ op, deliver }: HostFunction, result: Result): Result {
  if (!("value" in result)) return result;
  const delivered = deliver === undefined ? result.value : deliver(result.value);
  if (Buffer.byteLength(JSON.stringify(delivered) ?? "null") <= MAX_VALUE_BYTES) return result;
  return { name: "RangeError", message: `${op}: the result is larger than ${MAX_VALUE_BYTES} bytes`, code: "TOO_LARGE" };
}

function parsedArguments(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FrameError("arguments of a call hold no JSON", { cause });
  }
}

function errorOutcome(error: unknown): Result {
  if (isRunwrightError(error)) return { name: error.name, message: error.message, code: error.code };
  return { name: "Error", message: error instanceof Error ? error.message : String(error), code: "INTERNAL" };
}
