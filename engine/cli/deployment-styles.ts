import type { DeploymentStatus, MachineStatus } from "../core/deploy/status.ts";

/** How a terminal colours what is good, bad and neither. */
export const DEPLOYMENT_STYLES = {
  planned: "gray",
  awaitingApproval: "yellow",
  approved: "cyan",
  running: "blue",
  halted: "yellow",
  aborting: "yellow",
  succeeded: "green",
  failed: "red",
  aborted: "red",
  expired: "red",
} as const satisfies Record<DeploymentStatus, string>;

export const MACHINE_STYLES = {
  NotStarted: "gray",
  InProgress: "blue",
  Succeeded: "green",
  SucceededWithWarnings: "yellow",
  Failed: "red",
  MaintenanceWindowExceeded: "yellow",
  NotIncluded: "gray",
  Cancelled: "yellow",
  AgentLost: "red",
  RebootUnverified: "red",
  PlanDrift: "yellow",
  SkippedByGate: "yellow",
  Frozen: "cyan",
} as const satisfies Record<MachineStatus, string>;

/** Long words of statuses as people say them. */
export const MACHINE_WORDS: Readonly<Partial<Record<MachineStatus, string>>> = {
  NotStarted: "waiting",
  InProgress: "in progress",
  MaintenanceWindowExceeded: "no time left",
};
