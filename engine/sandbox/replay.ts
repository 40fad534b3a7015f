import { isRunwrightError } from "../core/errors.ts";
import type { JobError } from "../core/job.ts";
import type { Outcome, RecordedCall } from "../core/journal.ts";
import { MAX_LIMITS } from "../core/manifest.ts";
import type { CallContext, HostFunction } from "./capabilities/function.ts";
import { JobFailure } from "./failure.ts";

/** They are kept in the isolate, within the job's limit of memory; what a number of a call says isn't proven yet. */
const MAX_EXPECTED_CHARS = 1024 * 1024;

/** What earlier attempts recorded, and how it is compared with what this one does. */
export interface Replay {
  find(call: number): RecordedCall | undefined;
  /** Number of the last recorded call; 0 without any. */
  lastCall: number;
  /** Outcomes in the order in which they were settled. */
  outcomes: readonly ReplayedOutcome[];
  /** A recorded call that wasn't made although the runbook has ended. */
  firstAfter(call: number): RecordedCall | undefined;
  /** Of each call its function and arguments, as `expected` of a start holds them. */
  expected(): string[];
  /** Opens what nobody has asked for. @throws JobFailure when any of it isn't as it was written */
  proveRest(): void;
}

export type ReplayedOutcome = Pick<RecordedCall, "call" | "op"> & { settlement: NonNullable<RecordedCall["settlement"]> };

export function createReplay(recorded: readonly RecordedCall[]): Replay {
  const byCall = new Map(recorded.map((call) => [call.call, call]));
  const outcomes = recorded
    .flatMap(({ call, op, settlement }) => (settlement === undefined ? [] : [{ call, op, settlement }]))
    .sort((a, b) => a.settlement.order - b.settlement.order);
  const lastCall = recorded.reduce((last, { call }) => Math.max(last, call), 0);
  return {
    find: (call) => byCall.get(call),
    lastCall,
    expected() {
      let room = MAX_EXPECTED_CHARS;
      return Array.from({ length: Math.min(lastCall, MAX_LIMITS.hostCalls) }, (_, i) => {
        const { op, argsJson } = byCall.get(i + 1) ?? { op: "", argsJson: "" };
        room -= op.length + argsJson.length;
        return room < 0 ? "" : op + argsJson;
      });
    },
    outcomes,
    firstAfter: (call) => recorded.filter((one) => one.call > call).sort((a, b) => a.call - b.call)[0],
    proveRest() {
      for (const { settlement } of outcomes) asDamage(() => settlement.prove?.());
    },
  };
}

/** What guest code gets for a recorded outcome; a promise when its host function has to look something up for it. @throws JobFailure */
export function replayedValue(entry: ReplayedOutcome, known: HostFunction | undefined, context: () => CallContext): ReplayedValue | Promise<ReplayedValue> {
  const outcome = provenOutcome(entry.settlement);
  if (!outcome.ok) return { ok: false, value: outcome.error };
  if (known === undefined) return { ok: true, value: outcome.value };
  const delivered = (value: unknown): ReplayedValue => {
    known.seen?.(value, context());
    return { ok: true, value: known.deliver === undefined ? value : known.deliver(value) };
  };
  return known.reveal === undefined ? delivered(outcome.value) : known.reveal(outcome.value, context()).then(delivered);
}

export interface ReplayedValue {
  ok: boolean;
  value: unknown;
}

export const provenOutcome = (settlement: NonNullable<RecordedCall["settlement"]>): Outcome => asDamage(() => settlement.outcome);

/** @throws JobFailure when what is recorded isn't as it was written */
function asDamage<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!isRunwrightError(error, "DATABASE_DAMAGED")) throw error;
    throw new JobFailure("damaged", { name: "DamageError", message: error.message });
  }
}

interface Seen {
  op: string;
  args: unknown;
  site: string | undefined;
}

export function differs(recorded: RecordedCall, seen: Seen): JobError {
  return {
    name: "NondeterminismError",
    message:
      `call ${recorded.call} differs from the journal: recorded ${shown(recorded.op, recorded.argsJson)}, now ${shown(seen.op, JSON.stringify(seen.args) ?? "")}. ` +
      "A runbook must make the same calls when it is run again: decide only on parameters, outcomes of calls, Date and Math.random",
    ...(seen.site ? { stack: seen.site } : {}),
  };
}

export function notMade(recorded: RecordedCall): JobError {
  return {
    name: "NondeterminismError",
    message: `the runbook ended without making call ${recorded.call}, which the journal holds: ${shown(recorded.op, recorded.argsJson)}`,
  };
}

function shown(op: string, text: string): string {
  return `${op}(${text.length > 500 ? `${text.slice(0, 500)}…` : text})`;
}
