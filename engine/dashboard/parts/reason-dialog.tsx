import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";

/** A question that asks why, as others will. */
export function ReasonDialog({
  title,
  act,
  does,
  reason: need,
  tone = "plain",
  mayAct = true,
  onClose,
  children,
}: {
  title: string;
  act: string;
  does(reason: string): Promise<unknown>;
  reason: "needed" | "optional";
  tone?: "plain" | "grave";
  /** Also what else the dialog asks for is there. */
  mayAct?: boolean;
  onClose(): void;
  children?: ComponentChildren;
}) {
  const [reason, setReason] = useState("");
  const said = reason.trim();
  return (
    <Dialog
      title={title}
      act={act}
      does={() => does(said)}
      isGrave={tone === "grave"}
      mayAct={mayAct && (need === "optional" || said !== "")}
      onClose={onClose}
    >
      {children}
      <TextField name={need === "needed" ? "Why" : "Why (others will ask)"} value={reason} onValue={setReason} hint="It is written into the activity log." />
    </Dialog>
  );
}
