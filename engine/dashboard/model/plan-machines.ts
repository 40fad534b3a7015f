import type { DeploymentMachine } from "../../protocol/http/deployments.ts";
import { type Engine, inPath } from "./engine.ts";

/** All of a plan that a page reads at once, and compares with another one. */
export interface PlanMachines {
  machines: readonly DeploymentMachine[];
  /** The plan has more machines than these. */
  isCut: boolean;
}

const AT_ONCE = 500;
export const MOST_PLAN_MACHINES = 1_000;

/** @throws Problem */
export async function planMachines(engine: Pick<Engine, "get">, deployment: string, signal: AbortSignal): Promise<PlanMachines> {
  const machines: DeploymentMachine[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: DeploymentMachine[]; next: string | null } = await engine.get(`/api/v1/deployments/${inPath(deployment)}/machines`, {
      query: { limit: AT_ONCE, cursor },
      signal,
    });
    machines.push(...page.items);
    cursor = page.next;
  } while (cursor !== null && machines.length < MOST_PLAN_MACHINES);
  return { machines, isCut: cursor !== null };
}
