import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Job } from "../../../protocol/http/jobs.ts";
import { inPath, type Query } from "../../model/engine.ts";
import { tookOf } from "../../model/job/job-moves.ts";
import { lengthText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";

const COLUMNS: readonly Column<Job>[] = [
  { name: "Status", width: "104px", cell: ({ status, heldBack }) => <Status word={status} says={heldBack ? "held back" : status} /> },
  {
    name: "Runbook",
    width: "minmax(120px, 1.6fr)",
    cell: ({ id, runbook, version, dry, debug }) => (
      <>
        <Link to={`/jobs/${inPath(id)}`} tabIndex={-1}>
          <Name text={runbook} />
        </Link>{" "}
        <span class="soft">
          {version === null ? "draft" : version}
          {dry && " dry"}
          {debug && ` ${debug === "run" ? "debugged" : "replayed"}`}
        </span>
      </>
    ),
  },
  {
    name: "Failure",
    width: "minmax(100px, 0.8fr)",
    rank: 2,
    cell: ({ failureCode, error }) =>
      failureCode && (
        <span class="tone-bad" title={error ? error.message.slice(0, 500) : undefined}>
          {failureCode}
        </span>
      ),
  },
  { name: "Trigger", width: "92px", rank: 2, cell: ({ trigger }) => trigger },
  { name: "Asked for by", width: "minmax(80px, 0.9fr)", rank: 3, cell: ({ actor }) => <Name text={actor.name} /> },
  { name: "Scope", width: "minmax(60px, 0.6fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  { name: "Took", width: "88px", number: true, rank: 2, cell: (job) => <Took job={job} /> },
  { name: "Made", width: "84px", number: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** How long it has taken; of one that is under way it goes on. */
function Took({ job }: { job: Job }) {
  const { now } = usePage();
  const took = tookOf(job, now.value);
  if (took === undefined) return <span class="soft">–</span>;
  return job.endedAt === null ? <span class="tone-busy">{lengthText(took)}</span> : lengthText(took);
}

/** Jobs, newest first. @param without columns that say the same in every row */
export function JobTable({
  label,
  query,
  without = [],
  below,
  empty,
}: {
  label: string;
  query: Query;
  without?: readonly string[];
  below?: number;
  empty: ComponentChildren;
}) {
  const list = useLongList<Job>({ path: "/api/v1/jobs", query, idOf: ({ id }) => id, of: ["jobs"], pageSize: 100, order: "growing" });
  const columns = useMemo(
    () =>
      COLUMNS.filter(({ name }) => !without.includes(name)).map((column) => (column.name === "Made" && without.includes("Runbook") ? linked(column) : column)),
    [without.join()],
  );
  return <ListTable list={list} label={label} columns={columns} idOf={({ id }) => id} linkOf={({ id }) => `/jobs/${inPath(id)}`} below={below} empty={empty} />;
}

/** Where the runbook's name doesn't lead to the job, its time does: whoever can't point at a row needs a link. */
const linked = (column: Column<Job>): Column<Job> => ({
  ...column,
  cell: (job) => (
    <Link to={`/jobs/${inPath(job.id)}`} tabIndex={-1}>
      {column.cell(job)}
    </Link>
  ),
});
