import type { Job } from "../../../engine/protocol/http/jobs.ts";

const at = "2026-01-01T12:03:04.120Z";

/** One that has ended well, but for what is said otherwise. */
export const aJob = (more: Partial<Job> = {}): Job => ({
  ...{ id: "job_1", runbook: "hello", version: 3, status: "completed", failureCode: null, error: null, scope: "/", trigger: "manual", dry: false, params: {} },
  ...{ debug: null, replayOf: null, narrowedTo: null },
  ...{
    actor: { id: "prn_1", kind: "user", name: "ada" },
    correlationId: "c",
    parentId: null,
    priority: 0,
    concurrencyKey: null,
    heldBack: false,
    resumedFrom: null,
  },
  ...{ attempt: 1, retries: 0, crashes: 0, engine: null, runtime: null, createdAt: at, startedAt: at, endedAt: "2026-01-01T12:03:06.120Z", usage: null },
  ...more,
});
