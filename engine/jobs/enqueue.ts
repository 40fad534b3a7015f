import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { JobStatus, Trigger } from "../core/job.ts";
import { canonicalJson } from "../core/json.ts";
import type { MaskedValue } from "../core/masking.ts";
import { createRecent, type Recent } from "../core/recent.ts";
import type { Actor } from "../core/role.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import { MAX_CAUSAL_DEPTH } from "../core/trigger.ts";
import { validateParameters } from "../protocol/parameters.ts";
import { randomBytesOf } from "../protocol/random.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { RunbookRecord, VersionRecord } from "../store/records/runbooks.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Admission, Admitted } from "./admission.ts";
import type { ConcurrencyKeys } from "./concurrency-key.ts";
import { openParameters, sealParameters } from "./job-parameters.ts";
import type { Sealer } from "./ports.ts";

const VERSIONS_KEPT = 500;

export interface JobRequest {
  runbook: string;
  /** A number, the newest published version, or the draft. */
  version: number | "latest" | "draft";
  params: unknown;
  /** What is secret in them, as the job that asks for it has read it. */
  secrets?: readonly MaskedValue[];
  trigger: Trigger;
  dry: boolean;
  /** Selector that cuts whatever it and its children select. */
  narrowedTo?: string | null;
  actor: Actor;
  /** Where the job lies: where its runbook does, or below; default: there. */
  scope?: Scope;
  correlationId: string;
  /** Job that asks for it. */
  parent?: { id: string; depth: number };
  /** How many triggers led to it; default: one more than its parent. */
  depth?: number;
  /** Run of a resource that asks for it: jobs of the same one don't overlap when it says so. */
  source?: string;
  /** The same key gives the same job again. */
  idempotencyKey?: string;
  /** -100 to 100; default: that of the job that asks for it, else 0. */
  priority?: number;
  /** Written with the job, in its transaction: the activity log's entry. */
  also?: (tx: Writes, job: Enqueued) => void;
}

/** A job that has been checked and can be inserted in any transaction. */
export interface PreparedJob {
  request: JobRequest;
  job: NewJob;
}

/** What the activity log says of a job. */
export interface Enqueued {
  id: string;
  scope: Scope;
  version: number | null;
  status: JobStatus;
  /** Jobs that it takes the place of. */
  superseded: readonly string[];
}

export interface EnqueueParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  sealer: Sealer;
  admission: Admission;
  concurrencyKeyOf: ConcurrencyKeys;
}

/**
 * The single door: whatever asks for a job comes through here, and has been authorised before. `enqueue` is `prepare`, `admit` in a transaction of its own, and
 * `tell`; triggers insert theirs together with the row that says what became of an occurrence.
 */
