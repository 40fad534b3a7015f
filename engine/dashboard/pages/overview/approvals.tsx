import { useState } from "preact/hooks";
import type { Approval } from "../../../protocol/http/approvals.ts";
import { inPath } from "../../model/engine.ts";
import { countText } from "../../model/words.ts";
import { ApprovalActs } from "../../parts/approval-acts.tsx";
import { ApprovalDialog, type Decision } from "../../parts/approval-dialog.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { Shown, useRead } from "../../parts/read.tsx";
import { Time } from "../../parts/time.tsx";

const AT_FIRST = 4;

/** What jobs wait for, with the two answers for whoever may give them. */
export function Approvals({ open }: { open: number | undefined }) {
  const [deciding, setDeciding] = useState<{ approval: Approval; decision: Decision }>();
  const read = useRead<{ items: Approval[]; next: string | null }>("/api/v1/approvals", {
    query: { open: true, limit: AT_FIRST },
    of: ["approvals"],
    every: 2_000,
  });
  return (
    <Sheet name="Approvals that wait">
      <Shown of={read} lines={2}>
        {({ items }) => (
          <>
            {items.length === 0 && <p class="soft">Nobody waits for an approval.</p>}
            <ul class="entries">
              {items.slice(0, AT_FIRST).map((approval) => (
                <li key={approval.id}>
                  <div class="text">
                    <Name text={approval.message} longest={240} />
                    <div class="soft">
                      <Link to={`/jobs/${inPath(approval.job)}`}>
                        <Name text={approval.runbook} longest={60} />
                      </Link>
                      , by <Name text={approval.requester} longest={60} /> <Time at={approval.requestedAt} />; ends <Time at={approval.expiresAt} />
                    </div>
                  </div>
                  <ApprovalActs approval={approval} onDecide={(decision) => setDeciding({ approval, decision })} />
                </li>
              ))}
            </ul>
            {items.length > 0 && (
              <p>
                <Link to="/approvals">{open !== undefined && open > AT_FIRST ? `All ${countText(open)}` : "All approvals"}</Link>
              </p>
            )}
          </>
        )}
      </Shown>
      {deciding && <ApprovalDialog {...deciding} onClose={() => setDeciding(undefined)} />}
    </Sheet>
  );
}
