import { useState } from "preact/hooks";
import type { Approval } from "../../../protocol/http/approvals.ts";
import { inPath } from "../../model/engine.ts";
import { ApprovalActs } from "../../parts/approval-acts.tsx";
import { ApprovalDialog, type Decision } from "../../parts/approval-dialog.tsx";
import { ApprovalFacts, Decisions } from "../../parts/approval-facts.tsx";
import { Aside } from "../../parts/beside.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Status } from "../../parts/status.tsx";

/** One approval, with who has decided, and the two answers while it waits for one. */
export function ApprovalAside({ id, onClose }: { id: string; onClose(): void }) {
  const [decision, setDecision] = useState<Decision>();
  const read = useRead<Approval>(`/api/v1/approvals/${inPath(id)}`, { of: ["approvals"] });
  return (
    <Aside name="Approval" onClose={onClose}>
      <Shown of={read} lines={4}>
        {(approval) => (
          <>
            <ApprovalStatus word={approval.status} />
            <ApprovalFacts approval={approval} />
            <Decisions of={approval.decisions} />
            <ApprovalActs approval={approval} onDecide={setDecision} />
            {decision && <ApprovalDialog approval={approval} decision={decision} onClose={() => setDecision(undefined)} />}
          </>
        )}
      </Shown>
    </Aside>
  );
}

/** What waits for somebody isn't quiet. */
export const ApprovalStatus = ({ word }: { word: Approval["status"] }) => (word === "pending" ? <Status word={word} tone="warn" /> : <Status word={word} />);
