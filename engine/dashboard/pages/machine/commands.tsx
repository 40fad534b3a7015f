import { useState } from "preact/hooks";
import type { Machine } from "../../../protocol/http/machines.ts";
import type { CommandHead } from "../../../protocol/http/timeline.ts";
import { inPath } from "../../model/engine.ts";
import { mayAt } from "../../model/rights.ts";
import { lengthText } from "../../model/words.ts";
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
import { RunProgram } from "./run-program.tsx";

const COLUMNS: readonly Column<CommandHead>[] = [
  { name: "Status", width: "112px", cell: ({ status }) => <Status word={status} /> },
  { name: "Command", width: "minmax(90px, 1fr)", cell: ({ action }) => <Name text={action} /> },
  { name: "By", width: "minmax(80px, 1fr)", cell: ({ actor, jobId }) => (jobId === null ? <Name text={actor.name} /> : "a job") },
  {
    name: "Took",
    width: "84px",
    number: true,
    rank: 2,
    cell: ({ createdAt, endedAt }) => (endedAt === null ? "" : lengthText(Date.parse(endedAt) - Date.parse(createdAt))),
  },
  { name: "Asked", width: "84px", number: true, rank: 2, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

/** Commands that were sent to it, and what came of them; those with the right may send one. */
export function Commands({ machine }: { machine: Machine }) {
  const { location, who } = usePage();
  const [isAsked, setAsked] = useState(false);
  const { command = "" } = location.place.value.query;
  const list = useLongList<CommandHead>({
    path: `/api/v1/machines/${inPath(machine.name)}/commands`,
    query: {},
    idOf: ({ id }) => id,
    of: ["machines", "commands"],
    pageSize: 100,
    order: "growing",
  });
  const mayRun = mayAt(who, "machine.command", machine.scope);
  return (
    <>
      {mayRun && (
        <div class="filters">
          <button type="button" class="button" onClick={() => setAsked(true)}>
            Run a program
          </button>
        </div>
      )}
      {isAsked && (
        <RunProgram
          machine={machine}
          onSent={({ id }) => {
            location.narrow({ command: id });
            list.again();
          }}
          onClose={() => setAsked(false)}
        />
      )}
      <Beside aside={command !== "" && <CommandAside key={command} id={command} onClose={() => location.narrow({ command: null })} />}>
        <ListTable
          list={list}
          label="Commands, newest first"
          columns={COLUMNS}
          idOf={({ id }) => id}
          chosen={command}
          onChoose={({ id }) => location.narrow({ command: id })}
          empty={<Empty says="No command was sent to it yet.">{mayRun && "Run a program, or let a runbook do it: machine.exec([…])."}</Empty>}
        />
      </Beside>
    </>
  );
}
