import type { InstallRecord } from "../store/records/installs.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { JournalCall } from "../store/records/journal.ts";
import { type AttributeValue, type Span, spanIdOf, traceIdOf } from "./span.ts";

/** What is known of a job that has ended, without anything that it handled. */
export interface EndedJob {
  job: Pick<
    JobRecord,
    | "id"
    | "runbook"
    | "version"
    | "scope"
    | "status"
    | "failureCode"
    | "trigger"
    | "dry"
    | "correlationId"
    | "parentId"
    | "depth"
    | "createdAt"
    | "startedAt"
    | "endedAt"
    | "attempt"
    | "source"
  >;
  /** When its trigger was due; null: it has no such time. */
  dueAt: number | null;
  transitions: readonly { to: string; at: number }[];
  calls: readonly Pick<JournalCall, "call" | "op" | "effect" | "issuedAt" | "settledAt">[];
  /** Calls that there were and that aren't among these. */
  callsLeftOut: number;
  commands: readonly TracedCommand[];
}

export interface TracedCommand {
  id: string;
  machine: string;
  action: string;
  status: string;
  createdAt: number;
  sentAt: number | null;
  acknowledgedAt: number | null;
  endedAt: number | null;
  install: Pick<InstallRecord, "packageManager" | "updates"> | null;
}

const WELL = new Set(["completed", "succeeded"]); // of jobs and commands, of updates

/** From the trigger to the package: a job, its waiting in the queue, its host calls, the commands that these sent to machines, and the updates that were installed. */
export function spansOfJob({ job, dueAt, transitions, calls, callsLeftOut, commands }: EndedJob): Span[] {
  const traceId = traceIdOf(job.correlationId);
  const endedAt = job.endedAt ?? job.createdAt;
  const jobSpan = spanIdOf(job.id);
  const trigger = spanIdOf(`trigger ${job.correlationId}`);
  const span = (one: Omit<Span, "traceId" | "events" | "attributes"> & Partial<Pick<Span, "events" | "attributes">>): Span => ({
    events: [],
    attributes: {},
    ...one,
    traceId,
  });
  const spans: Span[] = [];

  if (job.parentId === null) {
    spans.push(
      span({
        spanId: trigger,
        parentSpanId: null,
        name: `trigger ${job.trigger}`,
        kind: "consumer",
        startedAt: Math.min(dueAt ?? job.createdAt, job.createdAt),
        endedAt: job.createdAt,
        attributes: {
          "runwright.trigger": job.trigger,
          "runwright.correlation_id": job.correlationId,
          ...(job.source ? { "runwright.trigger.source": job.source } : {}),
        },
      }),
    );
  }
  spans.push(
    span({
      spanId: jobSpan,
      parentSpanId: job.parentId === null ? trigger : spanIdOf(job.parentId),
      name: `job ${job.runbook}`,
      kind: "internal",
      startedAt: job.createdAt,
      endedAt,
      attributes: attributesOf({
        "runwright.job.id": job.id,
        "runwright.runbook": job.runbook,
        "runwright.runbook.version": job.version,
        "runwright.scope": job.scope,
        "runwright.job.status": job.status,
        "runwright.job.failure_code": job.failureCode,
        "runwright.job.attempts": job.attempt,
        "runwright.job.depth": job.depth,
        "runwright.dry": job.dry || null,
        "runwright.calls_left_out": callsLeftOut || null,
      }),
      events: transitions.map(({ to, at }) => ({ name: to, at })),
      ...(WELL.has(job.status) ? {} : { failure: job.failureCode ?? job.status }),
    }),
  );
  if (job.startedAt !== null)
    spans.push(
      span({
        spanId: spanIdOf(`queue ${job.id}`),
        parentSpanId: jobSpan,
        name: "queue",
        kind: "internal",
        startedAt: job.createdAt,
        endedAt: Math.max(job.startedAt, job.createdAt),
      }),
    );

  const callSpan = (call: number) => spanIdOf(`call ${job.id}.${call}`);
  const known = new Set(calls.map(({ call }) => call));
  for (const { call, op, effect, issuedAt, settledAt } of calls) {
    spans.push(
      span({
        spanId: callSpan(call),
        parentSpanId: jobSpan,
        name: op,
        kind: op.startsWith("http.") ? "client" : "internal",
        startedAt: issuedAt,
        endedAt: Math.max(settledAt ?? endedAt, issuedAt),
        attributes: { "runwright.call": call, "runwright.effect": effect, ...(settledAt === null ? { "runwright.settled": false } : {}) },
      }),
    );
  }
  for (const command of commands) {
    const call = callOf(job.id, command.id);
    spans.push(...spansOfCommand(command, call !== undefined && known.has(call) ? callSpan(call) : jobSpan, endedAt).map(span));
  }
  return spans;
}

function spansOfCommand(
  command: TracedCommand,
  parentSpanId: string,
  jobEndedAt: number,
): (Omit<Span, "traceId" | "events"> & Partial<Pick<Span, "events">>)[] {
  const { id, machine, action, status, createdAt, sentAt, acknowledgedAt, install } = command;
  const spanId = spanIdOf(`command ${id}`);
  const endedAt = Math.max(command.endedAt ?? jobEndedAt, createdAt);
  const events = [
    ...(sentAt === null ? [] : [{ name: "sent", at: sentAt }]),
    ...(acknowledgedAt === null ? [] : [{ name: "acknowledged", at: acknowledgedAt }]),
  ];
  const packages = (install?.updates ?? []).flatMap((update) =>
    update.startedAt === null
      ? []
      : [
          {
            spanId: spanIdOf(`package ${id} ${update.name} ${update.architecture}`),
            parentSpanId: spanId,
            name: `install ${update.name}`,
            kind: "internal" as const,
            startedAt: update.startedAt,
            endedAt: Math.max(update.endedAt ?? endedAt, update.startedAt),
            attributes: attributesOf({
              "runwright.package.name": update.name,
              "runwright.package.architecture": update.architecture,
              "runwright.package.version": update.version,
              "runwright.package.from_version": update.fromVersion,
              "runwright.package.status": update.status,
              "runwright.package_manager": install?.packageManager || null,
            }),
            ...(WELL.has(update.status.toLowerCase()) ? {} : { failure: update.status }),
          },
        ],
  );
  return [
    {
      spanId,
      parentSpanId,
      name: `command ${action}`,
      kind: "client",
      startedAt: createdAt,
      endedAt,
      events,
      attributes: { "runwright.machine": machine, "runwright.command.id": id, "runwright.command.action": action, "runwright.command.status": status },
      ...(WELL.has(status) ? {} : { failure: status }),
    },
    ...packages,
  ];
}

/** A machine command's id is (job, call number). */
function callOf(jobId: string, commandId: string): number | undefined {
  if (!commandId.startsWith(`${jobId}.`)) return undefined;
  const call = Number.parseInt(commandId.slice(jobId.length + 1), 10);
  return Number.isNaN(call) ? undefined : call;
}

const attributesOf = (attributes: Readonly<Record<string, AttributeValue | null>>): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== null));
