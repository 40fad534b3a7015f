import type { CallId } from "../../core/call-id.ts";
import type { Clock } from "../../core/clock.ts";
import type { Freezing } from "../../core/freeze.ts";
import type { ChosenUpdate, ConfigurationFiles, InstallReport } from "../../core/install.ts";
import type { Json } from "../../core/json.ts";
import type { Actor } from "../../core/role.ts";
import type { ChangedPackage, RollbackReport } from "../../core/rollback.ts";
import type { Scope } from "../../core/scope.ts";
import type { Store, Writes } from "../../store/store.ts";

/** On whose behalf a rollout is carried out: the job that the deployment names. */
export interface OnBehalfOf {
  jobId: string;
  actor: Actor;
  correlationId: string;
}

/** A call of the job that carries a deployment out. Asked again after a crash it is the same, and what it has done is done once. */
export interface RolloutCall {
  id: CallId;
  deploymentId: string;
  onBehalfOf: OnBehalfOf;
  /** The attempt has ended: nobody waits any more. */
  signal: AbortSignal;
}

export interface MachineCall {
  id: CallId;
  machineId: string;
  onBehalfOf: OnBehalfOf;
  signal: AbortSignal;
}

export interface RolloutParts {
  store: Store;
  clock: Clock;
  freezes: { at(what: "deployments", scope: Scope, at: number): Promise<Freezing | undefined> };
  machines: MachinesPort;
  hookJobs: HookJobsPort;
  audit(tx: Writes, deed: RolloutDeed): void;
}

/** What was done to a deployment, for the activity log. */
export interface RolloutDeed {
  operation: "deployment.halt" | "deployment.abort" | "deployment.end" | "machine.rollback";
  target: string;
  scope: Scope;
  details: { readonly [key: string]: Json };
  actor: Actor;
  correlationId: string;
}

/** What machines are asked to do, each once for its call. Errors are those of commands: AGENT_OFFLINE, COMMAND_EXPIRED, COMMAND_INTERRUPTED … */
export interface MachinesPort {
  assess(call: MachineCall, options: { refresh: boolean; timeoutMs: number }): Promise<void>;
  install(
    call: MachineCall,
    request: { updates: readonly ChosenUpdate[]; configurationFiles: ConfigurationFiles; allowRemovals: boolean; startWithinMs: number; timeoutMs: number },
  ): Promise<InstallReport>;
  /** @param request `plan`: it only says what would go back */
  rollback(call: MachineCall, request: { updates: readonly ChangedPackage[]; plan: boolean; timeoutMs: number }): Promise<RollbackReport>;
  reboot(call: MachineCall, request: { reason: string; startWithinMs: number; timeoutMs: number }): Promise<{ bootIdBefore: string; bootId: string }>;
  /** @param part tells several programs of one call apart */
  exec(call: MachineCall & { part: string }, argv: readonly string[], timeoutMs: number): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

export interface HookJobsPort {
  /** Once for each call. Of the parameters it gets those that the runbook knows. */
  start(
    call: RolloutCall & { depth: number },
    runbook: { runbook: string; version: number },
    params: { readonly [name: string]: Json },
  ): Promise<{ id: string; createdAt: number }>;
  /** @returns when the job has ended */
  wait(jobId: string, signal: AbortSignal): Promise<{ status: string; message: string }>;
  stop(jobId: string, onBehalfOf: OnBehalfOf): Promise<void>;
}