export function createEnqueue({ store, clock, newId, sealer, admission, concurrencyKeyOf }: EnqueueParts) {
  // Versions never change.
  const versions: Recent<PublishedVersion> = createRecent({ maxWeight: VERSIONS_KEPT, weigh: () => 1 });

  /**
   * Checks a request and builds its job, without writing anything.
   * @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, NOT_PUBLISHED, PARAMETERS_INVALID, TOO_LARGE, CONFLICT when it is too deep
   */
  async function prepare(request: JobRequest): Promise<PreparedJob> {
    const runbook = await findRunbook(store, request.runbook);
    const chosen = await findVersion(store, versions, runbook, request.version);
    const depth = request.depth ?? (request.parent ? request.parent.depth + 1 : 0);
    if (depth > MAX_CAUSAL_DEPTH) {
      throw new RunwrightError(
        "CONFLICT",
        `${request.runbook} would be started ${depth} levels deep, at most ${MAX_CAUSAL_DEPTH} are allowed: runbooks and triggers that start each other must end`,
      );
    }
    const params = validateParameters(runbook.name, chosen.manifest.parameters, request.params);
    const keyed = { runbookId: runbook.id, runbook: runbook.name, bundleHash: chosen.bundleHash, manifest: chosen.manifest };
    const id = newId("job");
    const parent = request.parent && (await store.read.jobs.get(request.parent.id));
    const { wrapped, key } = sealer.newKey();
    const job: NewJob = {
      ...keyed,
      ...sealParameters(id, { params, secrets: request.secrets ?? [] }, await concurrencyKeyOf(keyed, params), key),
      id,
      version: "version" in chosen ? chosen.version : null,
      scope: scopeOf(runbook, request.scope),
      trigger: request.trigger,
      dry: request.dry,
      actor: request.actor,
      correlationId: request.correlationId,
      parentId: request.parent?.id ?? null,
      depth,
      priority: request.priority ?? parent?.priority ?? 0,
      narrowedTo: request.narrowedTo ?? parent?.narrowedTo ?? null,
      seed: randomBytesOf(32).toString("hex"),
      wrappedKey: wrapped,
      createdAt: clock.now(),
      idempotencyKey: request.idempotencyKey ?? null,
      source: request.source ?? null,
    };
    return { request, job };
  }

  /**
   * @returns the job, queued or ended already by its concurrency limit; or the one that the idempotency key stands for
   * @throws CONFLICT when the key was used for something else
   */
  async function admit(tx: Writes, { request, job }: PreparedJob): Promise<Admitted & { known: boolean }> {
    const known = request.idempotencyKey ? await tx.jobs.byIdempotencyKey(request.idempotencyKey) : undefined;
    if (known) return { job: sameRequest(known, request, sealer), superseded: [], known: true };
    const admitted = await admission.insert(tx, job, request.actor.name);
    const { id, scope, version, status } = admitted.job;
    request.also?.(tx, { id, scope, version, status, superseded: admitted.superseded.map((other) => other.id) });
    return { ...admitted, known: false };
  }

  /**
   * @returns the job, committed: queued, or ended already when its runbook wants that of a job beyond its limit
   * @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, NOT_PUBLISHED, PARAMETERS_INVALID, TOO_LARGE, OVERLOADED
   */
  async function enqueue(request: JobRequest): Promise<JobRecord> {
    if (request.idempotencyKey) {
      const known = await store.read.jobs.byIdempotencyKey(request.idempotencyKey);
      if (known) {
        await store.durable();
        return sameRequest(known, request, sealer);
      }
    }
    const prepared = await prepare(request);
    const { known, ...admitted } = await store.write((tx) => admit(tx, prepared));
    if (!known) admission.tell(admitted);
    return admitted.job;
  }

  return { enqueue, prepare, admit, tell: admission.tell };
}
export type JobDoor = ReturnType<typeof createEnqueue>;

/** @throws CONFLICT: the key was used for something else, whose job mustn't be taken for this one's */
function sameRequest(known: JobRecord, { runbook, params }: JobRequest, sealer: Sealer): JobRecord {
  const given = isObject(params) ? params : {};
  // Defaults have been filled in since: what was given must be there, unchanged.
  const before = openParameters(known, sealer).params;
  const same = isObject(before) && Object.entries(given).every(([name, value]) => canonicalJson(before[name]) === canonicalJson(value));
  if (known.runbook === runbook && same) return known;
  throw new RunwrightError("CONFLICT", `the idempotency key was used for job ${known.id} of ${known.runbook} with other parameters; choose a new key`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

async function findRunbook(store: Store, name: string): Promise<RunbookRecord> {
  const runbook = await store.read.runbooks.byName(name);
  if (!runbook) throw new RunwrightError("RUNBOOK_NOT_FOUND", `there is no runbook "${name}"; see \`runwright runbook list\``);
  if (runbook.deletedAt !== null) {
    throw new RunwrightError(
      "RUNBOOK_NOT_FOUND",
      `runbook "${name}" was deleted by ${runbook.deletedBy}; \`runwright runbook restore ${name}\` brings it back`,
    );
  }
  return runbook;
}

type PublishedVersion = Pick<VersionRecord, "version" | "bundleHash" | "manifest">;

async function findVersion(store: Store, versions: Recent<PublishedVersion>, runbook: RunbookRecord, version: JobRequest["version"]) {
  if (version === "draft") {
    const draft = await store.read.runbooks.draft(runbook.id);
    if (!draft) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${runbook.name}" has no draft`);
    return draft;
  }
  if (version === "latest" && runbook.latestVersion === 0) {
    throw new RunwrightError("NOT_PUBLISHED", `runbook "${runbook.name}" isn't published yet; publish it, or run its draft with --draft`);
  }
  const number = version === "latest" ? runbook.latestVersion : version;
  const key = `${runbook.id} ${number}`;
  const known = versions.get(key);
  if (known) return known;
  const found = await store.read.runbooks.version(runbook.id, number);
  if (!found) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${runbook.name}" has no version ${number}; its newest is ${runbook.latestVersion}`);
  const published = { version: found.version, bundleHash: found.bundleHash, manifest: found.manifest };
  versions.set(key, published);
  return published;
}

function scopeOf({ name, scope }: RunbookRecord, wanted: Scope = scope): Scope {
  if (scopeIncludes(scope, wanted)) return wanted;
  throw new RunwrightError("CONFLICT", `a job of ${name}, which lies in ${scope}, can't lie in ${wanted}`);
}
