import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ASSET_KINDS, type AssetKind, isVariableType, VARIABLE_TYPES, type VariableType } from "../../../core/asset.ts";
import type { Asset, StoredAsset } from "../../../protocol/http/access.ts";
import { type AssetForm, emptyForm, readForm } from "../../model/asset-form.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Check, ChoiceField, LinesField, TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

type Change = (changed: Partial<AssetForm>) => void;
type Fields = (parts: { form: AssetForm; change: Change; wrongIn(field: keyof AssetForm): string | undefined }) => JSX.Element;

const HIDDEN = "Nobody is shown it again; jobs that declare it read it, and their streams mask it.";
const words = <Word extends string>(of: readonly Word[]): { value: Word; says: Word }[] => of.map((value) => ({ value, says: value }));

/** The value's fields by kind. */
const FIELDS: Record<AssetKind, Fields> = {
  secret: ({ form, change, wrongIn }) => (
    <LinesField name="Secret" isSecret rows={3} value={form.value} onValue={(value) => change({ value })} hint={HIDDEN} wrong={wrongIn("value")} />
  ),
  variable: ({ form, change, wrongIn }) => (
    <>
      <ChoiceField<VariableType> name="Type" value={form.type} of={words(VARIABLE_TYPES)} onValue={(type) => change({ type })} />
      <LinesField name="Value" isSecret={form.encrypted} rows={3} value={form.value} onValue={(value) => change({ value })} wrong={wrongIn("value")} />
      <Check
        name="Never show it"
        isChecked={form.encrypted}
        onCheck={(encrypted) => change({ encrypted })}
        hint="Without this, whoever may list assets may read it."
      />
    </>
  ),
  credential: ({ form, change, wrongIn }) => (
    <>
      <TextField name="User" value={form.user} onValue={(user) => change({ user })} wrong={wrongIn("user")} />
      <TextField
        name="Password"
        isSecret
        autocomplete="new-password"
        value={form.value}
        onValue={(value) => change({ value })}
        hint={HIDDEN}
        wrong={wrongIn("value")}
      />
    </>
  ),
  certificate: ({ form, change, wrongIn }) => (
    <>
      <LinesField
        name="Certificate and its chain"
        value={form.value}
        onValue={(value) => change({ value })}
        placeholder="-----BEGIN CERTIFICATE-----"
        wrong={wrongIn("value")}
      />
      <LinesField name="Private key" isSecret value={form.key} onValue={(key) => change({ key })} hint="PEM. Nobody is shown it again." />
    </>
  ),
  connection: ({ form, change, wrongIn }) => (
    <>
      <LinesField
        name="Connection"
        rows={5}
        value={form.value}
        onValue={(value) => change({ value })}
        placeholder={'{ "host": "db.example.com", "password": "…" }'}
        wrong={wrongIn("value")}
      />
      <LinesField
        name="Its schema"
        rows={3}
        value={form.schema}
        onValue={(schema) => change({ schema })}
        hint="JSON Schema; members with writeOnly: true are secret. Empty: the one that it has."
        wrong={wrongIn("schema")}
      />
    </>
  ),
};

/** Asks for a value; with `of`, for a new one of an asset that is there. */
export function SetAsset({ of, onClose }: { of?: Asset; onClose(): void }) {
  const { engine, reads } = usePage();
  const [form, setForm] = useState<AssetForm>(() => (of ? formOf(of) : emptyForm));
  const [typed, setTyped] = useState<ReadonlySet<keyof AssetForm>>(new Set());
  const change: Change = (changed) => {
    setForm({ ...form, ...changed });
    setTyped(new Set([...typed, ...Object.keys(changed).filter(isField)]));
  };
  const read = readForm(form);
  // What nobody has typed yet isn't called wrong; the button waits for it all the same.
  const wrongIn = (field: keyof AssetForm) => ("problem" in read && read.field === field && typed.has(field) && form[field] !== "" ? read.problem : undefined);
  const does = async () => {
    if (!("body" in read)) return;
    await engine.send<StoredAsset>("PUT", `/api/v1/assets/${inPath(form.name)}`, read.body);
    reads.changed(["assets", "activity"]);
  };
  const ValueFields = FIELDS[form.kind];
  return (
    <Dialog title={of ? `A new value of ${of.name}` : "Set an asset"} act="Set" does={does} mayAct={"body" in read} onClose={onClose}>
      {!of && (
        <>
          <ChoiceField<AssetKind> name="Kind" value={form.kind} of={words(ASSET_KINDS)} onValue={(kind) => change({ kind, value: "", key: "" })} />
          <TextField name="Name" isCode value={form.name} onValue={(name) => change({ name })} placeholder="status-token" wrong={wrongIn("name")} />
          <TextField
            name="Scope"
            isCode
            value={form.scope}
            onValue={(scope) => change({ scope })}
            hint="Runbooks there and below may read it."
            wrong={wrongIn("scope")}
          />
        </>
      )}
      <ValueFields form={form} change={change} wrongIn={wrongIn} />
    </Dialog>
  );
}

const formOf = ({ name, scope, kind, type, encrypted }: Asset): AssetForm => ({
  ...emptyForm,
  name,
  scope,
  kind,
  encrypted,
  type: isVariableType(type) ? type : "string",
});
const isField = (name: string): name is keyof AssetForm => Object.hasOwn(emptyForm, name);
