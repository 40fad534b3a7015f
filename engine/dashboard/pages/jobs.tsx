import { useMemo } from "preact/hooks";
import { JOB_STATUSES } from "../../core/job.ts";
import type { Job } from "../../protocol/http/jobs.ts";
import { inPath } from "../model/engine.ts";
import { lengthText } from "../model/words.ts";
import { Link } from "../parts/link.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { ProblemBox } from "../parts/read.tsx";
import { type Column, RowTable } from "../parts/row-table.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";

export function Jobs() {
  const { location } = usePage();
  const { runbook = "", status = "" } = location.place.value.query;
  const list = useLongList<Job>({ path: "/api/v1/jobs", query: { runbook, status }, idOf: ({ id }) => id, of: ["jobs"], pageSize: 100, order: "growing" });
  const columns = useMemo(
    (): readonly Column<Job>[] => [
      { name: "Status", width: "110px", cell: (job) => <Status word={job.status} /> },
      {
        name: "Runbook",
        width: "minmax(140px, 2fr)",
        cell: (job) => (
          <Link to={`/jobs/${inPath(job.id)}`} tabIndex={-1}>
            <Name text={job.runbook} />
          </Link>
        ),
      },
      { name: "Trigger", width: "100px", rank: 2, cell: (job) => job.trigger },
      {
        name: "Took",
        width: "90px",
        number: true,
        rank: 3,
        cell: (job) => (job.startedAt && job.endedAt ? lengthText(Date.parse(job.endedAt) - Date.parse(job.startedAt)) : ""),
      },
      { name: "Made", width: "110px", number: true, cell: (job) => <Time at={job.createdAt} /> },
    ],
    [],
  );
  const problem = list.problem.value;
  return (
    <Page title="Jobs">
      <div class="filters">
        <select class="input" aria-label="Status" value={status} onChange={(event) => location.narrow({ status: event.currentTarget.value })}>
          <option value="">Any status</option>
          {JOB_STATUSES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      {problem && <ProblemBox problem={problem} again={list.again} isOlder={list.rows.value.length > 0} />}
      <RowTable
        label="Jobs, newest first"
        rows={list.rows.value}
        columns={columns}
        idOf={({ id }) => id}
        linkOf={({ id }) => `/jobs/${inPath(id)}`}
        onShow={list.show}
        hasMore={list.hasMore.value}
        isLoading={list.isFirst.value}
        waiting={list.waiting.value}
        onTakeWaiting={list.takeWaiting}
        empty={<Empty says="No job yet." />}
      />
    </Page>
  );
}
