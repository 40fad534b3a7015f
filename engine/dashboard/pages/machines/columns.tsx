import type { Machine } from "../../../protocol/http/machines.ts";
import { inPath } from "../../model/engine.ts";
import { missingCounts } from "../../model/missing-counts.ts";
import { countText } from "../../model/words.ts";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import type { Column } from "../../parts/row-table.tsx";
import { Badge, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

export const machinePath = ({ name }: Pick<Machine, "name">): string => `/machines/${inPath(name)}`;

/** Ordered by what somebody looks for: how it stands, then where and what it is. */
export const MACHINE_COLUMNS: readonly Column<Machine>[] = [
  {
    name: "Machine",
    width: "minmax(130px, 1.6fr)",
    cell: (machine) => (
      <Link to={machinePath(machine)} tabIndex={-1}>
        <Name text={machine.name} />
      </Link>
    ),
  },
  { name: "Compliance", width: "120px", cell: ({ assessment }) => <Status word={assessment?.compliance ?? "notassessed"} /> },
  { name: "Missing", width: "58px", number: true, cell: ({ assessment }) => counted(assessment && missingCounts(assessment).missing) },
  { name: "Security", width: "62px", rank: 2, number: true, cell: ({ assessment }) => <Security count={assessment && missingCounts(assessment).security} /> },
  { name: "Waits for", width: "118px", rank: 2, cell: (machine) => <Waits machine={machine} /> },
  {
    name: "Connection",
    width: "92px",
    rank: 2,
    cell: ({ state, staleSince }) => (staleSince === null ? <Status word={state} /> : <Status word="stale" says="stale" />),
  },
  { name: "Seen", width: "84px", rank: 2, cell: ({ lastSeenAt, facts }) => <Time at={lastSeenAt} zone={facts?.timeZone} zoneOf="the machine" /> },
  { name: "System", width: "minmax(96px, 1.2fr)", rank: 3, cell: ({ facts }) => (facts ? <Name text={String(facts.osName)} /> : <span class="soft">–</span>) },
  { name: "Scope", width: "minmax(72px, 0.8fr)", rank: 3, cell: ({ scope }) => <Name text={scope} /> },
  { name: "Tags", width: "minmax(90px, 1.4fr)", rank: 3, cell: ({ tags }) => <Tags tags={tags} /> },
];

const counted = (count: number | null) => (count === null ? <span class="soft">–</span> : count === 0 ? <span class="soft">0</span> : countText(count));

const Security = ({ count }: { count: number | null }) =>
  count === null || count === 0 ? counted(count) : <strong class="tone-bad">{countText(count)}</strong>;

/** What somebody must do before it is as it should be. */
function Waits({ machine: { assessment } }: { machine: Machine }) {
  if (assessment === null) return null;
  const { held } = missingCounts(assessment);
  return (
    <span class="badges">
      {assessment.rebootPending && <Badge tone="warn">reboot</Badge>}
      {held > 0 && <Badge>{`${countText(held)} held`}</Badge>}
    </span>
  );
}

/** Tags as selectors write them; a row shows the first ones. */
export function Tags({ tags, most = 6 }: { tags: Machine["tags"]; most?: number }) {
  const all = Object.entries(tags);
  return (
    <span class="badges">
      {all.slice(0, most).map(([key, value]) => (
        <span class="tag" key={key}>
          <Name text={`${key}=${value}`} longest={80} />
        </span>
      ))}
      {all.length > most && <span class="soft">+{countText(all.length - most)}</span>}
    </span>
  );
}
