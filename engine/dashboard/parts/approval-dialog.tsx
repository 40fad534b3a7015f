import { useMemo, useState } from "preact/hooks";
import type { Approval } from "../../protocol/http/approvals.ts";
import { inPath } from "../model/engine.ts";
import { fill, formOf, type Texts } from "../model/run-form.ts";
import { ApprovalFacts, Decisions } from "./approval-facts.tsx";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { usePage } from "./page-context.ts";
import { ParameterField } from "./parameter-field.tsx";
import { useRead } from "./read.tsx";

export type Decision = "approve" | "reject";

/** Asks whoever decides about what a job waits for: why, and what the job's form wants to know. */
export function ApprovalDialog({ approval, decision, onClose }: { approval: Approval; decision: Decision; onClose(): void }) {
  const { engine, reads } = usePage();
  const path = `/api/v1/approvals/${inPath(approval.id)}`;
  const { value: whole } = useRead<Approval>(path, { of: ["approvals"] });
  const [reason, setReason] = useState("");
  const [texts, setTexts] = useState<Texts>({});
  const asksForAnswers = decision === "approve" && approval.form !== null;
  const form = useMemo(() => (asksForAnswers ? formOf(approval.form) : undefined), [asksForAnswers, approval.form]);
  const filled = form ? fill(form, texts) : { params: undefined };
  const problems = "problems" in filled ? filled.problems : {};
  const decide = async () => {
    await engine.send("POST", `${path}/${decision}`, { reason, ...("params" in filled && filled.params ? { answers: filled.params } : {}) });
    reads.changed(["approvals", "jobs"]);
  };
  return (
    <Dialog
      title={decision === "approve" ? "Approve" : "Reject"}
      act={decision === "approve" ? "Approve" : "Reject"}
      isGrave={decision === "reject"}
      mayAct={"params" in filled}
      does={decide}
      onClose={onClose}
    >
      <ApprovalFacts approval={approval} />
      <Decisions of={whole?.decisions} />
      {form?.fields.map((field) => (
        <ParameterField
          key={field.name}
          field={field}
          text={texts[field.name] ?? ""}
          wrong={texts[field.name] === undefined ? undefined : problems[field.name]}
          onText={(text) => setTexts((before) => ({ ...before, [field.name]: text }))}
        />
      ))}
      <TextField name="Reason" value={reason} onValue={setReason} hint="For the record and for the job" />
    </Dialog>
  );
}
