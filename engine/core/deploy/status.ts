/** Of a deployment: one rollout in one occurrence of a window. */
export const DEPLOYMENT_STATUSES = [
  "planned",
  "awaitingApproval",
  "approved",
  "running",
  "halted",
  "aborting",
  "succeeded",
  "failed",
  "aborted",
  "expired",
] as const;
export type DeploymentStatus = (typeof DEPLOYMENT_STATUSES)[number];

const NEXT: Record<DeploymentStatus, readonly DeploymentStatus[]> = {
  planned: ["awaitingApproval", "approved", "succeeded", "aborted", "expired"], // succeeded: there was nothing to do
  awaitingApproval: ["planned", "approved", "aborted", "expired"], // planned: a new plan has nothing in it
  approved: ["planned", "awaitingApproval", "running", "aborted", "expired"], // awaitingApproval: a new plan
  running: ["halted", "aborting", "succeeded", "failed"],
  halted: ["running", "aborting", "failed"], // failed: its window has closed
  aborting: ["aborted", "failed"], // what runs on machines is let finish
  succeeded: [],
  failed: [],
  aborted: [],
  expired: [],
};
/** Not started yet. */
export const PENDING: readonly DeploymentStatus[] = ["planned", "awaitingApproval", "approved"];
/** Their job goes on. */
export const UNDER_WAY: readonly DeploymentStatus[] = ["running", "halted", "aborting"];
export const isEnded = (status: DeploymentStatus): boolean => NEXT[status].length === 0;
export const mayBecome = (from: DeploymentStatus, to: DeploymentStatus): boolean => NEXT[from].includes(to);

/** Of one machine in a deployment: Azure's names (docs: Update Management, query logs), and what they lack. */
export const MACHINE_STATUSES = [
  "NotStarted",
  "InProgress",
  "Succeeded",
  "SucceededWithWarnings",
  "Failed",
  "MaintenanceWindowExceeded",
  "NotIncluded",
  "Cancelled",
  "AgentLost",
  "RebootUnverified",
  "PlanDrift",
  "SkippedByGate",
  "Frozen",
] as const;
export type MachineStatus = (typeof MACHINE_STATUSES)[number];

/** Whether it counts against the error budget. A machine that was set aside has not failed: nothing was done to it. */
const FAILS: Record<MachineStatus, boolean> = {
  ...{ NotStarted: false, InProgress: false, Succeeded: false, SucceededWithWarnings: false, NotIncluded: false, Cancelled: false },
  ...{ Failed: true, AgentLost: true, RebootUnverified: true },
  ...{ MaintenanceWindowExceeded: false, PlanDrift: false, SkippedByGate: false, Frozen: false },
};
export const countsAsFailed = (status: MachineStatus): boolean => FAILS[status];
/** Whether `retry` takes it up again: what failed, or was never reached. */
export const isRetried = (status: MachineStatus): boolean =>
  FAILS[status] || ["MaintenanceWindowExceeded", "PlanDrift", "SkippedByGate", "Frozen", "Cancelled"].includes(status);
