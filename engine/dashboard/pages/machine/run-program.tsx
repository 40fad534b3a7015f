import { useState } from "preact/hooks";
import { parseDuration } from "../../../core/duration.ts";
import type { Command, Machine } from "../../../protocol/http/machines.ts";
import { argvOf } from "../../model/argv.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

/** Asks for one program on one machine. What it writes is shown beside the list then. */
export function RunProgram({ machine, onSent, onClose }: { machine: Machine; onSent(command: Command): void; onClose(): void }) {
  const { engine, reads } = usePage();
  const [line, setLine] = useState("");
  const [cwd, setCwd] = useState("");
  const [timeout, setTimeout] = useState("5m");
  const read = argvOf(line);
  const timeoutMs = msOf(timeout);
  const does = async () => {
    if (!("argv" in read) || timeoutMs === undefined) return;
    const args = { argv: read.argv, timeoutMs, ...(cwd === "" ? {} : { cwd }) };
    onSent(await engine.send<Command>("POST", `/api/v1/machines/${inPath(machine.name)}/commands`, { action: "exec", args }));
    reads.changed(["machines", "commands", "activity"]);
  };
  return (
    <Dialog title={`Run a program on ${machine.name}`} act="Run" does={does} mayAct={"argv" in read && timeoutMs !== undefined} onClose={onClose}>
      <TextField
        name="Program and arguments"
        value={line}
        onValue={setLine}
        isCode
        placeholder="systemctl restart nginx"
        hint="No shell reads it. Quotes keep words together; for pipes and variables name a shell: sh -c '…'"
        wrong={line !== "" && "problem" in read ? read.problem : undefined}
      />
      {"argv" in read && read.argv.length > 1 && (
        <p class="words mono soft">
          {read.argv.map((word, at) => (
            <span class="tag" key={at}>
              {word}
            </span>
          ))}
        </p>
      )}
      <TextField name="Folder" value={cwd} onValue={setCwd} isCode placeholder="the agent's own" />
      <TextField
        name="Ended after"
        value={timeout}
        onValue={setTimeout}
        isCode
        hint="The whole process tree is killed then."
        wrong={timeoutMs === undefined ? "a duration such as 30s, 15m, 2h, at most 7d" : undefined}
      />
      <p class="soft">It runs with the agent's rights, and stands in the activity log with your name.</p>
    </Dialog>
  );
}

const LONGEST_MS = 7 * 86_400_000;

function msOf(text: string): number | undefined {
  try {
    const ms = parseDuration(text);
    return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
  } catch {
    return undefined; // the field says what it takes
  }
}
