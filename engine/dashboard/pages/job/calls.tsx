import { useMemo, useState } from "preact/hooks";
import type { Job, JournalEntry } from "../../../protocol/http/jobs.ts";
import { inPath } from "../../model/engine.ts";
import { type Axis, axisAround, axisOf, type Bar, barOf, ticksOf } from "../../model/job/waterfall.ts";
import { cut, lengthText } from "../../model/words.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Facts } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Select } from "../../parts/select.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";

const TICKS = 6;
const STATES: Readonly<Record<Bar["state"], string>> = {
  settled: "",
  open: "has no outcome yet",
  lost: "has no outcome: the job ended before it came",
  kept: "kept from the job that this one goes on from",
};

/** Host calls in the order of issue, each as a bar from issue to outcome. The axis is the whole job, or what is in view. */
export function Calls({ job }: { job: Job }) {
  const { now, location } = usePage();
  const isWhole = location.place.value.query.axis !== "view";
  const [view, setView] = useState({ first: 0, last: 0 });
  const [chosen, setChosen] = useState<JournalEntry>();
  const list = useLongList<JournalEntry>({
    path: `/api/v1/jobs/${inPath(job.id)}/journal`,
    query: {},
    idOf: ({ call }) => String(call),
    of: ["jobs"],
    pageSize: 500,
    order: "named",
    most: 100_000,
  });
  const rows = list.rows.value;
  const at = now.value;
  const axis = useMemo(() => {
    const whole = axisOf(job, at);
    return isWhole ? whole : axisAround(rows.slice(view.first, view.last), whole);
  }, [job, at, isWhole, rows, view]);
  const columns = useMemo((): readonly Column<JournalEntry>[] => {
    const own = rows.some(({ effect }) => effect === "write");
    return [
      { name: "Call", width: "52px", number: true, cell: ({ call }) => call },
      { name: "Function", width: "minmax(120px, 190px)", cell: ({ op }) => <Name text={op} longest={80} /> },
      ...(own
        ? [
            {
              name: "Effect",
              width: "52px",
              rank: 3 as const,
              cell: ({ effect }: JournalEntry) => (effect === "write" ? <strong>write</strong> : <span class="soft">read</span>),
            },
          ]
        : []),
      {
        name: "Arguments",
        width: "minmax(90px, 0.8fr)",
        rank: 3,
        cell: ({ args }) => (
          <span class="soft mono">
            <Name text={JSON.stringify(args) ?? ""} longest={200} />
          </span>
        ),
      },
      { name: "Took", width: "82px", number: true, rank: 2, cell: (call) => lengthText(barOf(call, job, axis, at).took) },
      {
        name: "Issue to outcome",
        width: "minmax(130px, 2.4fr)",
        cell: (call) => <BarOf bar={barOf(call, job, axis, at)} effect={call.effect} axis={axis} />,
      },
    ];
  }, [job, axis, at, rows.length > 0]);
  return (
    <div class="stack calls">
      <div class="filters">
        <Select
          isLabelled
          label="Axis"
          value={isWhole ? "" : "view"}
          choices={[
            { value: "", name: "whole job" },
            { value: "view", name: "calls in view" },
          ]}
          onValue={(value) => location.narrow({ axis: value })}
        />
        <span class="axis-words soft">
          {lengthText(axis.to - axis.from)} from left to right; a dotted line each {lengthText(ticksOf(axis, TICKS)[1]?.at ?? axis.to - axis.from)}
        </span>
      </div>
      <ListTable
        list={list}
        label="Host calls in their order"
        columns={columns}
        idOf={({ call }) => String(call)}
        onChoose={(call) => setChosen(call)}
        onShow={(first, last) => {
          setView((before) => (before.first === first && before.last === last ? before : { first, last }));
        }}
        rowHeight={28}
        below={250}
        empty={<Empty says="It has called nothing outside of its sandbox." />}
      />
      {chosen && <CallDetail call={chosen} onClose={() => setChosen(undefined)} />}
    </div>
  );
}

function BarOf({ bar: { left, width, state }, effect, axis }: { bar: Bar; effect: string; axis: Axis }) {
  return (
    <span class="bar-track">
      {ticksOf(axis, TICKS).map(({ at, left }) => (
        <span key={at} class="bar-tick" style={{ left: `${left}%` }} />
      ))}
      {state === "kept" ? (
        <span class="bar-kept">kept</span>
      ) : (
        <span class={`bar ${effect} ${state}`} style={{ left: `${left}%`, width: `${width}%` }} title={STATES[state]}>
          <span class="hidden-text">{STATES[state]}</span>
        </span>
      )}
    </span>
  );
}

function CallDetail({ call, onClose }: { call: JournalEntry; onClose(): void }) {
  return (
    <Dialog title={`Call ${call.call}: ${cut(call.op, 80)}`} width="wide" onClose={onClose}>
      <Facts
        facts={[
          ["Effect", call.effect],
          ["Issued", <Time key="issued" at={call.issuedAt} />],
          ["Outcome", call.settledAt === null ? "none yet" : <Time key="settled" at={call.settledAt} />],
          ["Order of outcome", call.settleOrder ?? "–"],
        ]}
      />
      <JsonTree label="Arguments" value={call.args} around={480} />
      <p class="soft">Outcomes stay sealed with the job's key. Secrets in arguments are shown as their names.</p>
    </Dialog>
  );
}
