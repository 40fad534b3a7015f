import type { Machine } from "../../protocol/http/machines.ts";
import { inPath } from "../model/engine.ts";
import { countText } from "../model/words.ts";
import { Link } from "../parts/link.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { ProblemBox } from "../parts/read.tsx";
import { type Column, RowTable } from "../parts/row-table.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";

const COLUMNS: readonly Column<Machine>[] = [
  {
    name: "Machine",
    width: "minmax(140px, 2fr)",
    cell: ({ name }) => (
      <Link to={`/machines/${inPath(name)}`} tabIndex={-1}>
        <Name text={name} />
      </Link>
    ),
  },
  { name: "Compliance", width: "130px", cell: ({ assessment }) => <Status word={assessment?.compliance ?? "notassessed"} /> },
  {
    name: "Missing",
    width: "80px",
    number: true,
    cell: ({ assessment }) =>
      assessment ? countText(Object.entries(assessment.counts).reduce((sum, [name, count]) => sum + (name === "held" ? 0 : count), 0)) : "–",
  },
  { name: "Connection", width: "120px", rank: 2, cell: ({ state }) => <Status word={state} /> },
  { name: "Scope", width: "minmax(80px, 1fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  { name: "Last seen", width: "110px", rank: 2, number: true, cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
];

export function Machines() {
  const { location } = usePage();
  const { selector = "" } = location.place.value.query;
  const list = useLongList<Machine>({
    path: "/api/v1/machines",
    query: { selector },
    idOf: ({ id }) => id,
    of: ["machines", "updates"],
    pageSize: 100,
    order: "named",
  });
  const problem = list.problem.value;
  return (
    <Page title="Machines">
      <div class="filters">
        <input
          class="input mono search"
          type="search"
          aria-label="Selector"
          placeholder="os=linux tag:role=web name=web-*"
          value={selector}
          onInput={(event) => location.narrow({ selector: event.currentTarget.value })}
        />
      </div>
      {problem && <ProblemBox problem={problem} again={list.again} isOlder={list.rows.value.length > 0} />}
      <RowTable
        label="Machines"
        rows={list.rows.value}
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ name }) => `/machines/${inPath(name)}`}
        onShow={list.show}
        hasMore={list.hasMore.value}
        isLoading={list.isFirst.value}
        empty={
          selector ? (
            <Empty says="No machine matches this selector." />
          ) : (
            <Empty says="No machine has joined yet.">
              Give one a join token: <code>runwright agent token</code>
            </Empty>
          )
        }
      />
    </Page>
  );
}
