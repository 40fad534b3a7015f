import type { DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { inPath } from "../../model/engine.ts";
import { failedOf } from "../../model/rollout.ts";
import { counted } from "../../model/words.ts";
import { usePage } from "../../parts/page-context.ts";
import { ReasonDialog } from "../../parts/reason-dialog.tsx";

export type Steering = "halt" | "continue" | "abort";

const TITLES: Readonly<Record<Steering, string>> = { halt: "Halt this deployment", continue: "Let it go on", abort: "Abort this deployment" };
const ACTS: Readonly<Record<Steering, string>> = { halt: "Halt", continue: "Continue", abort: "Abort" };

export function SteerDialog({ deployment, verb, onClose }: { deployment: DeploymentDetail; verb: Steering; onClose(): void }) {
  const { engine, reads } = usePage();
  const { id, machines } = deployment;
  const [failed, busy, waiting] = [failedOf(machines), machines.InProgress ?? 0, machines.NotStarted ?? 0];
  const steer = async (reason: string) => {
    await engine.send("POST", `/api/v1/deployments/${inPath(id)}/${verb}`, { reason });
    reads.changed(["deployments"]);
  };
  const letFinish = busy > 0 ? ` What runs on ${counted(busy, "machine")} is let finish.` : "";
  const SAYS: Readonly<Record<Steering, string>> = {
    halt: `Nothing new begins until somebody lets it go on: ${counted(waiting, "machine")} wait.${letFinish}`,
    continue: `${counted(waiting, "machine")} wait. ${failed > 0 ? `The ${failed === 1 ? "one that has" : `${failed} that have`} failed by now ${failed === 1 ? "is" : "are"} forgiven; the next failure halts it again.` : ""}`,
    abort: `It ends for good, and ${counted(waiting, "machine")} ${waiting === 1 ? "is" : "are"} left as ${waiting === 1 ? "it is" : "they are"}.${letFinish} What was installed stays installed.`,
  };
  return (
    <ReasonDialog title={TITLES[verb]} act={ACTS[verb]} tone={verb === "abort" ? "grave" : "plain"} reason="optional" does={steer} onClose={onClose}>
      <p>{SAYS[verb]}</p>
    </ReasonDialog>
  );
}
