import type { JobError } from "../core/job.ts";
import type { RecordedCall } from "../core/journal.ts";
import type { CallContext, HostFunction } from "./capabilities/function.ts";

/** What earlier attempts recorded, and how it is compared with what this one does. */
export interface Replay {
  find(call: number): RecordedCall | undefined;
  /** Number of the last recorded call; 0 without any. */
  lastCall: number;
  /** Outcomes in the order in which they were settled. */
  outcomes: readonly ReplayedOutcome[];
  /** A recorded call that wasn't made although the runbook has ended. */
  firstAfter(call: number): RecordedCall | undefined;
}

export interface ReplayedOutcome {
  call: number;
  op: string;
  settlement: NonNullable<RecordedCall["settlement"]>;
}

export function createReplay(recorded: readonly RecordedCall[]): Replay {
  const byCall = new Map(recorded.map((call) => [call.call, call]));
  const outcomes = recorded
    .flatMap(({ call, op, settlement }) => (settlement === undefined ? [] : [{ call, op, settlement }]))
    .sort((a, b) => a.settlement.order - b.settlement.order);
  return {
    find: (call) => byCall.get(call),
    lastCall: recorded.reduce((last, { call }) => Math.max(last, call), 0),
    outcomes,
    firstAfter: (call) => recorded.filter((one) => one.call > call).sort((a, b) => a.call - b.call)[0],
  };
}

/** What guest code gets for a recorded outcome. */
export async function replayedValue(entry: ReplayedOutcome, known: HostFunction | undefined, context: CallContext): Promise<{ ok: boolean; value: unknown }> {
  const { outcome } = entry.settlement;
  if (!outcome.ok) return { ok: false, value: outcome.error };
  let value: unknown = outcome.value;
  if (known?.reveal !== undefined) value = await known.reveal(value, context);
  known?.seen?.(value, context);
  return { ok: true, value: known?.deliver === undefined ? value : known.deliver(value) };
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
      `call ${recorded.call} differs from the journal: recorded ${shown(recorded.op, recorded.args)}, now ${shown(seen.op, seen.args)}. ` +
      "A runbook must make the same calls when it is run again: decide only on parameters, outcomes of calls, Date and Math.random",
    ...(seen.site ? { stack: seen.site } : {}),
  };
}

export function notMade(recorded: RecordedCall): JobError {
  return {
    name: "NondeterminismError",
    message: `the runbook ended without making call ${recorded.call}, which the journal holds: ${shown(recorded.op, recorded.args)}`,
  };
}

function shown(op: string, args: unknown): string {
  const text = JSON.stringify(args) ?? "";
  return `${op}(${text.length > 500 ? `${text.slice(0, 500)}…` : text})`;
}
