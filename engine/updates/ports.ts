import type { Freezing, Held, NamedFreeze } from "../core/freeze.ts";
import type { Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Writes } from "../store/store.ts";

/** What this area needs of the rest of the engine; `engine.ts` joins it. */

/** A log of the engine itself; a pino logger fits. */
export interface Log {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface DeploymentJobRequest {
  runbook: string;
  version: number | "latest";
  params: unknown;
  trigger: "deployment";
  dry: boolean;
  actor: Actor;
  /** Where the job lies: that of its window, also when the runbook comes from above. */
  scope: Scope;
  correlationId: string;
  idempotencyKey?: string;
}

/** A job that has been checked, and can be inserted in any transaction. */
export interface PreparedJob {
  readonly job: { readonly id: string; readonly scope: Scope };
}
export interface Admitted {
  job: JobRecord;
  superseded: readonly JobRecord[];
}

/** Starts the jobs that carry deployments out. */
export interface JobDoor<Prepared extends PreparedJob = PreparedJob> {
  /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, NOT_PUBLISHED, PARAMETERS_INVALID, TOO_LARGE, CONFLICT */
  prepare(request: DeploymentJobRequest): Promise<Prepared>;
  admit(tx: Writes, prepared: Prepared): Promise<Admitted>;
  /** After the commit. */
  tell(admitted: Admitted): void;
  /** @throws JOB_FINAL when it has ended meanwhile */
  stop(jobId: string, by: string): Promise<unknown>;
}

/** Wakes the runbook that carries a deployment out: somebody has halted, continued or aborted it. */
export type RouseRollout = (deploymentId: string, by: string) => Promise<void>;

/** What holds deployments back. */
export interface Freezes {
  all(): Promise<readonly NamedFreeze[]>;
  at(what: Held, scope: Scope, at: number): Promise<Freezing | undefined>;
}

/** Appends to the activity log. */
export type Audit = (tx: Writes, deed: { actor: Actor; operation: string; target: string; scope: Scope; details: unknown; correlationId: string }) => void;
