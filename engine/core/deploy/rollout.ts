import type { Expected } from "./forecast.ts";
import type { HookFailure } from "./hooks.ts";
import type { PlannedMachine } from "./plan.ts";
import type { RebootState } from "./reboot-state.ts";
import type { HookPoint } from "./spec.ts";
import type { DeploymentStatus, MachineStatus } from "./status.ts";

/** What the runbook that carries a deployment out sees of it, and what it is answered. Times are Unix milliseconds. */
export interface RolloutView {
  id: string;
  window: string;
  scope: string;
  opensAt: number;
  closesAt: number;
  /** So many machines may fail; one more halts the rollout. */
  allowedFailures: number;
  maxParallel: number;
  soakMs: number;
  waves: readonly (readonly RolloutMachine[])[];
  hooks: readonly RolloutHook[];
  /** Whether somebody is to be told when it is halted or has ended. */
  notifies: boolean;
}

export interface RolloutMachine {
  id: string;
  name: string;
  wave: number;
  /** The window as this machine sees it. */
  opensAt: number;
  closesAt: number;
  /** How many are planned. */
  updates: number;
  expected: Expected;
  expectedReboot: PlannedMachine["reboot"];
}

export interface RolloutHook {
  /** Names it in the call that runs it. */
  index: number;
  at: HookPoint;
  /** In words, such as `the runbook drain`. */
  what: string;
}

export interface RolloutControl {
  status: DeploymentStatus;
  reason: string;
  /** Until the window closes; 0: it has. */
  leftMs: number;
  failed: number;
  allowed: number;
  counts: MachineCounts;
}

export type MachineCounts = Readonly<Partial<Record<MachineStatus, number>>>;

/** Not now: ask again at that time. */
export interface NotYet {
  go: false;
  again: true;
  /** The rollout is halted: it may take long. */
  halted: boolean;
  at: number;
  message: string;
}

/** Not in this deployment. What became of the machine is stored already. */
export interface SetAside {
  go: false;
  again: false;
  status: MachineStatus;
  message: string;
  /** No other machine may begin either: it is aborted, or its window has closed. */
  over: boolean;
}

/** Counts, not lists: the journal of a large rollout holds an answer for each machine. */
export type Begun = { go: true; fitting: number; left: number } | NotYet | SetAside;

/**
 * `unfinished`: the machine is still at it, and tells later. `none`: nothing was to be installed, or nothing fits any more. `calledOff`: an abort or a freeze came first,
 * and its turn is over.
 */
export const INSTALL_ENDS = ["reported", "failed", "lost", "unfinished", "none", "calledOff"] as const;

export interface Installed {
  end: (typeof INSTALL_ENDS)[number];
  succeeded: number;
  failed: number;
  left: number;
  rebootPending: boolean;
  message: string;
}

/** `fence` proves the permission: a reboot under an older one is refused. */
export type RebootPermit = { go: true; fence: number } | NotYet | { go: false; again: false; state: RebootState; message: string };

export interface Rebooted {
  /** `Required`: it wasn't rebooted, as what was allowed isn't any more. */
  state: Extract<RebootState, "Completed" | "Failed" | "Unverified" | "Required">;
  bootIdBefore: string | null;
  bootIdAfter: string | null;
  message: string;
}

export interface HookOutcome {
  ok: boolean;
  message: string;
  /** What its failure does to the rollout; null: it hasn't failed. */
  consequence: HookFailure | null;
}

export interface Finished {
  status: MachineStatus;
  message: string;
  failed: number;
  allowed: number;
  /** Where the deployment is after it: `halted` when more have failed than may, or a reboot couldn't be proven. */
  deployment: DeploymentStatus;
}

export interface RolloutEnd {
  status: DeploymentStatus;
  reason: string;
  counts: MachineCounts;
}

/** The event that wakes a rollout: published whenever somebody halts, continues or aborts the deployment. Who publishes it without cause wakes it in vain. */
export const rolloutEvent = (deploymentId: string): string => `deployment:${deploymentId}`;
