import { OCCURRENCE_STATUSES } from "../../../core/trigger.ts";
import type { Occurrence } from "../../../protocol/http/resources.ts";
import { inPath } from "../../model/engine.ts";
import { Link } from "../../parts/link.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Select } from "../../parts/select.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";

const COLUMNS: readonly Column<Occurrence>[] = [
  { name: "Due", width: "84px", number: true, cell: ({ dueAt }) => <Time at={dueAt} /> },
  { name: "Became", width: "104px", cell: ({ status }) => <Status word={status} /> },
  { name: "Because", width: "minmax(120px, 2fr)", cell: ({ reason }) => <Name text={reason} /> },
  { name: "Runbook", width: "minmax(90px, 1fr)", rank: 2, cell: ({ runbook }) => <Name text={runbook} /> },
  {
    name: "Job",
    width: "72px",
    cell: ({ jobId }) =>
      jobId === null ? (
        <span class="soft">none</span>
      ) : (
        <Link to={`/jobs/${inPath(jobId)}`} tabIndex={-1}>
          its job
        </Link>
      ),
  },
];
const STATUSES = [{ value: "", name: "Whatever became of it" }, ...OCCURRENCE_STATUSES.map((status) => ({ value: status, name: status }))];

/** What became of each occurrence; also of those that were missed or held back. */
export function PastOf({ name }: { name: string }) {
  const { location } = usePage();
  const { status = "" } = location.place.value.query;
  const list = useLongList<Occurrence>({
    path: "/api/v1/occurrences",
    query: { kind: "Schedule", name, status },
    idOf: ({ id }) => id,
    of: ["occurrences"],
    pageSize: 100,
    order: "growing",
  });
  return (
    <div class="stack">
      <div class="filters">
        <Select label="What became of it" value={status} choices={STATUSES} onValue={(value) => location.narrow({ status: value })} />
      </div>
      <ListTable
        list={list}
        label="Past occurrences, newest first"
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ jobId }) => (jobId === null ? undefined : `/jobs/${inPath(jobId)}`)}
        below={240}
        empty={<Empty says={status === "" ? "None was due yet." : "None became this."} />}
      />
    </div>
  );
}
