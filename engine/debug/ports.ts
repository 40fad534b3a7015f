import type { DebugLink } from "../core/debug.ts";
import type { JobStatus } from "../core/job.ts";
import type { Actor } from "../core/role.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Writes } from "../store/store.ts";

/** Who asks, from where, and in which request. */
export interface Caller {
  actor: Actor;
  address: string;
  correlationId: string;
}

/** What a session may write into the transaction that begins its job. */
export type AlsoBegun = (tx: Writes, job: { id: string; scope: string; version: number | null; status: JobStatus }) => void;

export interface DebugJobs {
  debug(
    request: {
      runbook: string;
      version: number | "latest" | "draft";
      /** Of the bundle that is meant. */
      bundleHash?: string;
      params: unknown;
      trigger: "manual";
      dry: boolean;
      narrowedTo: string | null;
      actor: Actor;
      correlationId: string;
      also: AlsoBegun;
    },
    link: DebugLink,
  ): Promise<JobRecord>;
  replay(
    request: { jobId: string; from?: number; actor: Actor; correlationId: string; also: AlsoBegun },
    linkOf: (haltAfter: number) => DebugLink,
  ): Promise<JobRecord>;
  stop(jobId: string, by: string, also?: (tx: Writes) => void, reason?: string): Promise<JobRecord>;
  feed: { subscribe(jobId: string | null, listener: (event: { kind: "status"; job: JobRecord } | { kind: "entries" }) => void): () => void };
}

export interface DebugLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
