import { useMemo, useState } from "preact/hooks";
import type { Approval } from "../../protocol/http/approvals.ts";
import { inPath } from "../model/engine.ts";
import { fill, formOf, type Texts } from "../model/run-form.ts";
import { counted } from "../model/words.ts";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { Link } from "./link.tsx";
import { Name } from "./name.tsx";
import { Facts } from "./page.tsx";
import { usePage } from "./page-context.ts";
import { ParameterField } from "./parameter-field.tsx";
import { useRead } from "./read.tsx";
import { Status } from "./status.tsx";
import { Time } from "./time.tsx";

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
  const decided = whole?.decisions ?? [];
  return (
    <Dialog
      title={decision === "approve" ? "Approve" : "Reject"}
      act={decision === "approve" ? "Approve" : "Reject"}
      isGrave={decision === "reject"}
      mayAct={"params" in filled}
      does={decide}
      onClose={onClose}
    >
      <p class="asked">
        <Name text={approval.message} longest={2_000} />
      </p>
      <Facts
        facts={[
          [
            "Runbook",
            <Link to={`/jobs/${inPath(approval.job)}`}>
              <Name text={approval.runbook} />
            </Link>,
          ],
          ["Asked for by", <Name text={approval.requester} />],
          ["Needs", `${counted(approval.minimum, "approval")} of ${approval.who.join(", ")}${approval.notRequester ? ", not of who asked" : ""}`],
          [
            "Ends",
            <>
              <Time at={approval.expiresAt} />; {approval.onTimeout === "approve" ? "approved then" : "rejected then"}
            </>,
          ],
        ]}
      />
      {decided.map(({ by, decision: word, reason: because, at }) => (
        <p key={by + at}>
          <Status word={word === "approve" ? "approved" : "rejected"} /> by <Name text={by} /> <Time at={at} />
          {because && (
            <>
              : <Name text={because} />
            </>
          )}
        </p>
      ))}
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
