import { useState } from "preact/hooks";
import type { DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { Problem, toProblem } from "../../model/problem.ts";
import { totalOf } from "../../model/rollout.ts";
import { counted } from "../../model/words.ts";
import { Name } from "../../parts/name.tsx";
import { usePage } from "../../parts/page-context.ts";
import { ReasonDialog } from "../../parts/reason-dialog.tsx";

/** Yes or no to exactly the plan that this page shows: its hash goes along, and another plan is refused. */
export function DecideDialog({ deployment, verb, onClose }: { deployment: DeploymentDetail; verb: "approve" | "reject"; onClose(): void }) {
  const { engine, reads } = usePage();
  // Of the plan that was shown when the dialog was opened: one that takes its place meanwhile has been read by nobody.
  const [{ id, window, planHash, machines }] = useState(deployment);
  const decide = async (reason: string) => {
    try {
      await engine.send("POST", `/api/v1/deployments/${inPath(id)}/${verb}`, { planHash, reason });
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code !== "PLAN_CHANGED") throw error;
      throw new Problem({
        ...problem,
        detail:
          "Meanwhile another plan has taken the place of this one, and nothing was decided. Close this: the page shows the new plan, and what is different in it. Read that, then decide.",
      });
    } finally {
      reads.changed(["deployments"]);
    }
  };
  const count = totalOf(machines);
  return (
    <ReasonDialog
      title={verb === "approve" ? "Approve this plan" : "Reject this plan"}
      act={verb === "approve" ? "Approve" : "Reject"}
      tone={verb === "approve" ? "plain" : "grave"}
      reason="optional"
      does={decide}
      onClose={onClose}
    >
      <p>
        {verb === "approve" ? "While its window is open, exactly this happens to " : "Nothing happens to "}
        {counted(count, "machine")} of <Name text={window} longest={80} />
        {verb === "approve" ? ", and nothing else:" : " by this plan; another one may be made, and approved:"}
      </p>
      <code class="hash">{planHash}</code>
    </ReasonDialog>
  );
}
