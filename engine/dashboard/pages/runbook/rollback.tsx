import { useState } from "preact/hooks";
import type { Diff, RunbookDetails, Version } from "../../../protocol/http/runbooks.ts";
import { inPath } from "../../model/engine.ts";
import { toProblem } from "../../model/problem.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { PermissionChanges } from "./permission-changes.tsx";

/** Publishes an earlier version again. What it may do that the newest may not is told before. */
export function Rollback({ runbook: { name, latestVersion }, to, onClose }: { runbook: RunbookDetails; to: Version; onClose(): void }) {
  const { engine, reads } = usePage();
  const [message, setMessage] = useState(`Back to version ${to.version}`);
  const [breaks, setBreaks] = useState<"unknown" | "refused" | "accepted">("unknown");
  const diff = useRead<Diff>(`/api/v1/runbooks/${inPath(name)}/diff`, { query: { from: latestVersion, to: to.version }, of: [] });
  const does = async () => {
    try {
      await engine.send("POST", `/api/v1/runbooks/${inPath(name)}/rollback`, {
        version: to.version,
        message,
        expectedVersion: latestVersion,
        ...(breaks === "accepted" ? { breakTriggers: true } : {}),
      });
    } catch (error) {
      if (toProblem(error).code === "BREAKS_TRIGGERS") setBreaks("refused");
      throw error;
    } finally {
      reads.changed(["runbooks"]);
    }
  };
  return (
    <Dialog title={`Roll ${name} back to version ${to.version}`} act="Roll back" does={does} onClose={onClose}>
      <p>
        Version {to.version} is published again as version {latestVersion + 1}. Jobs that are under way keep theirs.
      </p>
      <Shown of={diff} lines={2}>
        {({ permissions }) => <PermissionChanges changes={permissions} from={latestVersion} to={to.version} />}
      </Shown>
      <TextField name="Message" value={message} onValue={setMessage} hint="Stands in the list of versions and in the activity log." />
      {breaks !== "unknown" && (
        <label class="check">
          <input type="checkbox" checked={breaks === "accepted"} onChange={(event) => setBreaks(event.currentTarget.checked ? "accepted" : "refused")} /> Also
          though what starts it will stop working
        </label>
      )}
    </Dialog>
  );
}
