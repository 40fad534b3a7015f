import { JOB_STATUSES, TRIGGERS } from "../../core/job.ts";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { Select } from "../parts/select.tsx";
import { Suggest } from "../parts/suggest.tsx";
import { JobTable } from "./jobs/job-table.tsx";

const STATUSES = [
  { value: "", name: "Any status" },
  { value: "queued,running,waiting,suspended,stopping", name: "Under way" },
  ...JOB_STATUSES.map((status) => ({ value: status, name: status })),
];
const ANY_TRIGGER = [{ value: "", name: "Any trigger" }, ...TRIGGERS.map((trigger) => ({ value: trigger, name: trigger }))];

export function Jobs() {
  const { location } = usePage();
  const { runbook = "", status = "", trigger = "" } = location.place.value.query;
  const isNarrowed = runbook !== "" || status !== "" || trigger !== "";
  const search = runbook.trim();
  return (
    <Page title="Jobs">
      <div class="filters">
        <Select label="Status" value={status} choices={STATUSES} onValue={(value) => location.narrow({ status: value })} />
        <Select label="Trigger" value={trigger} choices={ANY_TRIGGER} onValue={(value) => location.narrow({ trigger: value })} />
        <Suggest
          label="Runbook"
          placeholder="Any runbook"
          value={runbook}
          onValue={(value) => location.narrow({ runbook: value })}
          from={{ path: "/api/v1/runbooks", options: { query: { search, limit: 20 }, of: [] } }}
        />
      </div>
      <JobTable
        label="Jobs, newest first"
        query={{ runbook: search, status, trigger }}
        empty={
          isNarrowed ? (
            <Empty says="No job is like this.">A runbook is found by its whole name.</Empty>
          ) : (
            <Empty says="No job yet.">
              <code>runwright run hello</code>, or the button on a runbook's page
            </Empty>
          )
        }
      />
    </Page>
  );
}
