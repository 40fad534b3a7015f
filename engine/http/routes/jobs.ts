import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { shownKey } from "../../core/concurrency.ts";
import { RunwrightError } from "../../core/errors.ts";
import { isFinal, JOB_STATUSES, type JobStatus } from "../../core/job.ts";
import { type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import {
  Job,
  JobQuery,
  JournalEntry,
  JournalQuery,
  ResumeRequest,
  RunRequest,
  StreamQuery,
  Streams,
  Transition,
  toStreamedEntry,
  WaitQuery,
} from "../../protocol/http/jobs.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { JobRecord, JobTransition } from "../../store/records/jobs.ts";
import type { JournalCall } from "../../store/records/journal.ts";
import type { Store } from "../../store/store.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { parseWait, patience } from "../wait.ts";
import { narrowTo } from "./narrowing.ts";
import type { RouteParts } from "./parts.ts";
import { visibleRunbook } from "./runbooks.ts";

const byId = Type.Object({ id: Type.String() });

export function jobRoutes(app: App, { store, clock, jobs, stopping }: Pick<RouteParts, "store" | "clock" | "jobs" | "stopping">): void {
  const detailed = async (job: JobRecord): Promise<Job> => (isFinal(job.status) ? { ...toJob(job), outputs: await outputsOf(store, job) } : toJob(job));

  app.post(
    "/api/v1/runbooks/:name/jobs",
    {
      config: { door: "job.run" },
      schema: {
        summary: "Run a runbook",
        tags: ["jobs"],
        params: Type.Object({ name: Type.String() }),
        querystring: WaitQuery,
        body: RunRequest,
        headers: Type.Object({ "idempotency-key": Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }),
        response: { 200: Job, 202: Job },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { params = {}, draft, version, dry, machine, priority } = request.body;
      if (draft && version !== undefined) throw new RunwrightError("BAD_REQUEST", "run the draft or a version, not both");
      const waitMs = parseWait(request.query.wait);
      const runbook = await visibleRunbook(store, caller.actor, request.params.name);
      requireAction(caller.actor, draft ? "runbook.test" : "job.run", runbook.scope);
      const key = request.headers["idempotency-key"];
      const audit = auditOf(clock, caller);
      const job = await jobs.enqueue({
        runbook: runbook.name,
        version: draft ? "draft" : (version ?? "latest"),
        params,
        trigger: "manual",
        dry: dry ?? false,
        narrowedTo: await narrowTo(store, caller.actor, machine),
        ...(priority === undefined ? {} : { priority }),
        actor: caller.actor,
        correlationId: caller.correlationId,
        // A key belongs to whoever chose it: nobody gets another one's job by guessing.
        ...(key === undefined ? {} : { idempotencyKey: `${caller.actor.id}:${key}` }),
        also: (tx, { id, scope, version: number, status, superseded }) =>
          audit(tx, {
            operation: "job.run",
            target: `job:${id}`,
            scope,
            details: {
              runbook: runbook.name,
              version: number,
              ...(dry ? { dry } : {}),
              ...(machine === undefined ? {} : { machine }),
              ...(priority ? { priority } : {}),
              // Its runbook's limit had others in its way.
              ...(status === "queued" ? {} : { status }),
              ...(superseded.length > 0 ? { superseded } : {}),
            },
          }),
      });
      reply.header("location", `/api/v1/jobs/${job.id}`);
      if (waitMs === null) return reply.code(202).send(toJob(job));
      using waiting = patience(request, waitMs, stopping);
      const later = await jobs.wait(job.id, waiting.signal);
      return reply.code(isFinal(later.status) ? 200 : 202).send(await detailed(later));
    },
  );

  app.get(
    "/api/v1/jobs",
    { config: { door: "job.read" }, schema: { summary: "List jobs, newest first", tags: ["jobs"], querystring: JobQuery, response: { 200: PageOf(Job) } } },
    async (request) => {
      const { cursor, limit = 50, runbook, status, trigger, parent } = request.query;
      const found = await store.read.jobs.list({
        scopes: allowedScopes(callerOf(request).actor, "job.read"),
        limit: limit + 1,
        ...(runbook ? { runbook } : {}),
        ...(status ? { statuses: parseStatuses(status) } : {}),
        ...(trigger ? { trigger } : {}),
        ...(parent ? { parentId: parent } : {}),
        ...(cursor ? { before: readCursor("jobs", "string", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(toJob), next: found.length > limit && last ? makeCursor("jobs", last.id) : null };
    },
  );

  app.get(
    "/api/v1/jobs/:id",
    {
      config: { door: "job.read" },
      schema: { summary: "Show a job; with its outputs when it has ended", tags: ["jobs"], params: byId, querystring: WaitQuery, response: { 200: Job } },
    },
    async (request) => {
      const job = await visibleJob(store, callerOf(request).actor, request.params.id);
      const waitMs = parseWait(request.query.wait);
      if (waitMs === null || isFinal(job.status)) return detailed(job);
      using waiting = patience(request, waitMs, stopping);
      return detailed(await jobs.wait(job.id, waiting.signal));
    },
  );

  app.get(
    "/api/v1/jobs/:id/streams",
    {
      config: { door: "job.read" },
      schema: { summary: "Read what a job wrote, in order", tags: ["jobs"], params: byId, querystring: StreamQuery, response: { 200: Streams } },
    },
    async (request) => {
      const { after = 0, before, limit = 500 } = request.query;
      if (before !== undefined && request.query.after !== undefined) throw new RunwrightError("BAD_REQUEST", "entries after a number or before one, not both");
      // The status is read first: when it says that the job has ended, all entries are there.
      const job = await visibleJob(store, callerOf(request).actor, request.params.id);
      if (before !== undefined) {
        const newest = await store.read.streams.newest(job.id, { before, limit });
        return { items: newest.map(toStreamedEntry), last: newest.at(-1)?.seq ?? 0, ended: isFinal(job.status) };
      }
      const entries = await store.read.streams.list(job.id, { after, limit });
      return { items: entries.map(toStreamedEntry), last: entries.at(-1)?.seq ?? after, ended: isFinal(job.status) && entries.length < limit };
    },
  );

  app.post(
    "/api/v1/jobs/:id/stop",
    { config: { door: "job.stop" }, schema: { summary: "Stop a job", tags: ["jobs"], params: byId, response: { 200: Job } } },
    async (request) => {
      const caller = callerOf(request);
      const job = await visibleJob(store, caller.actor, request.params.id);
      requireAction(caller.actor, "job.stop", job.scope);
      const audit = auditOf(clock, caller);
      return toJob(await jobs.stop(job.id, caller.actor.name, (tx) => audit(tx, { operation: "job.stop", target: `job:${job.id}`, scope: job.scope })));
    },
  );

  app.post(
    "/api/v1/jobs/:id/resume",
    {
      config: { door: "job.run", operation: "job.resume" },
      schema: {
        summary: "Go on from the failed call of a job, with a new job that keeps the journal up to there",
        tags: ["jobs"],
        params: byId,
        body: ResumeRequest,
        response: { 202: Job },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { actor, correlationId } = caller;
      const job = await visibleJob(store, actor, request.params.id);
      requireAction(actor, job.version === null ? "runbook.test" : "job.run", job.scope);
      const audit = auditOf(clock, caller);
      const { version, from } = request.body;
      const resumed = await jobs.resume({
        jobId: job.id,
        ...(version === undefined ? {} : { version }),
        ...(from === undefined ? {} : { from }),
        actor,
        correlationId,
        also: (tx, { id, scope }) => audit(tx, { operation: "job.resume", target: `job:${id}`, scope, details: { resumedFrom: job.id, ...request.body } }),
      });
      return reply.code(202).header("location", `/api/v1/jobs/${resumed.id}`).send(toJob(resumed));
    },
  );

  for (const [verb, summary] of [
    ["suspend", "Hold a job until it is continued"],
    ["continue", "Let a suspended job go on where it was"],
  ] as const) {
    app.post(
      `/api/v1/jobs/:id/${verb}`,
      { config: { door: "job.stop", operation: `job.${verb}` }, schema: { summary, tags: ["jobs"], params: byId, response: { 200: Job } } },
      async (request) => {
        const caller = callerOf(request);
        const job = await visibleJob(store, caller.actor, request.params.id);
        requireAction(caller.actor, "job.stop", job.scope);
        const audit = auditOf(clock, caller);
        return toJob(await jobs[verb](job.id, caller.actor.name, (tx) => audit(tx, { operation: `job.${verb}`, target: `job:${job.id}`, scope: job.scope })));
      },
    );
  }

  app.get(
    "/api/v1/jobs/:id/transitions",
    {
      config: { door: "job.read" },
      schema: { summary: "Who moved a job to which status, when and why", tags: ["jobs"], params: byId, response: { 200: PageOf(Transition) } },
    },
    async (request) => {
      const job = await visibleJob(store, callerOf(request).actor, request.params.id);
      return { items: (await store.read.jobs.transitions(job.id)).map(toTransition), next: null };
    },
  );

  app.get(
    "/api/v1/jobs/:id/journal",
    {
      config: { door: "job.read" },
      schema: {
        summary: "The host calls of a job in their order, without their outcomes",
        tags: ["jobs"],
        params: byId,
        querystring: JournalQuery,
        response: { 200: PageOf(JournalEntry) },
      },
    },
    async (request) => {
      const job = await visibleJob(store, callerOf(request).actor, request.params.id);
      const { cursor, limit = 100 } = request.query;
      const list = `journal of ${job.id}`;
      const found = await store.read.journal.calls(job.id, { after: cursor ? readCursor(list, "number", cursor) : 0, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(toJournalEntry), next: found.length > limit && last ? makeCursor(list, last.call) : null };
    },
  );
}

/** A job that the actor may not see doesn't exist for it. @throws JOB_NOT_FOUND */
export async function visibleJob(store: Pick<Store, "read">, actor: Actor, id: string): Promise<JobRecord> {
  const job = await store.read.jobs.get(id);
  if (!job || !isAllowed(actor, "job.read", job.scope))
    throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${id.slice(0, 64)}; see \`runwright job list\``);
  return job;
}

export function toJob(job: JobRecord): Job {
  const {
    id,
    runbook,
    version,
    status,
    failureCode,
    error,
    scope,
    trigger,
    dry,
    debug,
    replayOf,
    narrowedTo,
    params,
    actor,
    correlationId,
    parentId,
    priority,
    heldBack,
    resumedFrom,
    attempt,
    retries,
    crashes,
    engine,
    runtime,
    usage,
  } = job;
  const times = { createdAt: toTime(job.createdAt), startedAt: toTimeOrNull(job.startedAt), endedAt: toTimeOrNull(job.endedAt) };
  const who = { id: actor.id, kind: actor.kind, name: actor.name };
  return {
    id,
    runbook,
    version,
    status,
    failureCode,
    error,
    scope,
    trigger,
    dry,
    debug,
    replayOf,
    narrowedTo,
    params,
    actor: who,
    correlationId,
    parentId,
    priority,
    concurrencyKey: job.concurrencyKey === null ? null : shownKey(job.concurrencyKey),
    heldBack: heldBack && status === "queued",
    resumedFrom,
    attempt,
    retries,
    crashes,
    engine,
    runtime,
    ...times,
    usage,
  };
}

const toJournalEntry = ({ call, op, effect, args, issuedAt, settledAt, settleOrder }: JournalCall): JournalEntry => ({
  call,
  op,
  effect,
  args,
  issuedAt: toTime(issuedAt),
  settledAt: toTimeOrNull(settledAt),
  settleOrder,
});

export const toTransition = ({ seq, at, from, to, by, reason }: JobTransition): Transition => ({ seq, at: toTime(at), from, to, by, reason });

/** Those of the last try. */
export async function outputsOf(store: Pick<Store, "read">, { id: jobId, streamBase }: JobRecord): Promise<unknown[]> {
  const outputs: unknown[] = [];
  for (let after = streamBase; ; ) {
    const entries = await store.read.streams.list(jobId, { after, limit: 1_000 });
    for (const entry of entries) if (entry.kind === "output") outputs.push(entry.value);
    const last = entries.at(-1);
    if (!last || entries.length < 1_000) return outputs;
    after = last.seq;
  }
}

function parseStatuses(text: string): JobStatus[] {
  return text.split(",").map((word) => {
    const status = JOB_STATUSES.find((one) => one === word.trim());
    if (!status) throw new RunwrightError("BAD_REQUEST", `status "${word.slice(0, 30)}" is none of ${JOB_STATUSES.join(", ")}`);
    return status;
  });
}
