import { CLASSIFICATIONS } from "../../../core/update.ts";
import { VERDICTS } from "../../../core/update-policy.ts";
import type { Machine, Update } from "../../../protocol/http/machines.ts";
import { Beside } from "../../parts/beside.tsx";
import { Choice } from "../../parts/choice.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Badge, Shape, Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";
import { UpdateWhy } from "./why.tsx";

const PAGE_SIZE = 500;
const SEVERE = { critical: "bad", important: "warn" } as const;
const toneOf = (severity: Update["severity"]) => (severity === "critical" || severity === "important" ? SEVERE[severity] : "quiet");

const COLUMNS: readonly Column<Update>[] = [
  { name: "Update", width: "minmax(128px, 2fr)", cell: ({ name, title }) => <Name text={title ?? name} /> },
  {
    name: "Installed",
    width: "minmax(80px, 1fr)",
    rank: 2,
    cell: ({ installedVersion }) => (installedVersion === null ? <span class="soft">–</span> : <Name text={installedVersion} />),
  },
  { name: "Candidate", width: "minmax(80px, 1fr)", cell: ({ candidateVersion }) => <Name text={candidateVersion} /> },
  { name: "Class", width: "88px", rank: 2, cell: ({ classification }) => classification },
  {
    name: "Severity",
    width: "104px",
    rank: 3,
    cell: ({ severity }) => (severity === "unspecified" ? <span class="soft">–</span> : <Status word={severity} tone={toneOf(severity)} />),
  },
  { name: "Verdict", width: "104px", cell: ({ verdict, held }) => (held ? <Status word="held" /> : <Status word={verdict} />) },
  { name: "Known", width: "84px", rank: 3, cell: ({ exploitedSince }) => (exploitedSince === null ? null : <Badge tone="bad">exploited</Badge>) },
  { name: "First seen", width: "88px", number: true, rank: 3, cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
  { name: "Due", width: "88px", number: true, rank: 2, cell: ({ dueAt }) => <Due at={dueAt} /> },
];

function Due({ at }: { at: string | null }) {
  const { now } = usePage();
  if (at === null) return <span class="soft">–</span>;
  const isOver = Date.parse(at) < now.value;
  return (
    <span class={isOver ? "status tone-bad" : ""}>
      {isOver && <Shape tone="bad" />}
      <Time at={at} />
    </span>
  );
}

/** What could be installed on it, and for the chosen one why policies say what they say. */
export function MissingUpdates({ machine }: { machine: Machine }) {
  const { location } = usePage();
  const { classification = "", verdict = "", update = "" } = location.place.value.query;
  const list = useLongList<Update>({
    path: "/api/v1/updates",
    query: { machine: machine.name, classification, verdict },
    idOf: ({ name, architecture, candidateVersion }) => `${name} ${architecture} ${candidateVersion}`,
    of: ["updates", "resources"],
    pageSize: PAGE_SIZE,
    order: "named",
  });
  const rows = list.rows.value;
  const chosen = rows.find(({ name }) => name === update);
  const isNarrowed = classification !== "" || verdict !== "";
  return (
    <>
      <div class="filters">
        <Choice name="classification" words={CLASSIFICATIONS} value={classification} />
        <Choice name="verdict" words={VERDICTS} value={verdict} />
      </div>
      <Beside aside={update !== "" && <UpdateWhy machine={machine.name} update={update} onClose={() => location.narrow({ update: null })} />}>
        <ListTable
          list={list}
          label="Missing updates"
          columns={COLUMNS}
          idOf={idOf}
          chosen={chosen && idOf(chosen)}
          onChoose={({ name }) => location.narrow({ update: name })}
          empty={<NothingMissing machine={machine} isNarrowed={isNarrowed} />}
        />
      </Beside>
    </>
  );
}

const idOf = ({ name, architecture, candidateVersion }: Update): string => `${name} ${architecture} ${candidateVersion}`;

function NothingMissing({ machine: { assessment }, isNarrowed }: { machine: Machine; isNarrowed: boolean }) {
  if (isNarrowed) return <Empty says="No missing update is like this." />;
  if (assessment === null) return <Empty says="It has never reported.">Assess it now: its agent says what is installed, and what could be.</Empty>;
  return <Empty says="Nothing is missing." />;
}
