import { admissionOf, NAMED_IN_REASONS, reasonOf, supersededBy } from "../core/concurrency.ts";
import { RunwrightError } from "../core/errors.ts";
import { isFinal } from "../core/job.ts";
import type { Concurrency } from "../core/manifest.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { Writes } from "../store/store.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { JobFeed } from "./feed.ts";

export interface AdmissionParts {
  feed: JobFeed;
  dispatcher: Pick<Dispatcher, "stopJob">;
  engineId: string;
  wake(): void;
}

export interface Admitted {
  /** Queued; or stopped or failed already, when others of its concurrency key are in its way. */
  job: JobRecord;
  /** Those that it takes the place of. */
  superseded: readonly JobRecord[];
}

/** The only place that inserts jobs: whoever asks for one, it comes past the limit of its concurrency key. */
export function createAdmission({ feed, dispatcher, engineId, wake }: AdmissionParts) {
  return {
    /** @param by name of who asks */
    async insert(tx: Writes, job: NewJob, by: string): Promise<Admitted> {
      const { concurrency } = job.manifest;
      const key = job.concurrencyKey;
      if (!concurrency || !key) return { job: await tx.jobs.insert(job, by), superseded: [] };

      await tx.jobs.gate.lock();
      const superseded = await supersede(tx, { id: job.id, at: job.createdAt, by, key, concurrency });
      const ids = await tx.jobs.gate.underWay(key, Math.max(concurrency.limit, NAMED_IN_REASONS));
      const underWay = Math.min(ids.length, concurrency.limit);
      const admission = admissionOf(concurrency, underWay);
      if (admission === "go") return { job: await tx.jobs.insert(job, by), superseded };

      const reason = reasonOf(key, concurrency, ids.slice(0, NAMED_IN_REASONS), underWay);
      const held = await tx.jobs.insert({ ...job, heldBack: true }, by, `${job.trigger}; held back: ${reason}`);
      if (admission === "hold") return { job: held, superseded };
      const end =
        admission === "skip"
          ? ({ to: "stopped", reason: `skipped: ${reason}`, error: { name: "Skipped", message: reason } } as const)
          : ({ to: "failed", reason: `rejected: ${reason}`, failureCode: "rejected", error: { name: "Rejected", message: reason } } as const);
      return { job: (await tx.jobs.move(job.id, null, { ...end, at: job.createdAt, by: engineId })) ?? held, superseded };
    },

    /** For a debug session: it runs at once or not at all, and takes no other job's place. @throws CONFLICT when its concurrency limit is reached */
    async insertNow(tx: Writes, job: NewJob, by: string): Promise<JobRecord> {
      const { concurrency } = job.manifest;
      const key = job.concurrencyKey;
      if (concurrency && key) {
        await tx.jobs.gate.lock();
        const ids = await tx.jobs.gate.underWay(key, Math.max(concurrency.limit, NAMED_IN_REASONS));
        if (ids.length >= concurrency.limit) {
          const reason = reasonOf(key, concurrency, ids.slice(0, NAMED_IN_REASONS), Math.min(ids.length, concurrency.limit));
          throw new RunwrightError("CONFLICT", `it can't be debugged now: ${reason}`);
        }
      }
      return tx.jobs.insert(job, by, `${job.trigger}; ${job.debug === "replay" ? `replay of ${job.replayOf}` : "debugged"}`);
    },

    /** After the commit: ends guest code of those whose place it takes, tells those who watch, and lets the dispatcher look. */
    tell({ job, superseded }: Admitted): void {
      for (const other of superseded) {
        feed.publish({ kind: "status", job: other });
        // Where another engine runs it, that engine finds out when it renews its leases.
        if (other.status === "stopping") dispatcher.stopJob(other.id);
      }
      feed.publish({ kind: "status", job });
      if (job.status === "queued" && !job.heldBack) wake();
    },
  };

  async function supersede(
    tx: Writes,
    { id, at, by, key, concurrency }: { id: string; at: number; by: string; key: string; concurrency: Concurrency },
  ): Promise<JobRecord[]> {
    if (concurrency.overflow !== "cancelRunning") return [];
    const moved: JobRecord[] = [];
    for (const other of supersededBy(concurrency, await tx.jobs.gate.all(key))) {
      // Locked: it may have ended or begun to wait at another engine since it was listed.
      const found = await tx.jobs.lock(other.id);
      if (!found || found.status === "stopping" || isFinal(found.status)) continue;
      const to = found.status === "running" ? "stopping" : "stopped";
      const next = await tx.jobs.move(other.id, null, { to, at, by, reason: `superseded by ${id}` });
      if (next) moved.push(next);
    }
    return moved;
  }
}
export type Admission = ReturnType<typeof createAdmission>;
