import { useState } from "preact/hooks";
import type { Deployment, RollbackStarted } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { Field, TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";

/** A job that takes back what was installed; or only says what would go back, and what can't. */
export function RollBackDialog({ deployment, onClose }: { deployment: Deployment; onClose(): void }) {
  const { engine, reads, location } = usePage();
  const [mode, setMode] = useState<"plan" | "do">("plan");
  const [reason, setReason] = useState("");
  const [names, setNames] = useState("");
  const machines = names.split(/[\s,]+/).filter((name) => name !== "");
  const rollBack = async () => {
    const body = { plan: mode === "plan", ...(reason.trim() === "" ? {} : { reason: reason.trim() }), ...(machines.length === 0 ? {} : { machines }) };
    const { jobId } = await engine.send<RollbackStarted>("POST", `/api/v1/deployments/${inPath(deployment.id)}/rollback`, body);
    reads.changed(["deployments", "jobs"]);
    location.go(`/jobs/${inPath(jobId)}`);
  };
  return (
    <Dialog
      title="Roll back"
      act={mode === "plan" ? "Say what would go back" : "Roll back"}
      isGrave={mode === "do"}
      mayAct={mode === "plan" || reason.trim() !== ""}
      does={rollBack}
      onClose={onClose}
    >
      <p>
        A job brings packages back to the versions before this deployment, as far as package managers can. Its outputs say for each machine what became of each
        update.
      </p>
      <Field
        name="How"
        hint={
          mode === "plan"
            ? "Nothing is changed: it says what would go back, and what can't and why."
            : "Packages are changed now, whether a window is open or not."
        }
      >
        {({ id, describedBy }) => (
          <select
            id={id}
            class="input"
            aria-describedby={describedBy}
            value={mode}
            onChange={(event) => setMode(event.currentTarget.value === "do" ? "do" : "plan")}
          >
            <option value="plan">Only say what would go back</option>
            <option value="do">Roll back</option>
          </select>
        )}
      </Field>
      <TextField
        name="Machines"
        value={names}
        onValue={setNames}
        isCode
        hint="Names, with spaces between them. Without: all on which it has installed something."
      />
      <TextField
        name="Why"
        value={reason}
        onValue={setReason}
        hint={mode === "plan" ? "It isn't needed for a look." : "Others will ask: it is written into the activity log."}
      />
    </Dialog>
  );
}
