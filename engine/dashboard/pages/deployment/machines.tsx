import { useEffect, useMemo } from "preact/hooks";
import { MACHINE_STATUSES, PENDING } from "../../../core/deploy/status.ts";
import type { DeploymentDetail, DeploymentMachine } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { totalOf } from "../../model/rollout.ts";
import { lengthText } from "../../model/words.ts";
import { Aside, Beside } from "../../parts/beside.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { useLongList } from "../../parts/use-long-list.ts";
import { When } from "../../parts/when.tsx";
import { MachineLink } from "./machine-link.tsx";
import { MachineSheet } from "./machine-sheet.tsx";

const REBOOTS: Readonly<Record<DeploymentMachine["reboot"], string>> = { no: "", possible: "possible", expected: "expected" };
const waveText = ({ wave }: DeploymentMachine): string => (wave === null ? "–" : String(wave + 1));
const named = (updates: readonly { name: string }[]): string =>
  updates
    .slice(0, 8)
    .map(({ name }) => name)
    .join(", ");

const FIRST: readonly Column<DeploymentMachine>[] = [
  { name: "Machine", width: "minmax(110px, 1.2fr)", cell: ({ name }) => <MachineLink name={name} tabIndex={-1} /> },
  { name: "Wave", width: "40px", number: true, rank: 2, cell: waveText },
];
const UPDATES: Column<DeploymentMachine> = { name: "Updates", width: "58px", number: true, cell: ({ updates }) => updates.length };
const NAMES: Column<DeploymentMachine> = {
  name: "Which",
  width: "minmax(100px, 2fr)",
  rank: 3,
  cell: ({ updates }) => (
    <span class="soft">
      <Name text={named(updates)} longest={200} />
    </span>
  ),
};

/** Before it starts: what is to be done. */
const PLANNED: readonly Column<DeploymentMachine>[] = [
  ...FIRST,
  { name: "Begins", width: "116px", rank: 2, cell: ({ wave, expectedStart }) => (wave === null ? "–" : <When at={expectedStart} />) },
  {
    name: "Takes",
    width: "74px",
    number: true,
    cell: ({ wave, expected }) => (wave === null ? "–" : <span title={`at most ${lengthText(expected.p95)}, by the p95`}>{lengthText(expected.p50)}</span>),
  },
  { name: "Reboot", width: "76px", rank: 2, cell: ({ reboot }) => REBOOTS[reboot] },
  UPDATES,
  NAMES,
  { name: "Doesn't fit", width: "84px", number: true, rank: 3, cell: ({ left }) => (left.length > 0 ? <span class="tone-warn">{left.length}</span> : "") },
  { name: "Left alone because", width: "minmax(80px, 1.4fr)", rank: 3, cell: ({ message }) => <Name text={message} longest={160} /> },
];

/** From its start on: what becomes of each. */
const STARTED: readonly Column<DeploymentMachine>[] = [
  ...FIRST,
  { name: "Status", width: "minmax(120px, 200px)", cell: ({ status }) => <Status word={status} /> },
  UPDATES,
  { name: "Reboot", width: "92px", rank: 3, cell: ({ rebootState }) => (rebootState === "NotNeeded" ? "" : <Status word={rebootState} />) },
  {
    name: "Took",
    width: "84px",
    number: true,
    rank: 2,
    cell: ({ startedAt, endedAt }) => (startedAt && endedAt ? lengthText(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt))) : ""),
  },
  { name: "What it said", width: "minmax(120px, 3fr)", rank: 2, cell: ({ message }) => <Name text={message} longest={200} /> },
];

export function Machines({ deployment }: { deployment: DeploymentDetail }) {
  const { location } = usePage();
  const { status = "", machine: chosen } = location.place.value.query;
  const isPending = PENDING.includes(deployment.status);
  const list = useLongList<DeploymentMachine>({
    path: `/api/v1/deployments/${inPath(deployment.id)}/machines`,
    query: { status },
    idOf: ({ id }) => id,
    of: ["deployments"],
    pageSize: 200,
    order: "named",
  });
  const columns = useMemo(() => (isPending ? PLANNED : STARTED), [isPending]);
  const rows = list.rows.value;
  const found = chosen === undefined ? undefined : rows.find(({ name }) => name === chosen);
  const isLookedFor = chosen !== undefined && found === undefined && list.hasMore.value;
  // A link to a machine may lead beyond the rows that are here: they are read until it is among them.
  useEffect(() => {
    if (isLookedFor) list.show(rows.length, rows.length);
  }, [isLookedFor, rows.length]);
  const go = (name: string | null) => location.narrow({ machine: name });
  const total = totalOf(deployment.machines) + (deployment.machines.NotIncluded ?? 0);
  return (
    <section class="stack" aria-label="Machines">
      <div class="filters">
        <select class="input" aria-label="Status of machines" value={status} onChange={(event) => location.narrow({ status: event.currentTarget.value })}>
          <option value="">Machines of any status</option>
          {MACHINE_STATUSES.filter((one) => one === status || (deployment.machines[one] ?? 0) > 0).map((one) => (
            <option key={one} value={one}>
              {one} ({deployment.machines[one] ?? 0})
            </option>
          ))}
        </select>
      </div>
      <Beside
        aside={
          chosen !== undefined &&
          (found ? (
            <MachineSheet machine={found} onClose={() => go(null)} />
          ) : (
            <NotAmong name={chosen} isLookedFor={isLookedFor || list.isFirst.value} onClose={() => go(null)} />
          ))
        }
      >
        <ListTable
          list={list}
          label="Machines in the order of the plan"
          columns={columns}
          idOf={({ id }) => id}
          {...(found ? { chosen: found.id } : {})}
          onChoose={({ name }) => go(name)}
          {...(status === "" ? { total } : {})}
          empty={<Empty says={status === "" ? "The plan has no machines." : "No machine is so."} />}
        />
      </Beside>
    </section>
  );
}

function NotAmong({ name, isLookedFor, onClose }: { name: string; isLookedFor: boolean; onClose(): void }) {
  return (
    <Aside name="Machine" heading={<Name text={name} longest={80} />} onClose={onClose}>
      <p aria-busy={isLookedFor}>{isLookedFor ? "Looking for it…" : "It isn't among these machines."}</p>
    </Aside>
  );
}
