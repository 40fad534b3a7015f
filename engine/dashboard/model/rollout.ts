import { countsAsFailed, isEnded, isRetried, MACHINE_STATUSES, type MachineStatus } from "../../core/deploy/status.ts";
import type { Deployment, DeploymentProgress } from "../../protocol/http/deployments.ts";
import { lengthText } from "./words.ts";

export type Counts = Readonly<Record<string, number>>;

/** In the order in which a bar shows them: what is done, what went wrong, what was set aside, what goes on, what waits. */
const ORDER: readonly MachineStatus[] = [
  ...(["Succeeded", "SucceededWithWarnings", "Failed", "AgentLost", "RebootUnverified", "PlanDrift", "SkippedByGate"] as const),
  ...(["MaintenanceWindowExceeded", "Frozen", "Cancelled", "InProgress", "NotStarted"] as const),
];

/** What a bar of machines is made of; without those that the plan leaves alone. */
export const partsOf = (machines: Counts): { status: MachineStatus; count: number }[] =>
  ORDER.flatMap((status) => ((machines[status] ?? 0) === 0 ? [] : [{ status, count: machines[status] ?? 0 }]));

const sumOf = (machines: Counts, statuses: readonly MachineStatus[]): number => statuses.reduce((sum, status) => sum + (machines[status] ?? 0), 0);
export const failedOf = (machines: Counts): number => sumOf(machines, MACHINE_STATUSES.filter(countsAsFailed));
/** Those that `retry` would take up. */
export const retriedOf = (machines: Counts): number => sumOf(machines, MACHINE_STATUSES.filter(isRetried));
/** Those that the plan doesn't leave alone. */
export const totalOf = (machines: Counts): number => sumOf(machines, ORDER);
export const doneOf = (machines: Counts): number => totalOf(machines) - (machines.InProgress ?? 0) - (machines.NotStarted ?? 0);

/** Where in its window a rollout is. */
export interface WindowTime {
  /** Shares of the window, 0 to 1: how much of it is gone, and where the reserve for reboots begins. */
  gone: number;
  reserve: number;
  /** In words, such as `1 h 20 min left, 1 h before the reboot reserve`. */
  text: string;
}

/** @param now Unix milliseconds by the engine's clock */
export function windowTime(
  { opensAt, closesAt, reserveFrom, status }: Pick<Deployment, "opensAt" | "closesAt" | "reserveFrom" | "status">,
  now: number,
): WindowTime {
  const [open = 0, close = 0, reserve = 0] = [opensAt, closesAt, reserveFrom].map((text) => Date.parse(text));
  const share = (at: number) => Math.max(0, Math.min(1, (at - open) / Math.max(1, close - open)));
  const words = () => {
    if (now < open) return `opens in ${lengthText(open - now)}, for ${lengthText(close - open)}`;
    if (now >= close) return isEnded(status) ? "closed" : "closed; what runs on machines is let finish";
    return now < reserve
      ? `${lengthText(close - now)} left, ${lengthText(reserve - now)} before the reboot reserve`
      : `${lengthText(close - now)} left, for reboots`;
  };
  return { gone: share(now), reserve: share(reserve), text: words() };
}

/** The wave that isn't done yet; undefined: all are. */
export const currentWave = (waves: DeploymentProgress["waves"]): number | undefined =>
  waves.find(({ machines }) => (machines.NotStarted ?? 0) + (machines.InProgress ?? 0) > 0)?.wave;
