import { counted } from "../counted.ts";
import type { TakenBack } from "../rollback.ts";

/** The runbook that takes deployments back. */
export const ROLLBACK_RUNBOOK = "rollback";

/** What the runbook sees of what it is to take back. */
export interface RollbackView {
  id: string;
  window: string;
  scope: string;
  /** Only to be looked at. */
  plan: boolean;
  machines: readonly RollbackMachineView[];
}

export interface RollbackMachineView {
  id: string;
  name: string;
  /** How many updates the deployment has installed, or tried to. */
  updates: number;
}

/** What became of one machine, or would. */
export interface MachineRollback {
  machine: string;
  /** Why nothing is known to have been done; null: the machine has answered. */
  problem: string | null;
  updates: readonly TakenBack[];
  rebootPending: boolean;
}

/** In a sentence, such as `2 of 3 updates went back; bash: it was new on this machine`. */
export function rollbackText({ problem, updates, rebootPending }: MachineRollback): string {
  if (problem !== null) return problem;
  const back = updates.filter(({ status }) => status === "Succeeded").length;
  const others = updates.filter(({ status, message }) => status !== "Succeeded" && message !== "").slice(0, MOST_NAMED);
  const words = [`${back} of ${counted(updates.length, "update")} went back`, ...others.map(({ name, message }) => `${name}: ${message}`)];
  return [...words, ...(rebootPending ? ["a reboot is pending"] : [])].join("; ");
}

const MOST_NAMED = 3;
