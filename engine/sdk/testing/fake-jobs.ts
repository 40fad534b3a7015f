import { callKey } from "../../core/call-id.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { ChildJobResult, ChildJobsPort } from "../../sandbox/ports.ts";
import type { JobLife } from "./job-time.ts";
import { lengthOf } from "./moment.ts";

/** How a child job ends; `after`: how long it takes, in job time. */
export type FakeJob = Partial<Pick<ChildJobResult, "status" | "failureCode" | "error" | "outputs">> & { after?: string | number };

export type FakeJobs = Readonly<Record<string, FakeJob | ((params: Record<string, unknown>) => FakeJob | Promise<FakeJob>)>>;

export function fakeJobs(jobs: FakeJobs, life: JobLife): ChildJobsPort {
  const started = new Map<string, { endsAt: number; result: ChildJobResult }>();
  return {
    async start({ parent, runbook, version, params }) {
      const job = Object.hasOwn(jobs, runbook) ? jobs[runbook] : undefined;
      if (job === undefined) throw new RunwrightError("RUNBOOK_NOT_FOUND", `this test has no runbook "${runbook}"; give it in jobs`);
      const id = `job_${callKey(parent).replace(`${parent.jobId}.`, "")}`;
      if (started.has(id)) return { id };
      const { after = 0, ...end } = typeof job === "function" ? await job(params as Record<string, unknown>) : job;
      const result: ChildJobResult = { id, runbook, version: version ?? 1, status: "completed", failureCode: null, error: null, outputs: [], ...end };
      started.set(id, { endsAt: life.now() + lengthOf(after), result });
      return { id };
    },
    async wait(id, signal) {
      const job = started.get(id);
      if (job === undefined) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${id} in this test`);
      await life.until(job.endsAt, signal);
      return job.result;
    },
  };
}
