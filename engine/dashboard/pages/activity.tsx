import { useMemo } from "preact/hooks";
import { ERRORS } from "../../core/errors.ts";
import type { Activity as Entry } from "../../protocol/http/access.ts";
import { PERIODS, periodOf } from "../model/period.ts";
import { mayAnywhere, mayAt } from "../model/rights.ts";
import { Beside } from "../parts/beside.tsx";
import { ListTable } from "../parts/list-table.tsx";
import { Name } from "../parts/name.tsx";
import { Empty, Page } from "../parts/page.tsx";
import { usePage } from "../parts/page-context.ts";
import type { Column } from "../parts/row-table.tsx";
import { Search } from "../parts/search.tsx";
import { Select } from "../parts/select.tsx";
import { Status } from "../parts/status.tsx";
import { Time } from "../parts/time.tsx";
import { useLongList } from "../parts/use-long-list.ts";
import { EntryAside, isDone } from "./activity/entry.tsx";
import { VerifyChain } from "./activity/verify-chain.tsx";

const COLUMNS: readonly Column<Entry>[] = [
  { name: "When", width: "80px", cell: ({ at }) => <Time at={at} /> },
  { name: "Who", width: "minmax(60px, 1fr)", cell: ({ actor }) => (actor.name === "" ? <span class="soft">{actor.kind}</span> : <Name text={actor.name} />) },
  { name: "Did", width: "minmax(84px, 1.2fr)", cell: ({ operation }) => <Name text={operation} /> },
  { name: "To", width: "minmax(140px, 2fr)", rank: 2, cell: ({ target }) => <Name text={target} /> },
  {
    name: "Result",
    width: "80px",
    cell: (entry) => <span title={entry.result}>{isDone(entry) ? <Status word="done" tone="good" /> : <Status word="refused" />}</span>,
  },
  { name: "Scope", width: "minmax(72px, 0.8fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  { name: "From", width: "minmax(96px, 0.8fr)", rank: 3, cell: ({ address }) => <Name text={address} /> },
  { name: "No.", width: "64px", number: true, rank: 3, cell: ({ seq }) => <span class="soft">{seq}</span> },
];

/** Of refusals the codes of those who weren't let in, or not so far. */
const RESULTS = [
  { value: "", name: "any result" },
  { value: "ok", name: "done" },
  ...Object.entries(ERRORS).flatMap(([code, { status }]) => (status === 401 || status === 403 ? [{ value: code, name: code }] : [])),
];
const TIMES = [{ value: "", name: "any time" }, ...PERIODS.map(({ id, name }) => ({ value: id, name }))];

/** Who did what to what, when, from where and with what result; nothing of it can be changed unseen. */
export function Activity() {
  const { who } = usePage();
  return mayAnywhere(who, "activity.read") ? <Entries /> : <NotYours />;
}

function Entries() {
  const { location, who, time } = usePage();
  const { actor = "", operation = "", target = "", result = "", period = "", entry = "" } = location.place.value.query;
  // Taken once: a list that moves on with the clock would be another one each time.
  const from = useMemo(() => periodOf(period, time.now()), [period]);
  const list = useLongList<Entry>({
    path: "/api/v1/activity",
    query: { actor, operation, target, result, from },
    idOf: ({ seq }) => String(seq),
    of: ["activity"],
    pageSize: 200,
    order: "growing",
  });
  const rows = list.rows.value;
  const chosen = rows.find(({ seq }) => String(seq) === entry);
  const isNarrowed = [actor, operation, target, result, period].some((one) => one !== "");
  const field = (name: string, label: string, value: string, placeholder: string, size: number) => (
    <Search key={name} name={label} value={value} placeholder={placeholder} size={size} onValue={(text) => location.narrow({ [name]: text, entry: null })} />
  );
  return (
    <Page title="Activity" actions={mayAt(who, "activity.read", "/") && <VerifyChain />}>
      <div class="filters">
        {field("actor", "Who", actor, "who", 14)}
        {field("operation", "Operation", operation, "did what, such as job or machine.tag", 32)}
        {field("target", "Target", target, "to what, such as machine:web-1", 28)}
        <Select label="Result" value={result} choices={RESULTS} onValue={(word) => location.narrow({ result: word, entry: null })} />
        <Select label="Time" value={period} choices={TIMES} onValue={(word) => location.narrow({ period: word, entry: null })} />
        {isNarrowed && (
          <button
            type="button"
            class="button plain"
            onClick={() => location.narrow({ actor: null, operation: null, target: null, result: null, period: null })}
          >
            Clear
          </button>
        )}
      </div>
      <Beside aside={chosen && <EntryAside key={chosen.seq} entry={chosen} onClose={() => location.narrow({ entry: null })} />}>
        <ListTable
          list={list}
          label="Activity, newest first"
          columns={COLUMNS}
          idOf={({ seq }) => String(seq)}
          chosen={entry}
          onChoose={({ seq }) => location.narrow({ entry: String(seq) })}
          below={64}
          empty={isNarrowed ? <Empty says="Nothing of this kind has happened." /> : <Empty says="Nothing has happened yet." />}
        />
      </Beside>
    </Page>
  );
}

function NotYours() {
  return (
    <Page title="Activity">
      <Empty says="You may not read the activity log.">Operators may, where they are operators. An administrator can give you the role.</Empty>
    </Page>
  );
}
