import { ERRORS, type ErrorCode, isRunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Json } from "../core/json.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { createRecent, type Recent } from "../core/recent.ts";
import type { Starter, StartingKind } from "../core/resource.ts";
import type { Actor } from "../core/role.ts";
import { scopeIncludes } from "../core/scope.ts";
import { MAX_CAUSAL_DEPTH, MOST_WAITING, type Overlap, type Run, sourceOf } from "../core/trigger.ts";
import type { OccurrenceRecord } from "../store/records/occurrences.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Admitted, Audit, JobDoor, PreparedJob, TriggerJobRequest } from "./ports.ts";
import { parametersOf } from "./runs.ts";

const SCHEMAS_KEPT = 500;

export interface FiringParts<Prepared extends PreparedJob> {
  store: Store;
  newId: NewId;
  jobs: JobDoor<Prepared>;
  audit: Audit;
}

/** What fires: an occurrence of a schedule, a delivery of a webhook, or what happened. */
export interface Cause {
  /** With the resource and the run it fires once. */
  key: string;
  dueAt: number;
  reason: string;
  /** What parameters are mapped from. */
  document?: Json;
  /** Default: a new one. */
  correlationId?: string;
  /** How many triggers led to it. */
  depth?: number;
}

/** One run of a resource that may start, with its job checked and ready; or why there can't be one. */
export type Shot<Prepared> = Ready<Prepared> | Unready;
export interface Unready extends Refusal {
  ready: false;
  run: number;
  runbook: string;
  id: string;
}
export interface Refusal {
  /** In words. */
  refused: string;
  code: ErrorCode;
  details?: unknown;
}
export interface Ready<Prepared> {
  ready: true;
  run: number;
  runbook: string;
  /** Of the row. */
  id: string;
  prepared: Prepared;
  request: TriggerJobRequest;
}

/** A job that may be made, or why not. */
export type Checked<Prepared> = { prepared: Prepared } | Refusal;

const TRIGGER_OF = { Schedule: "schedule", EventRule: "alert", Webhook: "webhook" } as const;
/** What people call them. */
export const TRIGGERS: Readonly<Record<StartingKind, string>> = { Schedule: "schedule", EventRule: "rule", Webhook: "webhook" };

/** Whether trying again later is all that it takes: the database is away, the engine stops. */
export const passes = (error: unknown): boolean => isRunwrightError(error) && ERRORS[error.code].retry;

/** Why there is no job, for whoever looks at the row. */
export const refusalOf = (error: unknown): string =>
  isRunwrightError(error) ? `${error.message} [${error.code}]` : "the engine made a mistake, which its log tells more of [INTERNAL]";

/** Who asks for the job of a trigger: nobody in person, with the rights of an operator where the resource lies. */
export const actorOf = ({ id, kind, name, scope }: Pick<Starter, "id" | "kind" | "name" | "scope">): Actor => ({
  id,
  kind: "service",
  name: `${TRIGGERS[kind]}:${name}`,
  grants: [{ role: "operator", scope }],
});

