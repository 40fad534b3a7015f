import type { Approval } from "../../protocol/http/approvals.ts";
import { mayAt } from "../model/rights.ts";
import type { Decision } from "./approval-dialog.tsx";
import { usePage } from "./page-context.ts";

/** The two answers, for whoever may give them. */
export function ApprovalActs({ approval, onDecide }: { approval: Approval; onDecide(decision: Decision): void }) {
  const { who } = usePage();
  if (approval.status !== "pending" || !mayAt(who, "approval.decide", approval.scope)) return null;
  return (
    <div class="acts">
      {(["approve", "reject"] as const).map((decision) => (
        <button key={decision} type="button" class="button" onClick={() => onDecide(decision)}>
          {decision === "approve" ? "Approve" : "Reject"}
          <span class="hidden-text"> {approval.message.slice(0, 80)}</span>
        </button>
      ))}
    </div>
  );
}
