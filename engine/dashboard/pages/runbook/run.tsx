import { useMemo, useState } from "preact/hooks";
import type { Field as Parameter } from "../../../core/parameter-form.ts";
import type { Job } from "../../../protocol/http/jobs.ts";
import type { RunbookDetails, VersionWithSources } from "../../../protocol/http/runbooks.ts";
import { inPath } from "../../model/engine.ts";
import { createKept } from "../../model/kept.ts";
import { mayAt } from "../../model/rights.ts";
import { fill, formOf, keepable, textsAtFirst } from "../../model/run-form.ts";
import { Empty, Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ParameterField } from "../../parts/parameter-field.tsx";
import { ProblemBox, Shown, useRead } from "../../parts/read.tsx";
import { Select } from "../../parts/select.tsx";
import { Suggest } from "../../parts/suggest.tsx";
import { useAct } from "../../parts/use-act.ts";

const kept = createKept(() => localStorage);

/** A form for the parameters of a version or the draft, filled with what was given the last time. */
export function Run({ runbook }: { runbook: RunbookDetails }) {
  const { who } = usePage();
  const { name, scope, latestVersion, latest, draft } = runbook;
  const mayDraft = draft !== null && mayAt(who, "runbook.test", scope);
  const [which, setWhich] = useState(latest ? "latest" : "draft");
  const isOlder = which !== "latest" && which !== "draft";
  const older = useRead<VersionWithSources>(isOlder ? `/api/v1/runbooks/${inPath(name)}/versions/${which}` : undefined, { of: [] });
  const manifest = which === "draft" ? draft?.manifest : isOlder ? older.value?.manifest : latest?.manifest;
  const choices = [
    ...(latest ? [{ value: "latest", name: `version ${latestVersion}, newest` }] : []),
    ...(mayDraft ? [{ value: "draft", name: "draft" }] : []),
    ...Array.from({ length: Math.max(0, latestVersion - 1) }, (_, index) => ({
      value: String(latestVersion - 1 - index),
      name: `version ${latestVersion - 1 - index}`,
    })),
  ];
  if (choices.length === 0) return <Empty says="Nothing of it can be run by you yet.">It has no published version.</Empty>;
  return (
    <div class="stack run">
      <div class="filters">
        <Select isLabelled label="Run" value={which} choices={choices} onValue={setWhich} />
      </div>
      {manifest ? <Form key={which} name={name} which={which} schema={manifest.parameters} /> : <Shown of={older}>{() => null}</Shown>}
    </div>
  );
}

function Form({ name, which, schema }: { name: string; which: string; schema: unknown }) {
  const { engine, location, who } = usePage();
  const form = useMemo(() => formOf(schema), [schema]);
  const key = `runwright-run:${who.id}:${name}`;
  const [texts, setTexts] = useState(() => textsAtFirst(form.fields, kept.read(key)));
  const [dry, setDry] = useState("");
  const [machine, setMachine] = useState("");
  const [tried, setTried] = useState(0);
  const { act, busy, problem } = useAct(["jobs"]);
  const filled = fill(form, texts);
  const wrong = tried > 0 && "problems" in filled ? filled.problems : {};
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(tried + 1);
    if ("problems" in filled) return;
    act(async () => {
      kept.write(key, keepable(form, filled.params));
      const job = await engine.send<Job>("POST", `/api/v1/runbooks/${inPath(name)}/jobs`, {
        params: filled.params,
        ...(which === "draft" ? { draft: true } : which === "latest" ? {} : { version: Number(which) }),
        ...(dry === "" ? {} : { dry: true }),
        ...(machine.trim() === "" ? {} : { machine: machine.trim() }),
      });
      location.go(`/jobs/${inPath(job.id)}`);
    });
  };
  return (
    <form class="columns" onSubmit={submit} noValidate>
      <Sheet name="Parameters">
        {form.fields.length === 0 && <span class="soft">It takes none.</span>}
        {form.fields.map((field: Parameter) => (
          <ParameterField
            key={field.name}
            field={field}
            text={texts[field.name] ?? ""}
            wrong={wrong[field.name]}
            onText={(text) => setTexts((before) => ({ ...before, [field.name]: text }))}
          />
        ))}
      </Sheet>
      <Sheet name="How it runs">
        <Select
          isLabelled
          label="Writes"
          value={dry}
          choices={[
            { value: "", name: "are done" },
            { value: "dry", name: "are recorded, not done (dry run)" },
          ]}
          onValue={setDry}
        />
        <MachineChoice value={machine} onValue={setMachine} />
        {problem && <ProblemBox problem={problem} />}
        <div class="run-button">
          <button type="submit" class="button main" disabled={busy}>
            {busy ? "Asking…" : dry ? "Run dry" : "Run"}
          </button>
          <span class="wrong" role="status">
            {Object.keys(wrong).length > 0 ? "Something is missing or wrong in the parameters." : ""}
          </span>
        </div>
      </Sheet>
    </form>
  );
}

/** A selector's pattern takes these; of other texts there are no suggestions. */
const PLAIN = /^[A-Za-z0-9._-]+$/;

function MachineChoice({ value, onValue }: { value: string; onValue(text: string): void }) {
  const begin = value.trim();
  const query = begin === "" ? { limit: 20 } : { selector: `name=${begin}*`, limit: 20 };
  return (
    <div class="field">
      <span class="label" aria-hidden="true">
        Only on the machine
      </span>
      <Suggest
        label="Only on the machine"
        placeholder="any that it selects"
        value={value}
        onValue={onValue}
        from={begin === "" || PLAIN.test(begin) ? { path: "/api/v1/machines", options: { query, of: [] } } : undefined}
      />
      <span class="hint">Cuts whatever it and its children select to this one.</span>
    </div>
  );
}
