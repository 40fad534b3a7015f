import type { LogLevel, StreamBody } from "../../core/job.ts";
import type { Outcome, RecordedCall } from "../../core/journal.ts";
import type { Json } from "../../core/json.ts";
import type { AttemptJournal, IssuedCall } from "../../core/run.ts";
import type { JobTime } from "./clock.ts";

/** One host call as the journal of a real job would have recorded it: secrets appear by name. */
export interface RecordedTestCall {
  /** Such as `machines.exec`. */
  op: string;
  args: Json;
  outcome: Outcome;
}

/** Everything that a runbook did in a test, each kind in its order; calls in that in which they ended. */
export interface TestRecord {
  outputs: Json[];
  logs: { level: LogLevel; message: string; details?: unknown }[];
  progress: { fraction: number; message?: string }[];
  calls: RecordedTestCall[];
}

/** What the runbook did, in the order in which it did it. Times are job time, Unix milliseconds. */
export type JournalEntry =
  | { kind: "call"; op: string; args: Json; at: number; endedAt?: number; outcome?: Outcome }
  | { kind: "output"; value: Json; at: number }
  | { kind: "log"; level: LogLevel; message: string; details?: unknown; at: number }
  | { kind: "progress"; fraction: number; message?: string; at: number };

export interface Recorder {
  readonly record: TestRecord;
  readonly entries: readonly JournalEntry[];
  /** A call was issued; told once before anything else happens. Arguments as shown. */
  issued(call: number, op: string, args: Json): void;
  /** The journal of the next attempt, and what it replays. */
  attempt(told: { idle(): void; stir(): void; covered(ranges: string): void }): {
    journal: AttemptJournal;
    recorded: RecordedCall[];
    storedStreamEntries: number;
  };
}

/** Journals in memory, for the attempts of one job. */
export function createRecorder(time: Pick<JobTime, "now">): Recorder {
  const record: TestRecord = { outputs: [], logs: [], progress: [], calls: [] };
  const entries: JournalEntry[] = [];
  const issued = new Map<number, Extract<JournalEntry, { kind: "call" }>>();
  const known = new Map<number, RecordedCall>();
  const write: { [Kind in StreamBody["kind"]]: (body: Extract<StreamBody, { kind: Kind }>) => void } = {
    output: ({ value }) => record.outputs.push(value as Json),
    log: ({ kind: _, ...line }) => record.logs.push(line),
    progress: ({ kind: _, ...step }) => record.progress.push(step),
  };
  let order = 0;
  let streamEntries = 0;
  let attempts = 0;

  function begin(call: number, op: string, args: Json) {
    const entry = issued.get(call) ?? { kind: "call", op, args, at: time.now() };
    if (!issued.has(call)) entries.push(entry);
    issued.set(call, entry);
    return entry;
  }
  const keep = ({ call, op, args, retry, argsHash }: IssuedCall): RecordedCall => {
    const one = known.get(call) ?? { call, op, argsJson: JSON.stringify(args), retry, argsHash };
    known.set(call, one);
    return one;
  };

  return {
    record,
    entries,
    issued: begin,
    attempt({ idle, stir, covered }) {
      const own = ++attempts;
      const recorded = [...known.values()].map((one) => ({ ...one }));
      const journal: AttemptJournal = {
        idle: () => own === attempts && idle(),
        covered,
        async issue(call) {
          keep(call);
        },
        async settle(call, outcome) {
          stir();
          const settlement = { order: ++order, outcome, at: time.now() };
          keep(call).settlement = settlement;
          const args = call.args as Json;
          Object.assign(begin(call.call, call.op, args), { args, outcome, endedAt: settlement.at });
          record.calls.push({ op: call.op, args, outcome });
          return settlement;
        },
        emit(body) {
          streamEntries++;
          entries.push({ ...body, at: time.now() } as JournalEntry);
          write[body.kind](body as never);
        },
      };
      return { journal, recorded, storedStreamEntries: streamEntries };
    },
  };
}
