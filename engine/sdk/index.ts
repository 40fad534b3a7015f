/**
 * What a runbook imports: `import { runbook, Type } from "runwright"`. It is bundled into every runbook, so it stays small and has no dependency at run time.
 * @module runwright
 */

export type { Static, TObject, TSchema } from "typebox";
export type { BackupDone } from "../core/backup.ts";
export type { ComplianceReport } from "../core/compliance/report.ts";
export { type MachineRollback, rollbackText } from "../core/deploy/rollback.ts";
export type {
  Begun,
  Finished,
  HookOutcome,
  Installed,
  MachineCounts,
  NotYet,
  Rebooted,
  RebootPermit,
  RolloutControl,
  RolloutEnd,
  RolloutHook,
  SetAside,
} from "../core/deploy/rollout.ts";
export type { HookPoint } from "../core/deploy/spec.ts";
export { countsAsFailed, type DeploymentStatus, type MachineStatus } from "../core/deploy/status.ts";
export type { ChosenUpdate, ConfigurationFiles, InstalledUpdate, InstallReport, InstallStatus } from "../core/install.ts";
export type { FailureCode, JobStatus, LogLevel } from "../core/job.ts";
export type { Json } from "../core/json.ts";
export type { KnownUpdate } from "../core/known-update.ts";
export type { Facts, MachineState } from "../core/machine.ts";
export type { MachineAction, Permissions } from "../core/manifest.ts";
export type { RollbackStatus, TakenBack } from "../core/rollback.ts";
export type { Classification, ComplianceState, InstalledPackage, MissingUpdate, Severity } from "../core/update.ts";
export type { Verdict } from "../core/update-policy.ts";
export type { Approval, ApprovalOptions, Approver } from "./approval.ts";
export type { Certificate, Certificates, Connections, Credential, Credentials, Secrets, Variables } from "./assets.ts";
export type { BaseContext, Context, JobFacts, Log } from "./context.ts";
export type { Deployment, DeploymentMachine, Deployments, Rollback, RollbackMachine } from "./deployments.ts";
export type { Duration } from "./duration.ts";
export type { Engine } from "./engine.ts";
export type { Event, WaitForOptions } from "./event.ts";
export type { HostError } from "./host-error.ts";
export type { AllowedUrl, Http, HttpInit, HttpResponse } from "./http.ts";
export type { JobResult, Jobs, StartOptions } from "./jobs.ts";
export type * from "./known.ts";
export type {
  AssessOptions,
  ExecOptions,
  ExecResult,
  InstallOptions,
  Machine,
  Machines,
  MachineUpdates,
  RebootOptions,
  RebootResult,
  UpdateToInstall,
} from "./machines.ts";
export type { Backoff, RetryOptions } from "./retry.ts";
export type { Runbook, RunbookConcurrency, RunbookDefinition, RunbookLimits, RunbookRetry } from "./runbook.ts";
export { runbook } from "./runbook.ts";
export type { TypeBuilder } from "./type.ts";
export { Type } from "./type.ts";
