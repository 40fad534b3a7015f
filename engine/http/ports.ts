import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Caller } from "../access/activity.ts";
import type { Decision, DecisionWord } from "../core/approval.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { NamedFreeze } from "../core/freeze.ts";
import type { JobStatus, Trigger } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { JsonSchema, Manifest } from "../core/manifest.ts";
import type { DocumentProblem, ResourceRecord, StoredKind } from "../core/resource.ts";
import type { Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { Rollout, RolloutRequest } from "../fleet/agent-rollout.ts";
import type { DebugClientMessage, DebugMessage } from "../protocol/http/debug.ts";
import type { WebhookSpec } from "../protocol/resources/webhook.ts";
import type { ApprovalOfJob } from "../store/records/approvals.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { DeliverySummary } from "../store/records/deliveries.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { DraftRecord, RunbookRecord, SourceFile, VersionRecord } from "../store/records/runbooks.ts";
import type { Writes } from "../store/store.ts";

/**
 * What the doors need from the rest of the engine; `engine.ts` joins them. Reading goes straight to the store.
 * Whoever asks has been authorised before. `also` is called in the transaction that makes the change: it appends the entry of the activity log,
 * so that neither exists without the other.
 */

export interface Jobs {
  /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, NOT_PUBLISHED, PARAMETERS_INVALID, TOO_LARGE, STOPPING */
  enqueue(request: {
    runbook: string;
    version: number | "latest" | "draft";
    params: unknown;
    trigger: Trigger;
    dry: boolean;
    actor: Actor;
    correlationId: string;
    idempotencyKey?: string;
    priority?: number;
    /** Selector that cuts whatever it and its children select. */
    narrowedTo?: string | null;
    also?: (tx: Writes, job: { id: string; scope: Scope; version: number | null; status: JobStatus; superseded: readonly string[] }) => void;
  }): Promise<JobRecord>;
  /** @throws JOB_NOT_FOUND, JOB_FINAL */
  stop(jobId: string, by: string, also?: (tx: Writes) => void): Promise<JobRecord>;
  /** @throws JOB_NOT_FOUND, CONFLICT, VERSION_NOT_FOUND, PARAMETERS_INVALID */
  resume(request: {
    jobId: string;
    version?: number;
    from?: number;
    actor: Actor;
    correlationId: string;
    also?: (tx: Writes, job: JobRecord) => void;
  }): Promise<JobRecord>;
  /** @throws JOB_NOT_FOUND, JOB_FINAL */
  suspend(jobId: string, by: string, also?: (tx: Writes) => void): Promise<JobRecord>;
  /** @throws JOB_NOT_FOUND, CONFLICT */
  continue(jobId: string, by: string, also?: (tx: Writes) => void): Promise<JobRecord>;
  /** Resolves when the job has ended or the signal has fired, with the job as it is then. @throws JOB_NOT_FOUND */
  wait(jobId: string, signal: AbortSignal): Promise<JobRecord>;
  approvals: {
    /** @throws NOT_FOUND, PERMISSION_DENIED, APPROVAL_CLOSED, CONFLICT, PARAMETERS_INVALID */
    decide(request: {
      approvalId: string;
      actor: Actor;
      decision: DecisionWord;
      reason: string;
      answers: unknown;
      also?: (tx: Writes, approval: ApprovalOfJob) => void;
    }): Promise<{ approval: ApprovalOfJob; decisions: Decision[] }>;
  };
  events: {
    /** @returns its number, and how many waiting jobs go on because of it @throws BAD_REQUEST, TOO_LARGE */
    publish(
      event: { name: string; scope: Scope; payload: Json; by: string },
      also?: (tx: Writes, seq: number) => void,
    ): Promise<{ seq: number; roused: number; at: number }>;
  };
  feed: {
    /** Calls `listener` after each commit that changed the job or added to its streams. The returned function ends it. */
    subscribe(jobId: string, listener: () => void): () => void;
  };
}

/** Debug sessions of this engine. */
export interface Debugging {
  /** @throws OVERLOADED, STOPPING, CONFLICT, and as a run is refused */
  debug(wishes: {
    runbook: string;
    version: number | "latest" | "draft";
    /** Of the bundle that is meant. */
    bundleHash?: string;
    params: unknown;
    dry: boolean;
    narrowedTo: string | null;
    inspect: boolean;
    sourceRoot: string;
    caller: Caller;
    also: (tx: Writes, job: { id: string; scope: Scope; version: number | null }) => void;
  }): Promise<DebugBegun>;
  /** @throws OVERLOADED, STOPPING, JOB_NOT_FOUND, CONFLICT, BUNDLE_DAMAGED, DATABASE_DAMAGED */
  replay(wishes: {
    jobId: string;
    from?: number;
    allow: readonly string[];
    ask: boolean;
    inspect: boolean;
    sourceRoot: string;
    caller: Caller;
    also: (tx: Writes, job: { id: string; scope: Scope }) => void;
  }): Promise<DebugBegun>;
  /** @throws NOT_FOUND, TICKET_INVALID */
  attach(
    by: { session: string; ticket: string; actorId: string },
    client: { send(message: DebugMessage): void; close(reason: string): void },
  ): AttachedDebugger;
}

export interface DebugBegun {
  session: string;
  ticket: string;
  expiresAt: number;
  job: JobRecord;
}

export interface AttachedDebugger {
  /** Of the job. */
  scope: Scope;
  /** @throws BAD_REQUEST, CONFLICT */
  take(message: DebugClientMessage): void;
  left(): void;
}

/** What a client sends to save or publish: the bundle is what runs, the sources are for reading. */
export interface RunbookUpload {
  name: string;
  bundle: string;
  /** What the client computed; shows damage on the way. */
  bundleHash: string;
  sourceMap: string | null;
  sources: readonly SourceFile[];
}

export interface ReceivedRunbook extends RunbookUpload {
  manifest: Manifest;
}

export interface Receiver {
  /** Takes the manifest from the bundle itself, in an isolate without any capability. @throws TOO_LARGE, BAD_REQUEST, CHECK_FAILED whose details are `{ diagnostics }` */
  receive(upload: RunbookUpload): Promise<ReceivedRunbook>;
}

export interface SourceChecker {
  /** Type check, bundle, manifest; keeps nothing. `made`: with `ok`, what is sent to save or publish it. @throws BAD_REQUEST, TOO_LARGE, OVERLOADED */
  check(request: { entry: string; sources: readonly SourceFile[] /** Id of who asks. */; by: string; signal: AbortSignal }): Promise<{
    ok: boolean;
    diagnostics: Diagnostic[];
    manifest: Manifest | null;
    made: (Omit<RunbookUpload, "name" | "sources"> & { sources: SourceFile[] }) | null;
  }>;
}

export interface RunbookChange {
  by: string;
  also?: (tx: Writes, runbook: RunbookRecord, version: number | null) => void;
}

export interface RunbookDiff {
  /** By path, each with a unified diff. */
  files: readonly { path: string; change: "added" | "removed" | "changed"; patch: string }[];
  /** In words. */
  permissions: readonly { permission: string; kind: "added" | "removed" | "changed"; text: string; widened: boolean }[];
  /** Whether any permission was widened. */
  widened: boolean;
}

export interface Catalogue {
  /** @throws NAME_TAKEN */
  saveDraft(name: string, scope: Scope, received: ReceivedRunbook, change: RunbookChange): Promise<DraftRecord>;
  /** @throws NAME_TAKEN, CONFLICT */
  publish(
    name: string,
    scope: Scope,
    received: ReceivedRunbook,
    change: RunbookChange & { message: string; expectedVersion?: number },
  ): Promise<{ version: VersionRecord; isNew: boolean }>;
  /** @throws RUNBOOK_NOT_FOUND */
  delete(name: string, change: RunbookChange): Promise<void>;
  /** @throws RUNBOOK_NOT_FOUND, CONFLICT, RESTORE_EXPIRED */
  restore(name: string, change: RunbookChange): Promise<RunbookRecord>;
  /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND */
  diff(name: string, from: number, to: number): Promise<RunbookDiff>;
}

/** What a command was given, what came of it and what it wrote. */
export interface CommandContent {
  args: unknown;
  result: unknown;
  output: readonly { seq: number; stream: "stdout" | "stderr"; chunk: string }[];
}

/** For changes of which the activity log needs no more than that they happened. */
export interface FleetChange {
  actor: Actor;
  correlationId: string;
  also?: (tx: Writes) => void;
}

export interface AgentRollouts {
  /** @throws CONFLICT while another one runs, AGENT_NOT_UPDATABLE when this engine has no package */
  start(request: RolloutRequest): Promise<Rollout>;
  latest(): Rollout | undefined;
  halt(by: string): Rollout | undefined;
}

export interface Fleet {
  joinTokens: {
    /** @returns the text of the token: it is shown this once. @throws BAD_REQUEST, SCOPE_INVALID */
    create(
      request: {
        url: string;
        tlsPin?: string;
        scope: Scope;
        tags: Readonly<Record<string, string>>;
        maxUses: number;
        expiresInMs: number;
        replaces?: string;
        by: string;
      },
      also?: (tx: Writes, token: { id: string }) => void,
    ): Promise<{ id: string; token: string; expiresAt: number }>;
    /** @throws NOT_FOUND */
    revoke(id: string, also?: (tx: Writes) => void): Promise<void>;
  };
  /** Replaces the machine's tags. @throws MACHINE_NOT_FOUND */
  setTags(machineId: string, tags: Readonly<Record<string, string>>, change: FleetChange): Promise<void>;
  /** @throws MACHINE_NOT_FOUND, NAME_TAKEN, BAD_REQUEST */
  renameMachine(machineId: string, name: string, change: FleetChange): Promise<void>;
  agentRollout: AgentRollouts;
  /** Forgets the machine's key and closes its connection. @throws MACHINE_NOT_FOUND */
  removeMachine(machineId: string, change: FleetChange): Promise<void>;
  /** Stores the command, then sends it; `exec` takes `{ argv, timeoutMs?, stdin?, env?, cwd? }`. @throws AGENT_OFFLINE, BAD_REQUEST */
  sendCommand(
    request: { machineId: string; action: "exec" | "assess"; args: unknown },
    change: Omit<FleetChange, "also"> & { also?: (tx: Writes, commandId: string) => void },
  ): Promise<CommandRecord>;
  /** Resolves when the command has ended or the signal has fired, with the command as it is then. */
  waitForCommand(commandId: string, signal: AbortSignal): Promise<CommandRecord>;
  /**
   * Opens what is sealed in the store: for whoever may see it, without what the route hides from everyone.
   * @param page of its output @throws DATABASE_DAMAGED
   */
  openCommand(command: CommandRecord, page: { after: number; limit: number }): Promise<CommandContent>;
  /** A WebSocket upgrade on `/agent`; the agent proves itself on the connection. */
  acceptAgent(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** A webhook's resource. */
export type Webhook = ResourceRecord<WebhookSpec, "Webhook">;

/** A request to a webhook, as it came. */
export interface WebhookRequest {
  headers: readonly (readonly [string, string])[];
  query: Readonly<Record<string, unknown>>;
  body: Uint8Array;
  address: string;
  correlationId: string;
}

export interface WebhookOutcome {
  jobIds: readonly string[];
  /** Why it started nothing, though all is well. */
  skipped?: string;
}

/** In the transaction that makes the jobs. */
type AlsoDelivered = (tx: Writes, outcome: WebhookOutcome & { deliveryId: string }) => void;

/** What refuses a delivery: RATE_LIMITED, SIGNATURE_INVALID, BAD_REQUEST, MEDIA_UNSUPPORTED, REPLAYED, WEBHOOK_FROZEN, DELIVERY_REFUSED, TOO_LARGE, WEBHOOK_UNUSABLE. */
export interface Webhooks {
  /** @param mayWait called with the webhook before anything starts @throws NOT_FOUND for whatever token doesn't open one; what refuses a delivery */
  receive(token: string, request: WebhookRequest, mayWait: (webhook: Webhook) => void): Promise<WebhookOutcome & { webhookId: string }>;
  /** @returns the token: it is shown this once @throws CONFLICT when the webhook has expired */
  rotate(tx: Writes, webhook: Webhook, options: { overlapMs: number; by: string }): Promise<string>;
  /** Signs a request and handles it as one that came from outside. */
  test(webhook: Webhook, request: WebhookRequest, also: AlsoDelivered): Promise<WebhookOutcome>;
  testDry(webhook: Webhook, request: WebhookRequest): Promise<{ skipped?: string; runs: { runbook: string; parameters: unknown }[] }>;
  /** Masked. @throws NOT_FOUND */
  show(webhook: Webhook, id: string): Promise<{ delivery: DeliverySummary; headers: unknown; query: unknown; body: unknown; bodyKept: boolean }>;
  /** @throws NOT_FOUND; CONFLICT when its body wasn't kept; what refuses a delivery */
  replay(webhook: Webhook, id: string, from: Pick<WebhookRequest, "address" | "correlationId">, also: AlsoDelivered): Promise<WebhookOutcome>;
}

export interface BrokenTrigger {
  kind: StoredKind;
  name: string;
  scope: Scope;
  problems: DocumentProblem[];
}

export interface Triggers {
  webhooks: Webhooks;
  freezes: {
    all(): Promise<NamedFreeze[]>;
  };
  /** Which resources would stop working: with the schema of a new version of this runbook, or (null) without it. */
  brokenBy(runbook: string, schema: JsonSchema | null): Promise<BrokenTrigger[]>;
  /** Which webhooks couldn't verify requests any more without this secret. */
  brokenWithout(secret: { scope: Scope; name: string }): Promise<BrokenTrigger[]>;
}

export interface Health {
  /** Whether this engine can do its work now, and what an operator should know. Never throws. */
  readiness(): Promise<{ ready: boolean; checks: readonly { name: string; ok: boolean; detail: string }[]; warnings: readonly string[] }>;
}

/** A log of the engine itself; a pino logger fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
