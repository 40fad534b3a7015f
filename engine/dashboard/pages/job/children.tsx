import type { Job } from "../../../protocol/http/jobs.ts";
import { Empty } from "../../parts/page.tsx";
import { JobTable } from "../jobs/job-table.tsx";

/** Jobs that this one has started. */
export const Children = ({ job }: { job: Job }) => (
  <JobTable
    label="Jobs that it has started, newest first"
    query={{ parent: job.id }}
    without={["Trigger", "Scope"]}
    below={250}
    empty={<Empty says="It has started no jobs." />}
  />
);
