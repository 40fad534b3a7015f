import { useState } from "preact/hooks";
import { type Grant, ROLES } from "../../../core/role.ts";
import type { Principal } from "../../../protocol/http/access.ts";
import { inPath } from "../../model/engine.ts";
import { grantProblems } from "../../model/grant-rows.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ChoiceField, TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

const FIRST: Grant = { role: "reader", scope: "/" };
type Kind = "user" | "service";
const KINDS: readonly { value: Kind; says: string }[] = [
  { value: "user", says: "a person" },
  { value: "service", says: "a program" },
];
const NAME = /^[a-z0-9][a-z0-9._@-]{0,127}$/;
const isFine = (grants: readonly Grant[]): boolean => grantProblems(grants).every((one) => one === undefined);

export function AddPerson({ onClose }: { onClose(): void }) {
  const { engine, reads } = usePage();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("user");
  const [grants, setGrants] = useState<readonly Grant[]>([FIRST]);
  const does = async () => {
    await engine.send("POST", "/api/v1/principals", { kind, name, grants });
    reads.changed(["principals", "activity"]);
  };
  return (
    <Dialog title="Add somebody" act="Add" does={does} mayAct={NAME.test(name) && isFine(grants)} onClose={onClose}>
      <TextField
        name="Name"
        value={name}
        onValue={setName}
        isCode
        hint="Make a token for it then, or let it sign in."
        wrong={name === "" || NAME.test(name) ? undefined : "lower-case letters, digits and . _ @ -, at most 128"}
      />
      <ChoiceField<Kind> name="Kind" value={kind} of={KINDS} onValue={setKind} />
      <GrantRows grants={grants} onGrants={setGrants} />
    </Dialog>
  );
}

export function ChangeGrants({ of: { id, name, grants: before }, onClose }: { of: Principal; onClose(): void }) {
  const { engine, reads } = usePage();
  const [grants, setGrants] = useState<readonly Grant[]>(before);
  const does = async () => {
    await engine.send("PUT", `/api/v1/principals/${inPath(id)}/grants`, { grants });
    reads.changed(["principals", "tokens", "activity"]);
  };
  return (
    <Dialog title={`Roles of ${name}`} act="Save" does={does} mayAct={isFine(grants)} onClose={onClose}>
      <GrantRows grants={grants} onGrants={setGrants} />
    </Dialog>
  );
}

function GrantRows({ grants, onGrants }: { grants: readonly Grant[]; onGrants(grants: readonly Grant[]): void }) {
  const problems = grantProblems(grants);
  const change = (at: number, changed: Partial<Grant>) => onGrants(grants.map((grant, i) => (i === at ? { ...grant, ...changed } : grant)));
  return (
    <fieldset class="rows">
      <legend>Roles, each for a scope and all below it</legend>
      {grants.map(({ role, scope }, at) => (
        <div class="grant-row" key={at}>
          <select
            class="input"
            aria-label={`Role ${at + 1}`}
            value={role}
            onChange={(event) => change(at, { role: ROLES[event.currentTarget.selectedIndex] ?? role })}
          >
            {ROLES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <span aria-hidden="true">at</span>
          <input
            class="input mono"
            aria-label={`Scope ${at + 1}`}
            value={scope}
            aria-invalid={problems[at] !== undefined}
            onInput={(event) => change(at, { scope: event.currentTarget.value })}
          />
          <button type="button" class="button plain" aria-label={`Remove role ${at + 1}`} onClick={() => onGrants(grants.toSpliced(at, 1))}>
            Remove
          </button>
          {problems[at] !== undefined && <span class="wrong">{problems[at]}</span>}
        </div>
      ))}
      {grants.length === 0 && <p class="soft">None: they may sign in, and see nothing.</p>}
      <button type="button" class="button" onClick={() => onGrants([...grants, FIRST])}>
        Add a role
      </button>
    </fieldset>
  );
}
