import { useState } from "preact/hooks";
import type { Deployment } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { retriedOf } from "../../model/rollout.ts";
import { counted } from "../../model/words.ts";
import { TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ReasonDialog } from "../../parts/reason-dialog.tsx";

/** A new deployment of what has failed or was never reached. */
export function RetryDialog({ deployment, onClose }: { deployment: Deployment; onClose(): void }) {
  const { engine, reads, location, time } = usePage();
  const { id, machines, occurrence, closesAt } = deployment;
  // Of what somebody has opened by hand nothing is left for another deployment: the window itself isn't open.
  const isOpen = !occurrence.startsWith("now ") && Date.parse(closesAt) > time.now();
  const [duration, setDuration] = useState(isOpen ? "" : "1h");
  const count = retriedOf(machines);
  const retry = async (reason: string) => {
    const made = await engine.send<Deployment>("POST", `/api/v1/deployments/${inPath(id)}/retry`, {
      reason,
      ...(duration.trim() === "" ? {} : { duration: duration.trim() }),
    });
    reads.changed(["deployments"]);
    location.go(`/deployments/${inPath(made.id)}`);
  };
  return (
    <ReasonDialog title="Retry what has failed" act="Plan it anew" reason="needed" does={retry} onClose={onClose}>
      <p>
        A new deployment takes up {counted(count, "machine")} that failed or {count === 1 ? "wasn't" : "weren't"} reached, with a plan of its own.
      </p>
      <TextField
        name="Open for"
        value={duration}
        onValue={setDuration}
        isCode
        placeholder="1h"
        hint={isOpen ? "Without it: what is left of the window." : "The window is closed: it opens now, for this long, from 30m to 24h."}
      />
    </ReasonDialog>
  );
}
