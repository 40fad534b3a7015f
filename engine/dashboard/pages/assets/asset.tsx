import { useState } from "preact/hooks";
import type { Asset } from "../../../protocol/http/access.ts";
import { inPath } from "../../model/engine.ts";
import { Problem, toProblem } from "../../model/problem.ts";
import { mayAt } from "../../model/rights.ts";
import { Aside } from "../../parts/beside.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Check } from "../../parts/field.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Facts } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Time } from "../../parts/time.tsx";
import { SetAsset } from "./set-asset.tsx";

/** What is known of one asset besides its value. */
export function AssetAside({ asset, onClose }: { asset: Asset; onClose(): void }) {
  const { who } = usePage();
  const [asked, setAsked] = useState<"set" | "delete">();
  const { name, kind, scope, type, encrypted, subject, expiresAt, version, createdAt, createdBy, updatedAt, updatedBy } = asset;
  const close = () => setAsked(undefined);
  return (
    <Aside name={`Asset ${name}`} heading={<Name text={name} />} onClose={onClose}>
      <Facts
        facts={[
          ["Kind", kind],
          ...(type === null ? [] : ([["Type", type]] as const)),
          ...(kind === "variable" ? ([["Shown", encrypted ? "never" : "to whoever may list assets"]] as const) : []),
          ["Scope", <Name text={scope} />],
          ...(subject === null ? [] : ([["Subject", <Name text={subject} />]] as const)),
          ...(expiresAt === null ? [] : ([["Ends", <Time at={expiresAt} />]] as const)),
          ["Version", String(version)],
          ["Set", <By at={updatedAt} name={updatedBy} />],
          ["Made", <By at={createdAt} name={createdBy} />],
        ]}
      />
      {mayAt(who, "activity.read", scope) && <Link to={`/activity?target=${inPath(`${kind}:${name}`)}`}>Who read and set it</Link>}
      {mayAt(who, "asset.write", scope) && (
        <div class="filters">
          <button type="button" class="button" onClick={() => setAsked("set")}>
            Set a new value
          </button>
          <button type="button" class="button grave" onClick={() => setAsked("delete")}>
            Delete
          </button>
        </div>
      )}
      {asked === "set" && <SetAsset of={asset} onClose={close} />}
      {asked === "delete" && <Delete asset={asset} onDeleted={onClose} onClose={close} />}
    </Aside>
  );
}

function By({ at, name }: { at: string; name: string }) {
  return (
    <>
      <Time at={at} />, by <Name text={name} />
    </>
  );
}

/** The engine refuses at first when something would break without it, and names that. */
function Delete({ asset: { name, scope, kind }, onDeleted, onClose }: { asset: Asset; onDeleted(): void; onClose(): void }) {
  const { engine, reads } = usePage();
  const [breaks, setBreaks] = useState(false);
  const [mayBreak, setMayBreak] = useState(false);
  const does = async () => {
    try {
      await engine.send("DELETE", `/api/v1/assets/${inPath(name)}`, undefined, { query: { scope, ...(mayBreak ? { breakTriggers: true } : {}) } });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code !== "BREAKS_TRIGGERS") throw problem;
      setBreaks(true);
      throw new Problem({ ...problem, detail: problem.message.replace(" (--break-triggers)", "") });
    }
    reads.changed(["assets", "activity"]);
    onDeleted();
  };
  return (
    <Dialog title={`Delete ${kind} ${name}`} act="Delete" isGrave does={does} onClose={onClose}>
      <p>All its versions are forgotten. Runbooks that read it fail from now on; jobs that have read it already go on.</p>
      {breaks && <Check name="Delete it even so" isChecked={mayBreak} onCheck={setMayBreak} />}
    </Dialog>
  );
}
