import type { Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Reads, Writes } from "../store/store.ts";

/** What triggers need of the rest of the engine; `engine.ts` joins it. */

export interface TriggerJobRequest {
  runbook: string;
  version: number | "latest";
  params: unknown;
  trigger: "schedule" | "webhook" | "alert";
  dry: boolean;
  actor: Actor;
  correlationId: string;
  depth?: number;
  source: string;
  priority?: number;
}

/** A job that has been checked, and can be inserted in any transaction. */
export interface PreparedJob {
  readonly job: { readonly id: string; readonly scope: Scope };
}

export interface Admitted {
  job: JobRecord;
  superseded: readonly JobRecord[];
}

export interface JobDoor<Prepared extends PreparedJob = PreparedJob> {
  /** @throws RUNBOOK_NOT_FOUND, VERSION_NOT_FOUND, NOT_PUBLISHED, PARAMETERS_INVALID, TOO_LARGE, CONFLICT */
  prepare(request: TriggerJobRequest): Promise<Prepared>;
  admit(tx: Writes, prepared: Prepared): Promise<Admitted>;
  /** After the commit. */
  tell(admitted: Admitted): void;
  /** @throws JOB_FINAL when it has ended meanwhile */
  stop(jobId: string, by: string): Promise<unknown>;
}

/** Appends to the activity log. */
export type Audit = (tx: Writes, deed: { actor: Actor; operation: string; target: string; scope: Scope; details: unknown; correlationId: string }) => void;

/** Secrets with which webhooks are verified. Values stay within the engine. */
export interface Secrets {
  /** @throws PERMISSION_DENIED when the actor doesn't see one that could be meant */
  requireVisible(names: readonly string[], scope: Scope, actor: Actor, reads: Pick<Reads, "assets">): Promise<void>;
  /** The nearest of that name, from the scope upwards. @throws ASSET_NOT_FOUND */
  openSecret(name: string, scope: Scope): Promise<string>;
}

/** Seals what strangers sent. */
export interface Sealer {
  newKey(): { wrapped: Uint8Array; key: { seal(plaintext: string, context: string): Uint8Array } };
  /** @throws MASTER_KEY_WRONG */
  unwrap(wrapped: Uint8Array): { /** @throws DATABASE_DAMAGED */ open(sealed: Uint8Array, context: string): string };
}

/** A log of the engine itself; a pino logger fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
