import { useState } from "preact/hooks";
import type { Resource } from "../../../protocol/http/resources.ts";
import type { TestAnswer } from "../../../protocol/http/webhooks.ts";
import { inPath } from "../../model/engine.ts";
import { Field, TextField } from "../../parts/field.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ProblemBox } from "../../parts/read.tsx";
import { Select } from "../../parts/select.tsx";
import { useAct } from "../../parts/use-act.ts";

/** Has the engine sign a request and handle it as one from outside, or only say what it would start. */
export function TryOut({ webhook: { name } }: { webhook: Resource }) {
  const { engine } = usePage();
  const [body, setBody] = useState("{}");
  const [contentType, setContentType] = useState("application/json");
  const [how, setHow] = useState("dry");
  const [answer, setAnswer] = useState<TestAnswer>();
  const { act, busy, problem } = useAct(["jobs"]);
  const submit = (event: Event) => {
    event.preventDefault();
    setAnswer(undefined);
    act(async () =>
      setAnswer(await engine.send<TestAnswer>("POST", `/api/v1/webhooks/${inPath(name)}/test`, { body, contentType, ...(how === "dry" ? { dry: true } : {}) })),
    );
  };
  return (
    <form class="columns" onSubmit={submit}>
      <Sheet name="A request">
        <Field name="Body" hint="As it would be sent.">
          {({ id, describedBy }) => (
            <textarea
              id={id}
              aria-describedby={describedBy}
              class="input mono"
              rows={10}
              spellcheck={false}
              value={body}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          )}
        </Field>
        <TextField name="Content type" isCode value={contentType} onValue={setContentType} />
        <Select
          isLabelled
          label="Then"
          value={how}
          choices={[
            { value: "dry", name: "say what it would start" },
            { value: "real", name: "start it" },
          ]}
          onValue={setHow}
        />
        <div>
          <button type="submit" class={`button ${how === "dry" ? "" : "main"}`} disabled={busy}>
            {busy ? "Sending…" : how === "dry" ? "Try" : "Send"}
          </button>
        </div>
      </Sheet>
      <Sheet name="What becomes of it">
        <div role="status" class="stack">
          {problem && <ProblemBox problem={problem} />}
          {answer ? <Answer answer={answer} /> : !problem && <span class="soft">Nothing was sent yet.</span>}
        </div>
      </Sheet>
    </form>
  );
}

function Answer({ answer: { skipped, wouldStart, jobIds } }: { answer: TestAnswer }) {
  return (
    <>
      {skipped !== undefined && (
        <p>
          It starts nothing: <Name text={skipped} longest={600} />
        </p>
      )}
      {wouldStart?.map(({ runbook, parameters }, index) => (
        <div key={index} class="stack">
          <span>
            would start{" "}
            <Link to={`/runbooks/${inPath(runbook)}`}>
              <Name text={runbook} />
            </Link>{" "}
            with
          </span>
          <JsonTree label={`Parameters of ${runbook}`} value={parameters} around={500} />
        </div>
      ))}
      {jobIds.map((id) => (
        <span key={id}>
          started <Link to={`/jobs/${inPath(id)}`}>{id}</Link>
        </span>
      ))}
    </>
  );
}
