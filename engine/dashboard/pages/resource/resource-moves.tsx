import { useState } from "preact/hooks";
import { isEnabled } from "../../../core/loosely.ts";
import type { Action } from "../../../core/role.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { conflictOr } from "../../model/conflict.ts";
import { inPath } from "../../model/engine.ts";
import { mayAt } from "../../model/rights.ts";
import { cut } from "../../model/words.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";

/** Switches a resource on and off, and deletes it: what was seen, and nothing that somebody has changed since. */
export function ResourceMoves({ resource, noun, action, listed }: { resource: Resource; noun: string; action: Action; listed: string }) {
  const { who, engine, reads, location } = usePage();
  const [asked, setAsked] = useState<"switch" | "delete">();
  /** As it was when the question was asked: it may change while it is read. */
  const [seen, setSeen] = useState(resource);
  if (!mayAt(who, action, resource.scope)) return null;
  const path = `/api/v1/${noun}/${inPath(resource.name)}`;
  const enabled = isEnabled(seen.spec);
  const verb = enabled ? "Disable" : "Enable";
  const ask = (move: "switch" | "delete") => {
    setSeen(resource);
    setAsked(move);
  };
  const done = async (does: Promise<unknown>) => {
    try {
      await does;
    } catch (error) {
      throw conflictOr(error, seen);
    } finally {
      // Whoever tries again decides about what they see by then.
      await reads.changed(["resources"]);
      setSeen(resource);
    }
  };
  const { name, revision } = seen;
  return (
    <>
      <button type="button" class="button" onClick={() => ask("switch")}>
        {isEnabled(resource.spec) ? "Disable" : "Enable"}
      </button>
      <button type="button" class="button grave" onClick={() => ask("delete")}>
        Delete
      </button>
      {asked === "switch" && (
        <Dialog
          title={`${verb} ${cut(name, 80)}?`}
          act={verb}
          does={() => done(engine.send("PUT", path, { expectedRevision: revision, spec: { ...seen.spec, enabled: !enabled } }))}
          onClose={() => setAsked(undefined)}
        >
          <p>
            {enabled
              ? "It starts nothing until it is enabled again. What it has started goes on."
              : "It starts runbooks again from now on. What it has missed while it was disabled isn't made up for."}
          </p>
          <p class="soft">Where it is kept as a file, change the file as well: the next apply makes it what the file says.</p>
        </Dialog>
      )}
      {asked === "delete" && (
        <Dialog
          title={`Delete ${cut(name, 80)}?`}
          act="Delete"
          isGrave
          does={() => done(engine.send("DELETE", path, undefined, { query: { expectedRevision: revision } })).then(() => location.go(listed))}
          onClose={() => setAsked(undefined)}
        >
          <p>
            <Name text={name} longest={120} /> can't be brought back from here. Jobs that it has started go on, and stay.
          </p>
        </Dialog>
      )}
    </>
  );
}
