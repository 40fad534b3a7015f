import { useState } from "preact/hooks";
import type { Approval } from "../../../protocol/http/approvals.ts";
import { inPath } from "../../model/engine.ts";
import { mayAt } from "../../model/rights.ts";
import { countText } from "../../model/words.ts";
import { ApprovalDialog, type Decision } from "../../parts/approval-dialog.tsx";
import { Link } from "../../parts/link.tsx";
import { Name } from "../../parts/name.tsx";
import { Sheet } from "../../parts/page.tsx";
import { usePage } from "../../parts/page-context.ts";
import { Shown, useRead } from "../../parts/read.tsx";
import { Time } from "../../parts/time.tsx";

const AT_FIRST = 4;

/** What jobs wait for, with the two answers for whoever may give them. */
export function Approvals({ open }: { open: number | undefined }) {
  const { who } = usePage();
  const [all, setAll] = useState(false);
  const [deciding, setDeciding] = useState<{ approval: Approval; decision: Decision }>();
  const read = useRead<{ items: Approval[]; next: string | null }>("/api/v1/approvals", { query: { open: true, limit: 100 }, of: ["approvals"], every: 2_000 });
  return (
    <Sheet name="Approvals that wait">
      <Shown of={read} lines={2}>
        {({ items }) => (
          <>
            {items.length === 0 && <p class="soft">Nobody waits for an approval.</p>}
            <ul class="entries">
              {items.slice(0, all ? items.length : AT_FIRST).map((approval) => (
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
                  {mayAt(who, "approval.decide", approval.scope) && (
                    <div class="acts">
                      {(["approve", "reject"] as const).map((decision) => (
                        <button key={decision} type="button" class="button" onClick={() => setDeciding({ approval, decision })}>
                          {decision === "approve" ? "Approve" : "Reject"}
                          <span class="hidden-text"> {approval.message.slice(0, 80)}</span>
                        </button>
                      ))}
                    </div>
                  )}
                </li>
              ))}
            </ul>
            {!all && items.length > AT_FIRST && (
              <button type="button" class="button plain start" onClick={() => setAll(true)}>
                {countText(items.length - AT_FIRST)} more
              </button>
            )}
            {open !== undefined && open > items.length && (
              <p class="soft">
                These are the newest of {countText(open)}; <code>runwright approval list</code> shows all.
              </p>
            )}
          </>
        )}
      </Shown>
      {deciding && <ApprovalDialog {...deciding} onClose={() => setDeciding(undefined)} />}
    </Sheet>
  );
}
