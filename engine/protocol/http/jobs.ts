import { type Static, Type } from "typebox";
import type { ChangeKind } from "../../core/change.ts";
import { DEBUG_KINDS } from "../../core/debug.ts";
import { FAILURE_CODES, JOB_STATUSES, LOG_LEVELS, PRIORITIES, type StreamEntry, TRIGGERS } from "../../core/job.ts";
import { Closed, Nullable, OneOf, page, Time } from "./shapes.ts";

export const RunRequest = Closed({
  params: Type.Optional(Type.Unknown()),
  draft: Type.Optional(Type.Boolean({ description: "Run the draft instead of a published version" })),
  version: Type.Optional(Type.Integer({ minimum: 1 })),
  dry: Type.Optional(Type.Boolean({ description: "Record writes instead of doing them" })),
  machine: Type.Optional(Type.String({ minLength: 1, maxLength: 253, description: "Name of the one machine that it and its children may reach" })),
  priority: Type.Optional(Type.Integer({ minimum: PRIORITIES.lowest, maximum: PRIORITIES.highest, description: "Jobs with a higher one go first; default 0" })),
});

export const ResumeRequest = Closed({
  version: Type.Optional(Type.Integer({ minimum: 1, description: "Another published version, whose calls match what is kept" })),
  from: Type.Optional(Type.Integer({ minimum: 1, description: "Number of the call to go on from; without it the failed one" })),
});

/** Seconds or a duration such as `30s`, at most a minute. */
export const Wait = Type.Optional(Type.String({ maxLength: 20, description: "Wait for the end, such as 30s; at most 60s" }));
export const WaitQuery = Closed({ wait: Wait });

export const JobQuery = Closed({
  ...page,
  runbook: Type.Optional(Type.String()),
  status: Type.Optional(Type.String({ description: "One or several, separated by commas" })),
  trigger: Type.Optional(OneOf(TRIGGERS)),
  parent: Type.Optional(Type.String()),
});

export const StreamQuery = Closed({
  after: Type.Optional(Type.Integer({ minimum: 0, description: "Entries with a higher number" })),
  before: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: "Instead: the newest of those with a lower number; 2147483647 gives the last ones" }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});

export const JournalQuery = Closed(page);

export const Job = Type.Object({
  id: Type.String(),
  runbook: Type.String(),
  version: Nullable(Type.Integer({ description: "null: a draft" })),
  status: OneOf(JOB_STATUSES),
  failureCode: Nullable(OneOf(FAILURE_CODES)),
  error: Nullable(Type.Object({ name: Type.String(), message: Type.String(), code: Type.Optional(Type.String()), stack: Type.Optional(Type.String()) })),
  scope: Type.String(),
  trigger: OneOf(TRIGGERS),
  dry: Type.Boolean(),
  debug: Nullable(OneOf(DEBUG_KINDS)),
  replayOf: Nullable(Type.String({ description: "Job whose journal it replays" })),
  narrowedTo: Nullable(Type.String({ description: "Selector that cuts whatever it and its children select" })),
  params: Type.Unknown(),
  actor: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
  correlationId: Type.String(),
  parentId: Nullable(Type.String()),
  priority: Type.Integer(),
  concurrencyKey: Nullable(Type.String({ description: "Jobs of the runbook with the same one count together; empty: all its jobs; null: it has no limit" })),
  heldBack: Type.Boolean({ description: "Kept in the queue until fewer jobs of its concurrency key are under way" }),
  resumedFrom: Nullable(Type.String({ description: "Job whose journal it began with" })),
  attempt: Type.Integer({ description: "Tries at it on a runner: waiting and crashes begin another one" }),
  retries: Type.Integer({ description: "Tries that the runbook's own policy has added after a failure" }),
  crashes: Type.Integer(),
  engine: Nullable(Type.String()),
  runtime: Nullable(Type.String({ description: "JavaScript runtime that began the job" })),
  createdAt: Time,
  startedAt: Nullable(Time),
  endedAt: Nullable(Time),
  usage: Nullable(Type.Object({ cpuMs: Type.Number(), heapBytes: Type.Number(), hostCalls: Type.Number() })),
  /** In order; only of a job that has ended, and not in lists. */
  outputs: Type.Optional(Type.Array(Type.Unknown())),
});
export type Job = Static<typeof Job>;

const streamed = { seq: Type.Integer(), at: Time };
export const StreamedEntry = Type.Union([
  Type.Object({ ...streamed, kind: Type.Literal("output"), value: Type.Unknown() }),
  Type.Object({ ...streamed, kind: Type.Literal("log"), level: OneOf(LOG_LEVELS), message: Type.String(), details: Type.Optional(Type.Unknown()) }),
  Type.Object({ ...streamed, kind: Type.Literal("progress"), fraction: Type.Number(), message: Type.Optional(Type.String()) }),
]);
export type StreamedEntry = Static<typeof StreamedEntry>;
export const Streams = Type.Object({ items: Type.Array(StreamedEntry), /** Ask for what comes `after` it. */ last: Type.Integer(), ended: Type.Boolean() });
export type Streams = Static<typeof Streams>;

export const Transition = Type.Object({
  seq: Type.Integer(),
  at: Time,
  from: Nullable(OneOf(JOB_STATUSES)),
  to: OneOf(JOB_STATUSES),
  by: Type.String(),
  reason: Type.String(),
});
export type Transition = Static<typeof Transition>;

/** A host call as people may see it: secrets in arguments are replaced by their names, outcomes stay sealed. */
export const JournalEntry = Type.Object({
  call: Type.Integer(),
  op: Type.String(),
  effect: OneOf(["read", "write"]),
  args: Type.Unknown(),
  issuedAt: Type.String({ format: "date-time", description: "When the runbook made it, also where it has waited through several attempts since" }),
  settledAt: Nullable(Time),
  settleOrder: Nullable(Type.Integer()),
});
export type JournalEntry = Static<typeof JournalEntry>;

export const toStreamedEntry = (entry: StreamEntry): StreamedEntry => ({ ...entry, at: new Date(entry.at).toISOString() });

/** What a client of the events socket says. */
export const EventsRequest = Type.Union([
  Closed({ subscribe: Closed({ job: Type.String({ maxLength: 64 }), after: Type.Optional(Type.Integer({ minimum: 0 })) }) }),
  Closed({ unsubscribe: Closed({ job: Type.String({ maxLength: 64 }) }) }),
  Closed({ subscribe: Closed({ changes: Type.Literal(true) }) }),
  Closed({ unsubscribe: Closed({ changes: Type.Literal(true) }) }),
  // Pages of a browser can't send pings of the protocol, nor see those that come.
  Closed({ ping: Type.Literal(true) }),
]);
export type EventsRequest = Static<typeof EventsRequest>;

/** What it is told of changes, at most once a second: which lists may show something new. The first one follows the subscription at once, with all: what was read before it may be older. */
export interface ChangedMessage {
  type: "changed";
  of: ChangeKind[];
}

/** What it is told of jobs: each stored entry once and in order, each change of status after the entries that came before it. */
export type EventsMessage =
  | { type: "entries"; job: string; entries: StreamedEntry[] }
  | { type: "status"; job: string; transition: Transition }
  | { type: "ended"; job: string; status: Job["status"] }
  | { type: "error"; job: string | null; code: string; detail: string }
  | { type: "pong"; job: null };
