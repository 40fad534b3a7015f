import type { Approval } from "../../protocol/http/approvals.ts";
import { inPath } from "../model/engine.ts";
import { counted } from "../model/words.ts";
import { Link } from "./link.tsx";
import { Name } from "./name.tsx";
import { Facts } from "./page.tsx";
import { Status } from "./status.tsx";
import { Time } from "./time.tsx";

/** What a job asks people for: in whole, who asks, who decides, and until when. */
export function ApprovalFacts({ approval }: { approval: Approval }) {
  const { message, job, runbook, requester, minimum, who, notRequester, expiresAt, onTimeout, closedAt } = approval;
  const ends = (
    <>
      <Time at={expiresAt} />; {onTimeout === "approve" ? "approved then" : "rejected then"}
    </>
  );
  return (
    <>
      <p class="asked">
        <Name text={message} longest={2_000} />
      </p>
      <Facts
        facts={[
          [
            "Runbook",
            <Link to={`/jobs/${inPath(job)}`}>
              <Name text={runbook} />
            </Link>,
          ],
          ["Asked for by", <Name text={requester} />],
          ["Needs", `${counted(minimum, "approval")} of ${who.join(", ")}${notRequester ? ", not of who asked" : ""}`],
          closedAt === null ? ["Ends", ends] : ["Closed", <Time at={closedAt} />],
        ]}
      />
    </>
  );
}

/** Who has decided so far, and why. */
export function Decisions({ of = [] }: { of: Approval["decisions"] }) {
  return (
    <>
      {of.map(({ by, decision, reason, at }) => (
        <p key={by + at}>
          <Status word={decision === "approve" ? "approved" : "rejected"} /> by <Name text={by} /> <Time at={at} />
          {reason && (
            <>
              : <Name text={reason} />
            </>
          )}
        </p>
      ))}
    </>
  );
}
