import type { ConfigurationFiles } from "../install.ts";
import type { DstPolicy } from "../schedule/instants.ts";
import type { Recurrence } from "../schedule/recurrence.ts";
import type { RebootMode } from "./plan.ts";
import type { RebootRule } from "./reboots.ts";

/** When a hook runs: once for the deployment, or for each machine. */
export const HOOK_POINTS = ["before", "beforeMachine", "afterInstall", "afterReboot", "after"] as const;
export type HookPoint = (typeof HOOK_POINTS)[number];

/** What a hook that fails, or takes too long, does to the rollout. `skipMachine` is for those that run for each machine. */
export const HOOK_FAILURES = ["abort", "skipMachine", "continue"] as const;

/** A runbook on the engine, or a program on the machine (on each machine of the wave for `before` and `after`: none; they run on the engine). */
export interface Hook {
  at: HookPoint;
  runbook?: string;
  command?: readonly string[];
  timeout?: string;
  onFailure?: (typeof HOOK_FAILURES)[number];
}

/** Who must approve a plan before it is carried out. */
export interface PlanApproval {
  /** Different people; 0: nobody. */
  count: number;
  /** Roles of those who may, at the window's scope; default: operator. */
  roles?: readonly string[];
  /** Whoever asked for the plan may approve it too; default: no. */
  byRequester?: boolean;
}

/** `kind: MaintenanceWindow`: when changes may start, on which machines, and how they are rolled out. */
export interface MaintenanceWindowSpec {
  description?: string;
  enabled?: boolean;
  cron?: string;
  recurrence?: Recurrence;
  /** A zone, or `machine`: each machine's own. */
  timeZone: string;
  startAt?: string;
  expiresAt?: string;
  dst?: Partial<DstPolicy>;
  duration: string;
  /** Default 20m. */
  rebootReserve?: string;
  /** Machines in the window's scope; default: all. */
  selector?: string;
  /** Runbook that carries deployments out; default: the one of the update-management solution. */
  runbook?: string;
  /** The plan is made this long before the window opens; default 24h. */
  planAhead?: string;
  approval?: PlanApproval;
  waves?: string;
  maxParallel?: number;
  errorBudget?: string;
  soak?: string;
  reboot?: RebootMode;
  rebootRules?: readonly RebootRule[];
  configurationFiles?: ConfigurationFiles;
  /** An update that removes other packages is refused unless this is set. */
  allowRemovals?: boolean;
  hooks?: readonly Hook[];
  /** Program on the machine that must exit with 0 before a machine counts as done. */
  healthCheck?: { command: readonly string[]; timeout?: string };
  /** Told, signed as Standard Webhooks are, when a deployment is halted or has ended. */
  notify?: { url: string; secret: string };
}

export const WINDOW_DEFAULTS = {
  runbook: "deploy",
  planAhead: "24h",
  maxParallel: 50,
  errorBudget: "5%",
  soak: "5m",
  reboot: "ifRequired",
  configurationFiles: "keep",
} as const;
