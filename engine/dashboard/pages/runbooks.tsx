import type { ListedRunbook } from "../../protocol/http/runbooks.ts";
import { inPath } from "../model/engine.ts";
import { startersText } from "../model/starters-text.ts";
import { Link } from "../parts/link.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import type { Column } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";

const COLUMNS: readonly Column<ListedRunbook>[] = [
  {
    name: "Runbook",
    width: "minmax(150px, 1.4fr)",
    cell: ({ name }) => (
      <Link to={`/runbooks/${inPath(name)}`} tabIndex={-1}>
        <Name text={name} />
      </Link>
    ),
  },
  {
    name: "What it does",
    width: "minmax(120px, 2fr)",
    rank: 3,
    cell: ({ published }) => (
      <span class="soft">
        <Name text={published?.summary ?? ""} />
      </span>
    ),
  },
  { name: "Version", width: "64px", number: true, cell: ({ latestVersion }) => (latestVersion === 0 ? <span class="soft">draft</span> : latestVersion) },
  { name: "Published", width: "92px", rank: 2, number: true, cell: ({ published }) => <Time at={published?.publishedAt} /> },
  {
    name: "Started by",
    width: "minmax(110px, 1fr)",
    rank: 2,
    cell: ({ starters }) => (starters.length === 0 ? <span class="soft">people</span> : <Name text={startersText(starters)} />),
  },
  {
    name: "Newest job",
    width: "112px",
    cell: ({ newestJob }) =>
      newestJob ? (
        <Link to={`/jobs/${inPath(newestJob.id)}`} tabIndex={-1} class="quiet-link">
          <Status word={newestJob.status} />
        </Link>
      ) : (
        <span class="soft">none yet</span>
      ),
  },
  { name: "Scope", width: "minmax(60px, 0.6fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
];

export function Runbooks() {
  const { location } = usePage();
  const { search = "" } = location.place.value.query;
  const list = useLongList<ListedRunbook>({
    path: "/api/v1/runbooks",
    query: { search: search.trim() },
    idOf: ({ id }) => id,
    of: ["runbooks", "jobs", "resources"],
    pageSize: 100,
    order: "named",
  });
  return (
    <Page title="Runbooks">
      <div class="filters">
        <Search name="Name" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
      </div>
      <ListTable
        list={list}
        label="Runbooks"
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ name }) => `/runbooks/${inPath(name)}`}
        empty={
          search ? (
            <Empty says="No runbook has this in its name." />
          ) : (
            <Empty says="No runbook yet.">
              Begin with one that works, and publish it: <code>runwright runbook new hello</code>, then <code>runwright runbook publish hello.ts</code>
            </Empty>
          )
        }
      />
    </Page>
  );
}
