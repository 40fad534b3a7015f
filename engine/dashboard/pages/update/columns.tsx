import type { Update } from "../../../protocol/http/machines.ts";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";

export const missingId = ({ machine, name, architecture, candidateVersion }: Update): string => [machine, name, architecture, candidateVersion].join("\n");

const machine: Column<Update> = { name: "Machine", width: "minmax(110px, 1.4fr)", cell: ({ machine: text }) => <Name text={text} /> };
const name: Column<Update> = { name: "Update", width: "minmax(100px, 1.2fr)", cell: ({ name: text }) => <Name text={text} /> };
const others: readonly Column<Update>[] = [
  { name: "Verdict", width: "108px", cell: ({ verdict }) => <Status word={verdict} /> },
  {
    name: "Installed",
    width: "minmax(90px, 1fr)",
    rank: 3,
    cell: ({ installedVersion }) => (installedVersion ? <Name text={installedVersion} longest={80} /> : <span class="soft">–</span>),
  },
  { name: "Offered", width: "minmax(90px, 1fr)", rank: 2, cell: ({ candidateVersion }) => <Name text={candidateVersion} longest={80} /> },
  { name: "State", width: "84px", rank: 3, cell: ({ held, phased }) => (held ? <Status word="held" /> : phased ? <Status word="phased" /> : "") },
  { name: "Due", width: "92px", number: true, rank: 2, cell: ({ dueAt }) => <Due at={dueAt} /> },
  { name: "First seen", width: "88px", number: true, rank: 2, cell: ({ firstSeenAt }) => <Time at={firstSeenAt} /> },
];

export const UPDATE_COLUMNS: readonly Column<Update>[] = [machine, ...others];
/** Several updates may mend a vulnerability. */
export const CVE_COLUMNS: readonly Column<Update>[] = [machine, name, ...others];

/** When it must be installed by. */
function Due({ at }: { at: string | null }) {
  const { now } = usePage();
  const isOver = at !== null && Date.parse(at) < now.value;
  return (
    <span class={isOver ? "tone-bad" : ""}>
      {isOver && <span class="hidden-text">overdue, </span>}
      <Time at={at} />
    </span>
  );
}
