import type { DeploymentTables } from "./schema-deployments.ts";
import type { UpdateTables } from "./schema-updates.ts";

/**
 * The tables as Kysely sees them. Times are Unix milliseconds; flags are 0 or 1; columns named `*Json` hold JSON text,
 * so that both databases store and return the same; blobs are bytes. Each table is written from `records/` only.
 */
export interface Schema extends UpdateTables, DeploymentTables {
  meta: { key: string; value: string };
  principals: { id: string; kind: string; name: string; createdAt: number; disabledAt: number | null };
  grants: { principalId: string; role: string; scope: string };
  tokens: {
    id: string;
    principalId: string;
    name: string;
    /** SHA-256 of the secret part, hex. */
    hash: string;
    /** Narrows what the principal may do; null: all of it. */
    role: string | null;
    scope: string | null;
    createdAt: number;
    createdBy: string;
    expiresAt: number | null;
    revokedAt: number | null;
    lastUsedAt: number | null;
    /** Id of the token that a browser's session was made from, and with which it ends; null: not a session. */
    sessionOf: string | null;
  };
  deviceLogins: {
    id: string;
    deviceHash: string;
    userCode: string;
    clientName: string;
    address: string;
    createdAt: number;
    expiresAt: number;
    /** Id of the token with which it was confirmed: the new token gets the same rights. */
    approvedBy: string | null;
    deniedAt: number | null;
    usedAt: number | null;
  };
  assets: {
    id: string;
    scope: string;
    name: string;
    kind: string;
    version: number;
    createdAt: number;
    createdBy: string;
    updatedAt: number;
    updatedBy: string;
    deletedAt: number | null;
    /** Of a variable; null: set by an engine that knew no types. */
    type: string | null;
    /** 1: a variable whose value is never shown. */
    encrypted: number;
    /** Of a certificate. */
    subject: string | null;
    /** When a certificate expires. */
    notAfter: number | null;
  };
  assetVersions: {
    assetId: string;
    version: number;
    wrappedKey: Uint8Array;
    ciphertext: Uint8Array;
    createdAt: number;
    /** Call of a job. */
    writtenBy: string | null;
  };
  runbooks: {
    id: string;
    scope: string;
    name: string;
    createdAt: number;
    createdBy: string;
    /** 0: never published. */
    latestVersion: number;
    deletedAt: number | null;
    deletedBy: string | null;
  };
  drafts: {
    runbookId: string;
    bundleHash: string;
    manifestJson: string;
    sourcesJson: string;
    /** Counts saves, so that two authors notice each other. */
    revision: number;
    updatedAt: number;
    updatedBy: string;
  };
  versions: {
    runbookId: string;
    version: number;
    bundleHash: string;
    manifestJson: string;
    sourcesJson: string;
    message: string;
    publishedAt: number;
    publishedBy: string;
  };
  bundles: { hash: string; text: string; sourceMap: string | null; createdAt: number };
  jobs: {
    id: string;
    runbookId: string;
    runbook: string;
    version: number | null;
    bundleHash: string;
    manifestJson: string;
    scope: string;
    status: string;
    failureCode: string | null;
    errorJson: string | null;
    /** As they are shown: what is secret in them is masked. */
    paramsJson: string;
    /** The parameters with what is secret in them, sealed with the job's key; null: nothing is. */
    sealedParams: Uint8Array | null;
    trigger: string;
    dry: number;
    actorJson: string;
    correlationId: string;
    parentId: string | null;
    depth: number;
    /** Job whose journal it began with. */
    resumedFrom: string | null;
    /** First job of a chain of resumed ones: hashes of arguments and what guest code sees of the job go by it. */
    originId: string | null;
    /** Job time at the start of that one. */
    timeOrigin: number | null;
    priority: number;
    seed: string;
    /** Key of this job's journal, wrapped by the master key. */
    wrappedKey: Uint8Array;
    createdAt: number;
    startedAt: number | null;
    endedAt: number | null;
    attempt: number;
    /** Attempts that took their runner with them. */
    crashes: number;
    engine: string | null;
    leaseUntil: number | null;
    /** Grows with each claim: a write that carries an older one changes nothing. */
    fence: number;
    /** When a waiting job goes on. */
    wakeAt: number | null;
    /** Wall time used by ended attempts, milliseconds. */
    usedMs: number;
    usageJson: string | null;
    /** Last stream sequence number. */
    streamSeq: number;
    /** Last settlement number. */
    settleSeq: number;
    idempotencyKey: string | null;
    /** Jobs with the same key count together; null: no limit. */
    concurrencyKey: string | null;
    /** 1: queued, and kept there until another job of the same key has ended. */
    heldBack: number;
    /** Tries that the runbook's own policy has added. */
    retries: number;
    /** Stream entries of earlier tries that the present one doesn't write again. */
    streamBase: number;
    /** Place in the queue among jobs of the same priority: grows by a step for each job of one runbook, so that runbooks and scopes take turns. */
    turn: number;
    /** Format of its journal: an engine that doesn't know it leaves the job to one that does. */
    journalFormat: number;
    /** JavaScript runtime that began the job. */
    runtime: string | null;
    /** Run of a resource that asked for it, `ID/RUN`; null: something else did. */
    source: string | null;
    /** `run` or `replay`: somebody debugs it; null: nobody does. */
    debug: string | null;
    /** Job that it replays. */
    replayOf: string | null;
    /** Selector that cuts whatever it and its children select; null: nothing is cut. */
    narrowedTo: string | null;
  };
  /** Schedules, webhooks, event rules and freezes, as their authors wrote them. */
  resources: {
    id: string;
    kind: string;
    scope: string;
    name: string;
    specJson: string;
    /** Counts changes. */
    revision: number;
    createdAt: number;
    createdBy: string;
    updatedAt: number;
    updatedBy: string;
    /** Who has last changed what it does. */
    authorId: string;
    author: string;
  };
  /** Which runbooks a resource starts: found by runbook when a new version is published. */
  resourceRuns: { resourceId: string; run: number; runbook: string };
  /** Schedules that have something to come: one row each. */
  scheduleTimers: {
    resourceId: string;
    /** Occurrences up to and with this moment are decided. */
    decidedTo: number;
    /** When the next one is to start, jitter included. */
    nextAt: number;
  };
  /** What became of each occurrence of a schedule, and of each firing of an event rule; one row for each run. */
  occurrences: {
    id: string;
    resourceId: string;
    /** Instant of the occurrence, or id of what happened. */
    key: string;
    run: number;
    kind: string;
    name: string;
    scope: string;
    runbook: string;
    dueAt: number;
    decidedAt: number;
    status: string;
    reason: string;
    jobId: string | null;
    /** Of one that waits for an earlier job: what it will ask for. */
    requestJson: string | null;
  };
  /** What happened that event rules may ask for: written in the transaction in which it happened. */
  happenings: {
    id: string;
    kind: string;
    scope: string;
    documentJson: string;
    correlationId: string;
    /** How many triggers led to it. */
    depth: number;
    at: number;
    handledAt: number | null;
  };
  webhookTokens: {
    /** SHA-256 of the token, hex. */
    hash: string;
    resourceId: string;
    createdAt: number;
    createdBy: string;
    /** Of one that was rotated. */
    endsAt: number | null;
  };
  /** What webhooks received, sealed. */
  deliveries: {
    id: string;
    resourceId: string;
    receivedAt: number;
    address: string;
    status: string;
    reason: string;
    /** Of a signature that carries a time: it counts once. */
    nonce: string | null;
    /** Requests with the same value are the same delivery. */
    sameAs: string | null;
    /** The `Idempotency-Key` that came along. */
    givenKey: string | null;
    jobIdsJson: string;
    replayOf: string | null;
    wrappedKey: Uint8Array;
    content: Uint8Array;
  };
  approvals: {
    id: string;
    jobId: string;
    call: number;
    scope: string;
    message: string;
    /** Who may decide, and how many must. */
    ruleJson: string;
    /** JSON Schema of what approvers fill in. */
    formJson: string | null;
    requesterId: string;
    requestedAt: number;
    expiresAt: number;
    status: string;
    closedAt: number | null;
  };
  approvalDecisions: { approvalId: string; principalId: string; principalName: string; decision: string; reason: string; answersJson: string; at: number };
  /** What is told to whoever waits, and how often it was: whoever tells it or begins to wait locks the row. */
  topics: { topic: string; lastSeq: number };
  events: { name: string; seq: number; scope: string; payloadJson: string; publishedBy: string; at: number };
  /** Waiting jobs by what they wait for: `event:NAME`, `job:ID`. */
  waits: { topic: string; jobId: string };
  jobTransitions: { jobId: string; seq: number; at: number; fromStatus: string | null; toStatus: string; by: string; reason: string };
  journal: {
    jobId: string;
    call: number;
    op: string;
    effect: string;
    argsJson: string;
    argsHash: string;
    issuedAt: number;
    /** Try in which it was issued. */
    retry: number;
    settleOrder: number | null;
    /** Encrypted outcome. */
    outcome: Uint8Array | null;
    settledAt: number | null;
  };
  streams: { jobId: string; seq: number; at: number; bodyJson: string };
  activity: {
    seq: number;
    at: number;
    actorId: string;
    actorKind: string;
    actorName: string;
    address: string;
    operation: string;
    target: string;
    scope: string;
    result: string;
    correlationId: string;
    detailsJson: string | null;
    previousHash: string;
    hash: string;
  };
  joinTokens: {
    id: string;
    hash: string;
    scope: string;
    tagsJson: string;
    /** Name of the machine that it may re-enrol; null: a new machine. */
    replaces: string | null;
    maxUses: number;
    uses: number;
    createdAt: number;
    createdBy: string;
    expiresAt: number;
    revokedAt: number | null;
  };
  machines: {
    id: string;
    name: string;
    scope: string;
    state: string;
    /** Ed25519, SPKI, base64. */
    publicKey: string;
    tagsJson: string;
    factsJson: string | null;
    enrolledAt: number;
    enrolledBy: string;
    lastSeenAt: number | null;
    /** Engine that holds its connection. */
    engine: string | null;
    /** When it was last seen before it became stale; null: it isn't. */
    staleSince: number | null;
    removedAt: number | null;
  };
  /** Calls of jobs that have changed a machine's record, so that each does it once. */
  machineChanges: { call: string; machineId: string; at: number };
  commands: {
    id: string;
    machineId: string;
    action: string;
    /** Key of this command, wrapped by the master key: arguments, result and output are sealed with it. */
    wrappedKey: Uint8Array;
    args: Uint8Array;
    status: string;
    result: Uint8Array | null;
    jobId: string | null;
    actorJson: string;
    correlationId: string;
    createdAt: number;
    deadlineAt: number;
    sentAt: number | null;
    acknowledgedAt: number | null;
    endedAt: number | null;
    /** It was sent, and ended without a word of its machine, which may be at it still. */
    unheard: number;
  };
  commandOutput: { commandId: string; seq: number; stream: string; chunk: Uint8Array; at: number };
}