/** Makes the jobs of schedules, rules and webhooks, and the rows that say what became of each occurrence. */
export function createFiring<Prepared extends PreparedJob>({ store, newId, jobs, audit }: FiringParts<Prepared>) {
  // Versions never change.
  const schemas: Recent<JsonSchema> = createRecent({ maxWeight: SCHEMAS_KEPT, weigh: () => 1 });

  /** @throws what passes: the database is away, the engine stops */
  async function prepare(resource: Starter, run: Run, index: number, cause: Cause): Promise<Shot<Prepared>> {
    const id = newId("occ");
    const place = { run: index, runbook: run.runbook, id };
    const depth = (cause.depth ?? -1) + 1;
    if (depth > MAX_CAUSAL_DEPTH)
      return {
        ready: false,
        ...place,
        code: "CONFLICT",
        refused: `${depth} triggers and runbooks led to it, at most ${MAX_CAUSAL_DEPTH} may: those that start each other must end`,
      };
    const request: TriggerJobRequest = {
      runbook: run.runbook,
      version: run.version ?? "latest",
      params: parametersOf(run, resource.kind, cause.document === undefined ? undefined : await schemaOf(run), cause.document),
      trigger: TRIGGER_OF[resource.kind],
      dry: false,
      actor: actorOf(resource),
      correlationId: cause.correlationId ?? id,
      depth,
      source: sourceOf(resource.id, index),
      ...(run.priority === undefined ? {} : { priority: run.priority }),
    };
    const checked = await check(resource, request);
    return "refused" in checked ? { ready: false, ...place, ...checked } : { ready: true, ...place, ...checked, request };
  }

  /** Whether a job may be made as a resource asks for it. @throws what passes, and the engine's own mistakes */
  async function check(resource: Starter, request: TriggerJobRequest): Promise<Checked<Prepared>> {
    try {
      const prepared = await jobs.prepare(request);
      // A name that is free again may have been taken elsewhere since the resource was stored. Where is for those to know who may look there.
      if (scopeIncludes(resource.scope, prepared.job.scope)) return { prepared };
      return {
        code: "PERMISSION_DENIED",
        refused: `runbook "${request.runbook}" lies outside of ${resource.scope} now: a trigger starts runbooks of its own scope and below [PERMISSION_DENIED]`,
      };
    } catch (error) {
      if (!isRunwrightError(error) || ERRORS[error.code].retry || ERRORS[error.code].status >= 500) throw error;
      return { refused: refusalOf(error), code: error.code, details: error.details };
    }
  }

  async function schemaOf({ runbook, version }: Run) {
    const found = await store.read.runbooks.byName(runbook);
    const number = version ?? found?.latestVersion ?? 0;
    if (!found || number === 0) return undefined;
    const key = `${found.id} ${number}`;
    const schema = schemas.get(key) ?? (await store.read.runbooks.version(found.id, number))?.manifest.parameters;
    if (schema) schemas.set(key, schema);
    return schema;
  }

  /** Inserts the job of a shot, with its entry in the activity log. */
  async function start(tx: Writes, resource: Starter, shot: Ready<Prepared>, key: string): Promise<Admitted> {
    const admitted = await jobs.admit(tx, shot.prepared);
    const { id, scope, version, status } = admitted.job;
    const { actor, correlationId } = admitted.job;
    const details = { job: id, version, [TRIGGERS[resource.kind]]: resource.name, key, ...(status === "queued" ? {} : { status }) };
    audit(tx, { actor, operation: "job.run", target: `runbook:${shot.runbook}`, scope, details, correlationId });
    return admitted;
  }

  return {
    /** All runs of a resource, checked; nothing is written. */
    prepareAll: (resource: Starter, runs: readonly Run[], cause: Cause): Promise<Shot<Prepared>[]> =>
      Promise.all(runs.map((run, index) => prepare(resource, run, index, cause))),

    check,
    start,

    /**
     * Decides about one shot, in a transaction that holds the lock of its resource: start, wait for the job before, or be left out. Writes the row.
     * @returns what to tell and to stop after the commit
     */
    async fire(
      tx: Writes,
      resource: Starter,
      shot: Shot<Prepared>,
      cause: Cause,
      { overlap, decidedAt }: { overlap: Overlap; decidedAt: number },
    ): Promise<{ admitted?: Admitted; stop: readonly string[] }> {
      const row = rowOf(resource, shot, cause, decidedAt);
      if (!shot.ready) {
        await tx.occurrences.insert([{ ...row, status: "refused", reason: shot.refused }]);
        return { stop: [] };
      }
      const { job: earlier, waiting } = await tx.occurrences.inTheWay(resource.id, shot.run);
      if (earlier === null && waiting === 0) {
        const admitted = await start(tx, resource, shot, cause.key);
        await tx.occurrences.insert([{ ...row, status: "started", reason: cause.reason, jobId: admitted.job.id }]);
        return { admitted, stop: [] };
      }
      const before = earlier ? `job ${earlier} of an earlier occurrence hasn't ended` : "an earlier occurrence waits";
      if (overlap === "skip" || (overlap === "queue" && waiting >= MOST_WAITING)) {
        const why = overlap === "skip" ? `${before} (overlap skip)` : `${before}, and ${waiting} wait already`;
        await tx.occurrences.insert([{ ...row, status: "skipped", reason: why }]);
        return { stop: [] };
      }
      const isCancel = overlap === "cancel";
      if (isCancel)
        await tx.occurrences.dropWaiting(resource.id, { run: shot.run, reason: `the occurrence ${cause.key} took its place (overlap cancel)`, decidedAt });
      await tx.occurrences.insert([
        { ...row, status: "waiting", reason: isCancel ? `${before}: it is stopped first (overlap cancel)` : before, request: shot.request },
      ]);
      return { stop: isCancel ? (await tx.jobs.underWayOf(sourceOf(resource.id, shot.run))).map((job) => job.id) : [] };
    },

    /** Rows of occurrences that start nothing. */
    rowsOf: (
      resource: Starter,
      runs: readonly Run[],
      { key, dueAt, status, reason }: Pick<OccurrenceRecord, "key" | "dueAt" | "status" | "reason">,
      decidedAt: number,
    ): OccurrenceRecord[] =>
      runs.map(({ runbook }, run) => ({ ...rowOf(resource, { run, runbook, id: newId("occ") }, { key, dueAt, reason }, decidedAt), status, reason })),
  };
}
export type Firing<Prepared extends PreparedJob> = ReturnType<typeof createFiring<Prepared>>;

function rowOf(
  { id: resourceId, kind, name, scope }: Starter,
  { id, run, runbook }: { id: string; run: number; runbook: string },
  { key, dueAt }: Cause,
  decidedAt: number,
): Omit<OccurrenceRecord, "status" | "reason"> {
  return { id, resourceId, key, run, kind, name, scope, runbook, dueAt, decidedAt, jobId: null, request: null };
}
