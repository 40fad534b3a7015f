import type { ApprovalRequest } from "../core/approval.ts";
import type { AssetKind } from "../core/asset.ts";
import type { BackupDone } from "../core/backup.ts";
import type { CallId } from "../core/call-id.ts";
import type { ComplianceReport } from "../core/compliance/report.ts";
import type { MachineRollback, RollbackView } from "../core/deploy/rollback.ts";
import type {
  Begun,
  Finished,
  HookOutcome,
  Installed,
  NotYet,
  Rebooted,
  RebootPermit,
  RolloutControl,
  RolloutEnd,
  RolloutView,
} from "../core/deploy/rollout.ts";
import type { ChosenUpdate, ConfigurationFiles, InstallReport } from "../core/install.ts";
import type { FailureCode, JobError, JobStatus } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { KnownUpdate } from "../core/known-update.ts";
import type { Facts, MachineState } from "../core/machine.ts";
import type { MaskedValue } from "../core/masking.ts";
import type { Actor } from "../core/role.ts";
import type { ComplianceState, InstalledPackage } from "../core/update.ts";

/** What host functions need from the rest of the engine. `engine.ts` joins them. Errors are RunwrightErrors: the runbook sees name, message and code. */
export interface SandboxPorts {
  fleet: FleetPort;
  assets: AssetsPort;
  jobs: ChildJobsPort;
  approvals: ApprovalsPort;
  events: EventsPort;
  deployments: DeploymentsPort;
  engine: EnginePort;
  keys: JobKeysPort;
}

/** On whose behalf: for checks, the activity log and the records of commands. */
export interface OnBehalfOf {
  jobId: string;
  scope: string;
  actor: Actor;
  correlationId: string;
}

export interface MachineSummary {
  id: string;
  name: string;
  scope: string;
  state: MachineState;
  tags: Readonly<Record<string, string>>;
  facts: Readonly<Facts> | null;
}

export interface MachineUpdates {
  assessedAt: number | null;
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  compliance: ComplianceState;
  updates: readonly KnownUpdate[];
}

export interface ExecOptions {
  timeoutMs: number;
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  stdin?: string;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  truncated: boolean;
}

export interface InstallRequest {
  updates: readonly ChosenUpdate[];
  configurationFiles?: ConfigurationFiles;
  /** No batch of updates begins later than that, milliseconds after it was asked for. */
  startWithinMs?: number;
  timeoutMs: number;
}

export interface RebootResult {
  bootIdBefore: string;
  bootId: string;
  /** How long the machine was away, as far as it knows. */
  downMs: number | null;
}

/** By name; null: the tag is removed. */
export type TagChanges = Readonly<Record<string, string | null>>;

