import type { MachineRollback, RollbackMachineView, RollbackView } from "../core/deploy/rollback.ts";
import type {
  Begun,
  Finished,
  HookOutcome,
  Installed,
  NotYet,
  Rebooted,
  RebootPermit,
  RolloutControl,
  RolloutEnd,
  RolloutHook,
  RolloutMachine,
  RolloutView,
} from "../core/deploy/rollout.ts";

/**
 * A machine of a deployment, with the steps of its turn. The engine decides what may be done, and does it: exactly the planned updates, in the window, past freeze, drift
 * and lock; which step comes when is the runbook's. Each step is done once, also over crashes.
 */
export interface DeploymentMachine extends RolloutMachine {
  /** Begins its turn: it looks again what is offered, which must be what was planned. What isn't begun says why, and whether to ask again. */
  begin(): Promise<Begun>;
  /** Installs what was planned, and waits for the report. An update that fails is no error: it is counted. Not yet: the rollout is halted. */
  install(): Promise<Installed | NotYet>;
  /** Whether it needs a reboot and may do it now: never two of a tag at once, as the window's rules say. */
  askReboot(): Promise<RebootPermit>;
  /** Reboots it under that permission, and waits for the proof: another boot id, its agent back, its health check passed. */
  reboot(fence: number): Promise<Rebooted>;
  /** Runs a hook of the window for it. */
  hook(hook: RolloutHook): Promise<HookOutcome>;
  /** Ends its turn. What became of it is taken from what the engine knows; the runbook can make it worse. */
  finish(options?: { failed?: string; warnings?: readonly string[] }): Promise<Finished>;
}

/** The deployment that has started this job. */
export interface Deployment extends Omit<RolloutView, "waves"> {
  readonly waves: readonly (readonly DeploymentMachine[])[];
  /** Where it is now: somebody may have halted or aborted it. */
  control(): Promise<RolloutControl>;
  /** Waits while it is halted, without taking up a runner: until somebody continues or aborts it, or its window closes. */
  resumed(): Promise<RolloutControl>;
  /**
   * Waits until then, without taking up a runner: to soak, or until something can begin. Unlike `sleep` it ends at once when the rollout is aborted, or its window closes.
   * @param until Unix milliseconds
   */
  pause(until: number): Promise<RolloutControl>;
  /** Runs a hook of the window that runs once. */
  hook(hook: RolloutHook): Promise<HookOutcome>;
  /**
   * Tells whom the window names, with a signed request as Standard Webhooks have it.
   * @returns the status of the answer; null: nobody is to be told
   * @throws an error with code HTTP_FAILED, HTTP_REFUSED, ASSET_NOT_FOUND
   */
  notify(kind: "halted" | "ended"): Promise<number | null>;
  /** Ends it: machines that haven't had their turn get the status that says why. */
  end(options?: { gate?: string; failed?: string }): Promise<RolloutEnd>;
}

/** A machine on which a deployment has installed something. */
export interface RollbackMachine extends RollbackMachineView {
  /** What would go back, and why the rest can't, as the machine says now; changes nothing. */
  plan(): Promise<MachineRollback>;
  /**
   * Goes back to exactly the versions before, as far as the package manager can. Done once, also over crashes. What can't go back is no error: `problem`, or `status` and
   * `message` of each update, say why.
   */
  rollback(): Promise<MachineRollback>;
}

/** What somebody has asked to take back. */
export interface Rollback extends Omit<RollbackView, "machines"> {
  readonly machines: readonly RollbackMachine[];
}

export interface Deployments {
  /** @throws an error with code NOT_FOUND; PERMISSION_DENIED: this job wasn't started by it */
  get(id: string): Promise<Deployment>;
  /** @throws an error with code NOT_FOUND; PERMISSION_DENIED: nobody has started this job to take that deployment back */
  rollback(id: string): Promise<Rollback>;
}
