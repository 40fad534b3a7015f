import { useState } from "preact/hooks";
import type { Command, Machine } from "../../../protocol/http/machines.ts";
import { commandProblem } from "../../model/command-outcome.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Check } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

/** Shorter than the page waits for any answer. */
const WAIT = "25s";

/** Asks a machine what could be installed on it. It may take longer than anyone waits here: the page shows its report when that comes. */
export function Assess({ machine, onClose }: { machine: Machine; onClose(): void }) {
  const { engine, reads } = usePage();
  const [refresh, setRefresh] = useState(true);
  const isHere = machine.state === "online";
  const does = async () => {
    const command = await engine.send<Command>("POST", `/api/v1/machines/${inPath(machine.name)}/assess`, undefined, {
      query: { wait: isHere ? WAIT : undefined, refresh },
    });
    reads.changed(["machines", "updates"]);
    const problem = commandProblem(command);
    if (problem) throw problem;
  };
  return (
    <Dialog title={`Assess ${machine.name}`} act="Assess" does={does} onClose={onClose}>
      <p>Its agent looks for what could be installed, and reports that. Nothing is changed.</p>
      <Check name="Fetch the package lists first" isChecked={refresh} onCheck={setRefresh} />
      {!isHere && <p class="tone-warn">Its agent isn't connected. It is asked when it is back in time; the timeline tells what came of it.</p>}
    </Dialog>
  );
}
