import { useMemo, useState } from "preact/hooks";
import { isEnabled, runbooksOf, textOf } from "../../core/loosely.ts";
import type { Coming, Resource } from "../../protocol/http/resources.ts";
import { inPath } from "../model/engine.ts";
import { ruleWords } from "../model/rule-words.ts";
import { DayBar, DayScale } from "../parts/day-bar.tsx";
import { Link } from "../parts/link.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import { useRead } from "../parts/read.tsx";
import type { Column } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";

/** As many as the engine tells about at once, so that rows in view lie in one or two of these. */
const BLOCK = 100;

export function Schedules() {
  const { location } = usePage();
  const { search = "" } = location.place.value.query;
  const list = useLongList<Resource>({
    path: "/api/v1/schedules",
    query: { search: search.trim() },
    idOf: ({ id }) => id,
    of: ["resources"],
    pageSize: 100,
    order: "named",
  });
  const rows = list.rows.value;
  const [block, setBlock] = useState(0);
  const [first, second] = [useComing(rows, block), useComing(rows, block + 1)];
  const coming = useMemo(() => new Map([first, second].flatMap((one) => one?.items.map((item) => [item.name, item] as const) ?? [])), [first, second]);
  const [from, until] = [first?.at, first?.until];
  const columns = useMemo(
    (): readonly Column<Resource>[] => [
      {
        name: "Schedule",
        width: "minmax(120px, 1.2fr)",
        cell: ({ name }) => (
          <Link to={`/schedules/${inPath(name)}`} tabIndex={-1}>
            <Name text={name} />
          </Link>
        ),
      },
      { name: "State", width: "86px", cell: ({ spec, state }) => <StateOf enabled={isEnabled(spec)} hasNext={textOf(state.nextAt) !== undefined} /> },
      {
        name: "Rule",
        width: "minmax(100px, 1fr)",
        rank: 2,
        cell: ({ spec }) => (
          <span class={spec.cron === undefined ? "" : "mono"}>
            <Name text={ruleWords(spec)} />
          </span>
        ),
      },
      { name: "Zone", width: "minmax(70px, 0.7fr)", rank: 3, cell: ({ spec }) => <Name text={textOf(spec.timeZone) ?? ""} /> },
      { name: "Starts", width: "minmax(90px, 1fr)", rank: 2, cell: ({ spec }) => <Name text={runbooksOf(spec).join(", ")} /> },
      { name: "Next", width: "76px", number: true, cell: ({ state }) => <Time at={textOf(state.nextAt)} /> },
      {
        name: "The coming 24 hours",
        width: "minmax(140px, 1.6fr)",
        rank: 2,
        cell: ({ name }) => {
          const due = coming.get(name);
          return from !== undefined && until !== undefined && <DayBar at={due?.at ?? []} isCut={due?.more ?? false} from={from} until={until} />;
        },
      },
    ],
    [coming, from, until],
  );
  return (
    <Page title="Schedules">
      <div class="filters">
        <Search name="Name" placeholder="Part of a name" value={search} onValue={(text) => location.narrow({ search: text })} />
        {from !== undefined && until !== undefined && <DayScale from={from} until={until} />}
      </div>
      <ListTable
        list={list}
        label="Schedules"
        columns={columns}
        idOf={({ id }) => id}
        linkOf={({ name }) => `/schedules/${inPath(name)}`}
        onShow={(first) => setBlock(Math.floor(first / BLOCK))}
        empty={
          search ? (
            <Empty says="No schedule has this in its name." />
          ) : (
            <Empty says="No schedule yet.">
              Write one as a file (<code>kind: Schedule</code>, docs/schedules.md), and apply it: <code>runwright apply -f nightly.yaml</code>
            </Empty>
          )
        }
      />
    </Page>
  );
}

/** When the schedules of a block are due within a day. */
function useComing(rows: readonly Resource[], block: number): Coming | undefined {
  const names = rows.slice(block * BLOCK, (block + 1) * BLOCK).map(({ name }) => name);
  return useRead<Coming>(names.length === 0 ? undefined : "/api/v1/occurrences/coming", { query: { names: names.join(",") }, of: ["resources"], every: 10_000 })
    .value;
}

function StateOf({ enabled, hasNext }: { enabled: boolean; hasNext: boolean }) {
  if (!enabled) return <Status word="disabled" tone="quiet" />;
  return hasNext ? <Status word="enabled" tone="good" /> : <Status word="over" tone="quiet" />;
}
