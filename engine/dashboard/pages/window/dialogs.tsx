import { useState } from "preact/hooks";
import type { Deployment } from "../../../protocol/http/deployments.ts";
import type { Resource } from "../../../protocol/http/resources.ts";
import { inPath } from "../../model/engine.ts";
import type { Occurrence } from "../../model/window-words.ts";
import { TextField } from "../../parts/field.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ReasonDialog } from "../../parts/reason-dialog.tsx";

const KINDS = ["resources", "deployments"] as const;
const pathOf = ({ name }: Resource): string => `/api/v1/windows/${inPath(name)}`;

export function RunNowDialog({ window, onMade, onClose }: { window: Resource; onMade(made: Deployment): void; onClose(): void }) {
  const { engine, reads } = usePage();
  const [duration, setDuration] = useState("");
  const run = async (reason: string) => {
    const made = await engine.send<Deployment>("POST", `${pathOf(window)}/run`, { reason, ...(duration.trim() === "" ? {} : { duration: duration.trim() }) });
    reads.changed(KINDS);
    onMade(made);
  };
  return (
    <ReasonDialog title="Open this window now" act="Open now" reason="needed" does={run} onClose={onClose}>
      <p>{window.spec.approval === undefined ? "A plan is made and carried out at once." : "A plan is made; it is carried out when it is approved."}</p>
      <TextField
        name="Open for"
        value={duration}
        onValue={setDuration}
        isCode
        placeholder={String(window.spec.duration ?? "")}
        hint="From 30m to 24h. Without it: as long as the window."
      />
    </ReasonDialog>
  );
}

export function CancelDialog({ window, onClose }: { window: Resource; onClose(): void }) {
  const { engine, reads } = usePage();
  const cancel = async (reason: string) => {
    await engine.send("POST", `${pathOf(window)}/cancel`, { reason });
    reads.changed(KINDS);
  };
  return (
    <ReasonDialog title="Close all that is open of this window" act="Close it" tone="grave" reason="needed" does={cancel} onClose={onClose}>
      <p>Nothing new begins in it. What runs on machines is let finish.</p>
    </ReasonDialog>
  );
}

export function SkipDialog({ window, occurrence, verb, onClose }: { window: Resource; occurrence: Occurrence; verb: "skip" | "unskip"; onClose(): void }) {
  const { engine, reads } = usePage();
  const skip = async (reason: string) => {
    await engine.send("POST", `${pathOf(window)}/${verb}`, { reason, occurrence: occurrence.occurrence });
    reads.changed(KINDS);
  };
  return (
    <ReasonDialog
      title={verb === "skip" ? "Leave this opening out" : "Take it back: let it open"}
      act={verb === "skip" ? "Skip it" : "Let it open"}
      reason="needed"
      does={skip}
      onClose={onClose}
    >
      <p>
        <code>{occurrence.planned}</code> {verb === "skip" ? "isn't planned, or its plan isn't carried out. The ones after it stay." : "is planned anew."}
      </p>
    </ReasonDialog>
  );
}
