import { useState } from "preact/hooks";
import { ROLES, type Role } from "../../../core/role.ts";
import type { NewToken, Principal } from "../../../protocol/http/access.ts";
import { mayAnywhere } from "../../model/rights.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ChoiceField, TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";
import { useRead } from "../../parts/read.tsx";

type Life = "1d" | "30d" | "90d" | "365d" | "";
const LIVES: readonly { value: Life; says: string }[] = [
  { value: "1d", says: "a day" },
  { value: "30d", says: "30 days" },
  { value: "90d", says: "90 days" },
  { value: "365d", says: "a year" },
  { value: "", says: "never" },
];
const POWERS: readonly { value: Role | ""; says: string }[] = [
  { value: "", says: "all that its owner may" },
  ...ROLES.map((role) => ({ value: role, says: `at most ${role}` })),
];

/** Asks what a token is to be. */
export function NewTokenDialog({ onMade, onClose }: { onMade(token: NewToken): void; onClose(): void }) {
  const { engine, reads, who } = usePage();
  const [name, setName] = useState("");
  const [principal, setPrincipal] = useState(who.name);
  const [role, setRole] = useState<Role | "">("");
  const [scope, setScope] = useState("");
  const [life, setLife] = useState<Life>("90d");
  const people = useRead<{ items: Principal[] }>(mayAnywhere(who, "role.write") ? "/api/v1/principals" : undefined, { of: [] });
  const owners = [
    who.name,
    ...(people.value?.items ?? [])
      .filter(({ kind, name: one, disabledAt }) => kind !== "agent" && disabledAt === null && one !== who.name)
      .map((one) => one.name),
  ];
  const does = async () => {
    const body = { name, principal, ...(role === "" ? {} : { role }), ...(scope === "" ? {} : { scope }), ...(life === "" ? {} : { expiresIn: life }) };
    const token = await engine.send<NewToken>("POST", "/api/v1/tokens", body);
    reads.changed(["tokens", "activity"]);
    onMade(token);
  };
  return (
    <Dialog title="Make a token" act="Make" does={does} mayAct={name.trim() !== ""} onClose={onClose}>
      <TextField name="Name" value={name} onValue={setName} placeholder="nightly backup" hint="By which you know it again: who uses it, and where." />
      <ChoiceField name="Owner" value={principal} of={owners.map((one) => ({ value: one, says: one }))} onValue={setPrincipal} />
      <ChoiceField<Role | ""> name="May do" value={role} of={POWERS} onValue={setRole} />
      <TextField
        name="Where"
        value={scope}
        onValue={setScope}
        isCode
        placeholder="everywhere that its owner may"
        hint="A scope such as /prod: there and below."
      />
      <ChoiceField<Life> name="Ends after" value={life} of={LIVES} onValue={setLife} />
    </Dialog>
  );
}
