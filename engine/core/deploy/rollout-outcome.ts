import { counted } from "../counted.ts";
import { countsAsFailed, type DeploymentStatus, MACHINE_STATUSES, type MachineStatus, mayBecome } from "./status.ts";

export type StatusCounts = Readonly<Partial<Record<MachineStatus, number>>>;

/** How a rollout that ran has ended. */
export interface RolloutFacts {
  /** Before it ended, and why it was there. */
  status: DeploymentStatus;
  reason: string;
  counts: StatusCounts;
  /** Hooks that ran once for all. */
  hooks: readonly { what: string; at: string; ok: boolean; message: string }[];
  /** What its gate has said, when it ended it. */
  gate: string | undefined;
  /** Why it counts as failed, whatever became of the machines. */
  failed: string | undefined;
}

const DONE: readonly MachineStatus[] = ["Succeeded", "SucceededWithWarnings"];
const sumOf = (counts: StatusCounts, is: (status: MachineStatus) => boolean): number =>
  MACHINE_STATUSES.reduce((sum, status) => sum + (is(status) ? (counts[status] ?? 0) : 0), 0);

/** Machines of a plan: what wasn't included isn't part of it. */
export const plannedOf = (counts: StatusCounts): number => sumOf(counts, (status) => status !== "NotIncluded");
export const failedOf = (counts: StatusCounts): number => sumOf(counts, countsAsFailed);
export const doneOf = (counts: StatusCounts): number => sumOf(counts, (status) => DONE.includes(status));

/**
 * `succeeded` is said of what did all that was planned: each machine done, each hook well. A machine that failed, was set aside or not reached, within whatever budget, makes it
 * `failed`: the figures say how much, and `retry` takes up the rest.
 */
export function rolloutOutcome(facts: RolloutFacts): { status: DeploymentStatus; reason: string } {
  const { status, counts, failed, gate } = facts;
  const hooks = facts.hooks.filter(({ ok }) => !ok).map(({ at, what, message }) => `hook ${at} (${what}): ${message}`);
  const figures = [tallyOf(counts), ...hooks].join("; ");
  const to = (wanted: DeploymentStatus, why?: string) =>
    ({ status: mayBecome(status, wanted) ? wanted : "failed", reason: why === undefined ? figures : `${why}; ${figures}` }) as const;
  if (status === "aborting") return to("aborted", facts.reason);
  if (status === "halted") return to("failed", facts.reason.startsWith("halted by ") ? facts.reason : `halted: ${facts.reason}`);
  if (failed !== undefined) return to("failed", failed);
  if (gate !== undefined) return to("failed", `stopped by its gate: ${gate}`);
  return to(doneOf(counts) === plannedOf(counts) && hooks.length === 0 ? "succeeded" : "failed");
}

/** For people: `18 of 20 machines succeeded, 1 Failed, 1 PlanDrift`. */
export function tallyOf(counts: StatusCounts): string {
  const others = MACHINE_STATUSES.filter((word) => !DONE.includes(word) && word !== "NotIncluded" && (counts[word] ?? 0) > 0);
  return [`${doneOf(counts)} of ${counted(plannedOf(counts), "machine")} succeeded`, ...others.map((word) => `${counts[word]} ${word}`)].join(", ");
}
