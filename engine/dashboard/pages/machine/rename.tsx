import { useState } from "preact/hooks";
import { isMachineName } from "../../../core/machine.ts";
import type { Machine } from "../../../protocol/http/machines.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

const pathOf = (name: string) => `/api/v1/machines/${inPath(name)}`;

export function Rename({ machine, onClose }: { machine: Machine; onClose(): void }) {
  const { engine, reads, location } = usePage();
  const [name, setName] = useState(machine.name);
  const isName = isMachineName(name);
  const does = async () => {
    await engine.send("PUT", `${pathOf(machine.name)}/name`, { name });
    reads.changed(["machines", "activity"]);
    location.go(`/machines/${inPath(name)}`);
  };
  return (
    <Dialog title={`Rename ${machine.name}`} act="Rename" does={does} mayAct={isName && name !== machine.name} onClose={onClose}>
      <TextField
        name="New name"
        value={name}
        onValue={setName}
        isCode
        hint="Its history stays. Selectors that name it go by the new name from now on."
        wrong={isName ? undefined : "lower-case letters, digits and . _ -, at most 63, the first one a letter or digit"}
      />
    </Dialog>
  );
}

export function Remove({ machine, onClose }: { machine: Machine; onClose(): void }) {
  const { engine, reads, location } = usePage();
  const [typed, setTyped] = useState("");
  const does = async () => {
    await engine.send("DELETE", pathOf(machine.name));
    location.go("/machines");
    reads.changed(["machines", "updates", "activity"]);
  };
  return (
    <Dialog title={`Remove ${machine.name}`} act="Remove" isGrave does={does} mayAct={typed === machine.name} onClose={onClose}>
      <p>Its agent's key is refused from now on. To manage the machine again, it must join anew with a token.</p>
      <TextField name="Type its name" value={typed} onValue={setTyped} isCode />
    </Dialog>
  );
}