export interface FleetPort {
  /** Machines that match every selector and lie in the scope or below it, by name. @throws SELECTOR_INVALID */
  select(request: { selectors: readonly string[]; scope: string }): Promise<MachineSummary[]>;
  updates(machineId: string): Promise<MachineUpdates>;
  packages(machineId: string): Promise<readonly InstalledPackage[]>;
  /** How machines comply that `select` finds, installs and the trend of so many days included. @throws SELECTOR_INVALID */
  report(request: { selectors: readonly string[]; scope: string; days: number }): Promise<ComplianceReport>;
  /**
   * Runs a program on a machine and waits for its result. It is executed at most once for this id; asked again, the fleet answers with what it knows.
   * @param signal the attempt has ended: nobody waits any more
   * @throws AGENT_OFFLINE, AGENT_REFUSED, COMMAND_EXPIRED, COMMAND_INTERRUPTED, MACHINE_NOT_FOUND
   */
  exec(id: CallId, machineId: string, argv: readonly string[], options: ExecOptions, onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<ExecResult>;
  /**
   * Has the machine report what is installed and missing, and waits until that is stored. Once for this id, as are the next two.
   * @returns what is known then
   * @throws as `exec`, and what the package manager failed with
   */
  assess(id: CallId, machineId: string, options: { refresh: boolean; timeoutMs: number }, onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<MachineUpdates>;
  /** Installs exactly these updates. @throws as `assess`; an update that couldn't be installed is no error, but says so in the report */
  install(id: CallId, machineId: string, request: InstallRequest, onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<InstallReport>;
  /** Reboots the machine and waits until it is back. @throws as `assess`, REBOOT_FAILED */
  reboot(id: CallId, machineId: string, request: { reason: string; timeoutMs: number }, onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<RebootResult>;
  /** Sets these tags at the engine, and removes those that are null, once for each call. @throws MACHINE_NOT_FOUND, PERMISSION_DENIED, BAD_REQUEST */
  setTags(id: CallId, machineId: string, changes: TagChanges, onBehalfOf: OnBehalfOf): Promise<void>;
}

/** What a job gets of an asset. */
export interface AssetReading {
  /** A secret: its text; a credential: `{ user, password }`; a certificate: `{ certificate, key, subject, notAfter }`; a variable and a connection: what was set. */
  value: Json;
  version: number;
  /** What is masked in all that the job writes; null: it is no secret, and may be written down. */
  secrets: readonly string[] | null;
}

export interface AssetsPort {
  /**
   * @param version the one that the job has pinned; null: the newest
   * @throws ASSET_NOT_FOUND when the asset, or that version of it, is gone
   */
  read(kind: AssetKind, name: string, version: number | null, onBehalfOf: OnBehalfOf): Promise<AssetReading>;
  /** Sets it where the job lies, once for each call. @throws TOO_LARGE, CONFLICT when there is something else of that name, or of another type */
  writeVariable(id: CallId, name: string, value: Json, onBehalfOf: OnBehalfOf): Promise<void>;
}

export interface ChildJobResult {
  id: string;
  runbook: string;
  version: number | null;
  status: JobStatus;
  failureCode: FailureCode | null;
  error: JobError | null;
  outputs: Json[];
}

export interface ChildJobsPort {
  /** Starts a job once for each call of the parent: asked again it answers with the same job. `depth` is the parent's own, `secrets` what the parameters hold of what it has read: never shown. @throws CONFLICT when it is too deep, RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, PARAMETERS_INVALID, PERMISSION_DENIED */
  start(
    request: { parent: CallId & { depth: number }; runbook: string; version: number | null; params: unknown; secrets: readonly MaskedValue[] },
    onBehalfOf: OnBehalfOf,
  ): Promise<{ id: string }>;
  /** Waits until the job is final. @throws JOB_NOT_FOUND */
  wait(jobId: string, signal: AbortSignal): Promise<ChildJobResult>;
}

export interface ApprovalsPort {
  /** Asks people once for each call. @returns the approval's id, and when its time is over */
  request(id: CallId, request: ApprovalRequest, onBehalfOf: OnBehalfOf): Promise<{ id: string; until: number }>;
  /** Waits until it is decided or its time is over. @throws APPROVAL_REJECTED, WAIT_TIMED_OUT */
  outcome(approvalId: string, signal: AbortSignal): Promise<ApprovalOutcome>;
}

export interface ApprovalOutcome {
  /** Nobody had decided in time, and the runbook goes on without. */
  timedOut: boolean;
  decisions: { by: string; reason: string; at: number; answers: Readonly<Record<string, unknown>> }[];
  /** What the one who decided it filled in. */
  answers: Readonly<Record<string, unknown>>;
}

export interface EventQuery {
  name: string;
  scope: string;
  /** Number of the last event of this name that isn't wanted. */
  after: number;
  /** Published at this time or later, Unix milliseconds. */
  since: number;
  /** Members of the payload that must be equal. */
  match: Readonly<Record<string, unknown>>;
  /** Numbers that other calls of the job have taken. */
  taken: ReadonlySet<number>;
}

export interface PublishedEvent {
  name: string;
  seq: number;
  payload: Json;
  publishedBy: string;
  at: number;
}

export interface EventsPort {
  /** The first event that fits, and the number of the last one that was looked at. */
  find(query: EventQuery): Promise<{ event: PublishedEvent | undefined; last: number }>;
  /** Resolves when there may be another one, at the latest at `until`. @throws when the signal fires */
  next(name: string, until: number | null, signal: AbortSignal): Promise<void>;
}

/** A call about one deployment: asked again after a crash it is the same, and what it has done is done once. */
export interface DeploymentCall {
  id: CallId;
  deploymentId: string;
  onBehalfOf: OnBehalfOf;
  /** The attempt has ended: nobody waits any more. */
  signal: AbortSignal;
}

/** Carrying a deployment out. @throws NOT_FOUND, MACHINE_NOT_FOUND, CONFLICT; PERMISSION_DENIED: the deployment names another job */
export interface DeploymentsPort {
  get(call: DeploymentCall): Promise<RolloutView>;
  control(call: DeploymentCall): Promise<RolloutControl>;
  begin(call: DeploymentCall, machineId: string): Promise<Begun>;
  install(call: DeploymentCall, machineId: string): Promise<Installed | NotYet>;
  askReboot(call: DeploymentCall, machineId: string): Promise<RebootPermit>;
  reboot(call: DeploymentCall, machineId: string, fence: number): Promise<Rebooted>;
  finish(call: DeploymentCall, machineId: string, options: { failed?: string; warnings?: readonly string[] }): Promise<Finished>;
  hook(call: DeploymentCall & { depth: number }, index: number, machineId?: string): Promise<HookOutcome>;
  end(call: DeploymentCall, options: { gate?: string; failed?: string }): Promise<RolloutEnd>;
  /** For the job that takes a deployment back. @throws as the others; PERMISSION_DENIED: nobody has started this job for it */
  rollbackView(call: DeploymentCall): Promise<RollbackView>;
  /** Has a machine take back what the deployment has installed on it, or say what it would. What the machine can't do is no error. */
  rollback(call: DeploymentCall, machineId: string, how: "plan" | "rollback"): Promise<MachineRollback>;
  /** What somebody outside is to be told, where, and with which secret it is signed; null: nobody is. */
  notice(call: DeploymentCall, kind: "halted" | "ended"): Promise<DeploymentNotice | null>;
}

export interface DeploymentNotice {
  url: string;
  /** Name of the secret asset. */
  secret: string;
  /** Tells one piece of news from another of the same kind. */
  about: string;
  body: { readonly [key: string]: Json };
}

export interface EnginePort {
  /** Makes a backup, restores it into a scratch folder and compares. @throws PERMISSION_DENIED, CONFIG_INVALID when there is no folder for backups, CONFLICT, DISK_FULL, BACKUP_DAMAGED, TOOL_MISSING */
  backup(onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<BackupDone>;
}

export interface JobKeysPort {
  /** Key for the hashes of arguments in one job's journal, at least 32 bytes, the same in every attempt. */
  argsHashKey(jobId: string): Uint8Array;
}

/** What the operator opens: hosts (`status.internal`, `*.internal`), addresses or networks (`10.1.0.0/16`) that the http capability would refuse. */
export interface HttpPolicy {
  allowedPrivateHosts: readonly string[];
}

/** A log of the engine itself; a pino logger fits. */
export interface SandboxLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
