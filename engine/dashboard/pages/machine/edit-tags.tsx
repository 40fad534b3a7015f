import { useState } from "preact/hooks";
import type { Machine } from "../../../protocol/http/machines.ts";
import { inPath } from "../../model/engine.ts";
import { rowsOfTags, type TagRow, tagProblems, tagsOf } from "../../model/tags-text.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { usePage } from "../../parts/page-context.ts";

/** Tags are what selectors go by: another tag may bring a machine into a window, or out of it. */
export function EditTags({ machine, onClose }: { machine: Machine; onClose(): void }) {
  const { engine, reads } = usePage();
  const [rows, setRows] = useState<readonly TagRow[]>(() => [...rowsOfTags(machine.tags), { key: "", value: "" }]);
  const problems = tagProblems(rows);
  const change = (at: number, changed: Partial<TagRow>) => {
    const next = rows.map((row, i) => (i === at ? { ...row, ...changed } : row));
    const last = next.at(-1);
    setRows(last && last.key !== "" ? [...next, { key: "", value: "" }] : next);
  };
  const does = async () => {
    await engine.send("PUT", `/api/v1/machines/${inPath(machine.name)}/tags`, { tags: tagsOf(rows) });
    reads.changed(["machines", "updates", "activity"]);
  };
  return (
    <Dialog title={`Tags of ${machine.name}`} act="Save" does={does} mayAct={problems.every((one) => one === undefined)} onClose={onClose}>
      <div class="tag-rows">
        {rows.map(({ key, value }, at) => (
          <div class="tag-row" key={at}>
            <input
              class="input mono"
              aria-label={`Key ${at + 1}`}
              placeholder="key"
              value={key}
              aria-invalid={problems[at] !== undefined}
              onInput={(event) => change(at, { key: event.currentTarget.value })}
            />
            <span aria-hidden="true">=</span>
            <input
              class="input mono"
              aria-label={`Value ${at + 1}`}
              placeholder="value"
              value={value}
              onInput={(event) => change(at, { value: event.currentTarget.value })}
            />
            <button
              type="button"
              class="button plain"
              aria-label={`Remove tag ${key || at + 1}`}
              disabled={at === rows.length - 1}
              onClick={() => setRows(rows.toSpliced(at, 1))}
            >
              Remove
            </button>
            {problems[at] !== undefined && <span class="wrong">{problems[at]}</span>}
          </div>
        ))}
      </div>
      <p class="soft">Selectors of windows, policies and runbooks go by tags: what reaches this machine may change.</p>
    </Dialog>
  );
}
