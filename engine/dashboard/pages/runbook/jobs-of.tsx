import { Empty } from "../../parts/page.tsx";
import { JobTable } from "../jobs/job-table.tsx";

/** Jobs of one runbook, newest first. */
export function JobsOf({ runbook }: { runbook: string }) {
  return (
    <JobTable
      label={`Jobs of ${runbook}, newest first`}
      query={{ runbook }}
      without={["Runbook", "Scope"]}
      below={140}
      empty={
        <Empty says="It has no job yet.">
          <code>runwright run {runbook}</code>
        </Empty>
      }
    />
  );
}
