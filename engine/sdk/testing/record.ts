import type { LogLevel, StreamBody } from "../../core/job.ts";
import type { Outcome } from "../../core/journal.ts";
import type { Json } from "../../core/json.ts";
import type { AttemptJournal } from "../../core/run.ts";

/** One host call as the journal of a real job would have recorded it: secrets appear by name. */
export interface RecordedTestCall {
  /** Such as `machines.exec`. */
  op: string;
  args: Json;
  outcome: Outcome;
}

/** Everything that a runbook did in a test, in order. */
export interface TestRecord {
  outputs: Json[];
  logs: { level: LogLevel; message: string; details?: unknown }[];
  progress: { fraction: number; message?: string }[];
  calls: RecordedTestCall[];
}

/** Time in the job: it stands still but for what the runbook sleeps. */
export interface JobTime {
  now(): number;
  /** Goes on to this time, never back. Unix milliseconds. */
  advanceTo(at: number): void;
}

export function createJobTime(start: number): JobTime {
  let now = start;
  return {
    now: () => now,
    advanceTo(at) {
      now = Math.max(now, at);
    },
  };
}

/** A journal in memory, for one attempt of one job. */
export function recordingJournal(time: JobTime): { journal: AttemptJournal; record: TestRecord } {
  const record: TestRecord = { outputs: [], logs: [], progress: [], calls: [] };
  const write: { [Kind in StreamBody["kind"]]: (body: Extract<StreamBody, { kind: Kind }>) => void } = {
    output: ({ value }) => record.outputs.push(value as Json),
    log: ({ kind: _, ...line }) => record.logs.push(line),
    progress: ({ kind: _, ...step }) => record.progress.push(step),
  };
  let order = 0;
  const journal: AttemptJournal = {
    issue: async () => {},
    async settle({ op, args }, outcome) {
      record.calls.push({ op, args: args as Json, outcome });
      return { order: ++order, at: time.now() };
    },
    emit: (body) => write[body.kind](body as never),
  };
  return { journal, record };
}
