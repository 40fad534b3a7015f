import { isEnded, PENDING, UNDER_WAY } from "../../core/deploy/status.ts";
import type { Deployment } from "../../protocol/http/deployments.ts";
import { retriedOf } from "./rollout.ts";

/** What people do with a deployment, in the order in which it is offered. */
export const MOVES = ["approve", "reject", "continue", "halt", "abort", "retry", "rollback"] as const;
export type Move = (typeof MOVES)[number];

/** What can be done with a deployment as it stands; the engine decides in the end. */
export function movesOf({ status, machines, approval }: Pick<Deployment, "status" | "machines" | "approval">): Move[] {
  const { Succeeded = 0, SucceededWithWarnings = 0, Failed = 0, RebootUnverified = 0 } = machines;
  const when: Readonly<Record<Move, boolean>> = {
    approve: status === "awaitingApproval",
    reject: status === "awaitingApproval" || (status === "approved" && approval.count > 0),
    continue: status === "halted",
    halt: status === "running",
    abort: PENDING.includes(status) || (UNDER_WAY.includes(status) && status !== "aborting"),
    retry: isEnded(status) && retriedOf(machines) > 0,
    rollback: isEnded(status) && Succeeded + SucceededWithWarnings + Failed + RebootUnverified > 0,
  };
  return MOVES.filter((move) => when[move]);
}
