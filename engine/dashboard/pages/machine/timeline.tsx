import type { Machine } from "../../../protocol/http/machines.ts";
import type { TimelineEntry } from "../../../protocol/http/timeline.ts";
import { inPath } from "../../model/engine.ts";
import { entryWords } from "../../model/timeline-words.ts";
import { Beside } from "../../parts/beside.tsx";
import { ListTable } from "../../parts/list-table.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import type { Column } from "../../parts/row-table.tsx";
import { Status } from "../../parts/status.tsx";
import { Time } from "../../parts/time.tsx";
import { useLongList } from "../../parts/use-long-list.ts";
import { CommandAside } from "./command.tsx";
import { EventAside } from "./event.tsx";
import { InstallAside } from "./install.tsx";

const idOf = ({ kind, id }: TimelineEntry): string => `${kind} ${id}`;

const columnsOf = (zone: string | undefined): readonly Column<TimelineEntry>[] => [
  { name: "When", width: "80px", cell: ({ at }) => <Time at={at} zone={zone} zoneOf="the machine" /> },
  { name: "What", width: "minmax(96px, 0.6fr)", cell: (entry) => <Name text={entryWords(entry).what} /> },
  { name: "Came of it", width: "128px", cell: (entry) => <Status word={entryWords(entry).status} /> },
  { name: "In words", width: "minmax(150px, 3fr)", rank: 2, cell: (entry) => <Name text={entryWords(entry).says} longest={600} /> },
  { name: "By", width: "minmax(72px, 0.6fr)", rank: 3, cell: (entry) => <By entry={entry} /> },
];

/** Who asked for it; reports come by themselves. */
function By({ entry }: { entry: TimelineEntry }) {
  if (entry.kind === "assessment") return <span class="soft">its agent</span>;
  if (entry.kind !== "event" && entry.jobId !== null) return <span>a job</span>;
  return entry.kind === "install" ? <span class="soft">–</span> : <Name text={entry.actor.name || entry.actor.kind} />;
}

/** What happened on it and to it: assessments that differ from the one before, installs, commands, and what people changed. */
export function Timeline({ machine }: { machine: Machine }) {
  const { location } = usePage();
  const { entry = "" } = location.place.value.query;
  const list = useLongList<TimelineEntry>({
    path: `/api/v1/machines/${inPath(machine.name)}/timeline`,
    query: {},
    idOf,
    of: ["machines", "updates", "activity"],
    pageSize: 100,
    order: "growing",
  });
  const chosen = list.rows.value.find((one) => idOf(one) === entry);
  const close = () => location.narrow({ entry: null });
  return (
    <Beside aside={chosen && <Chosen key={entry} machine={machine} entry={chosen} onClose={close} />}>
      <ListTable
        list={list}
        label="Timeline, newest first"
        columns={columnsOf(machine.facts?.timeZone)}
        idOf={idOf}
        chosen={entry}
        onChoose={(one) => location.narrow({ entry: idOf(one) })}
        empty={<Empty says="Nothing has happened yet.">Its first report will stand here, and all that is done to it.</Empty>}
      />
    </Beside>
  );
}

function Chosen({ machine, entry, onClose }: { machine: Machine; entry: TimelineEntry; onClose(): void }) {
  if (entry.kind === "install") return <InstallAside machine={machine} id={entry.id} onClose={onClose} />;
  if (entry.kind === "command") return <CommandAside id={entry.id} onClose={onClose} />;
  return <EventAside entry={entry} zone={machine.facts?.timeZone} onClose={onClose} />;
}
