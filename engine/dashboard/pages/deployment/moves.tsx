import { useState } from "preact/hooks";
import type { DeploymentDetail } from "../../../protocol/http/deployments.ts";
import { type Move, movesOf } from "../../model/deployment-moves.ts";
import { mayAt } from "../../model/rights.ts";
import { usePage } from "../../parts/page-context.ts";
import { DecideDialog } from "./decide.tsx";
import { RetryDialog } from "./retry.tsx";
import { RollBackDialog } from "./roll-back.tsx";
import { SteerDialog } from "./steer.tsx";

const NAMES: Readonly<Record<Move, string>> = {
  approve: "Approve…",
  reject: "Reject…",
  halt: "Halt…",
  continue: "Continue…",
  abort: "Abort…",
  retry: "Retry failed…",
  rollback: "Roll back…",
};
const MAIN: readonly Move[] = ["approve", "continue", "retry"];

export function Moves({ deployment }: { deployment: DeploymentDetail }) {
  const { who } = usePage();
  const [chosen, setChosen] = useState<Move>();
  const mayDecide = mayAt(who, "deployment.approve", deployment.scope);
  const maySteer = mayAt(who, "deployment.steer", deployment.scope);
  const moves = movesOf(deployment).filter((move) => (move === "approve" || move === "reject" ? mayDecide : maySteer));
  const close = () => setChosen(undefined);
  return (
    <>
      {moves.map((move) => (
        <button
          key={move}
          type="button"
          class={`button ${MAIN.includes(move) ? "main" : ""} ${move === "abort" ? "grave" : ""}`}
          onClick={() => setChosen(move)}
        >
          {NAMES[move]}
        </button>
      ))}
      {(chosen === "approve" || chosen === "reject") && <DecideDialog {...{ deployment }} verb={chosen} onClose={close} />}
      {(chosen === "halt" || chosen === "continue" || chosen === "abort") && <SteerDialog {...{ deployment }} verb={chosen} onClose={close} />}
      {chosen === "retry" && <RetryDialog {...{ deployment }} onClose={close} />}
      {chosen === "rollback" && <RollBackDialog {...{ deployment }} onClose={close} />}
    </>
  );
}
