import type { RebootState } from "../../core/deploy/reboot-state.ts";
import type { NotYet, RebootPermit } from "../../core/deploy/rollout.ts";
import type { Freezing } from "../../core/freeze.ts";
import type { Scope } from "../../core/scope.ts";
import type { DeploymentMachine, DeploymentRecord, MachineLock } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { rebootModeOf, rebootTakes } from "./fitting.ts";
import { deploymentOf, holdDeployment, holdMachine, machineOf } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";
import { refusalByRules } from "./reboot-rules.ts";

/** Who must wait for others looks again after this time. */
const AGAIN_MS = 15_000;
const ASSESS_MS = 5 * 60_000;

/**
 * Says whether a machine may reboot now. One engine decides at a time, over all machines that the rules are about, and writes its decision down before it lets go: two
 * machines of one group are never both allowed, whichever deployments and engines ask.
 */
export function createRebootPermit(parts: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines">) {
  const { store, clock, freezes, machines } = parts;

  /** Whether it is in another boot than when its turn began, though nobody has asked it to reboot. */
  async function hasRebootedUnasked({ machineId, bootIdBefore, rebootCommand }: DeploymentMachine): Promise<boolean> {
    if (bootIdBefore === null || rebootCommand !== null) return false;
    const bootId = (await store.read.machines.get(machineId))?.facts?.bootId;
    return bootId !== undefined && bootId !== bootIdBefore;
  }

  async function decide(
    call: RolloutCall,
    machineId: string,
    { unasked, freezing }: { unasked: boolean; freezing: Freezing | undefined },
  ): Promise<RebootPermit> {
    return store.write(async (tx) => {
      await tx.deployments.lockReboots();
      const deployment = await holdDeployment(tx, call);
      const { machine, lock } = await holdMachine(tx, deployment, machineId);
      if (lock.rebooting) return { go: true, fence: lock.fence }; // asked before a crash
      if (machine.rebootState === "Completed") return settled(tx, machine, "Completed", "it has rebooted already");
      if (unasked && !machine.notes.some(({ what }) => what === "boot"))
        await tx.deployments.note(machine, { at: clock.now(), what: "boot", ok: false, fails: false, message: "it has rebooted without being asked to" });
      const isPending = await isRebootPending(tx, machine, unasked);
      const mode = rebootModeOf(deployment.spec);
      const isWanted = mode === "only" || (mode === "always" && (await isInstalled(tx, machine))) || (mode === "ifRequired" && isPending);
      if (!isWanted) {
        if (!isPending) return settled(tx, machine, "NotNeeded", "no reboot is needed");
        const why = mode === "always" ? "nothing was installed" : "the window says that none is made";
        return settled(tx, machine, "Required", `a reboot is pending, and ${why}`);
      }
      return (await hindrance(tx, deployment, machine, freezing)) ?? allow(tx, machine, lock);
    });
  }

  /** What it said at the end of its install, unless it has booted anew since: then what it says now. */
  async function isRebootPending(tx: Writes, { machineId, installCommand }: DeploymentMachine, hasBootedSince: boolean): Promise<boolean> {
    const install = installCommand === null || hasBootedSince ? undefined : await tx.installs.get(installCommand);
    return install?.rebootPending ?? (await tx.updates.currentAssessment(machineId))?.rebootPending ?? false;
  }

  /** Whether what was to come before its reboot was at least begun: an install that was refused, forbidden or too late is no reason to take a machine down. */
  async function isInstalled(tx: Writes, { plan, installCommand }: DeploymentMachine): Promise<boolean> {
    if (plan.updates.length === 0) return true;
    const install = installCommand === null ? undefined : await tx.installs.get(installCommand);
    return (install?.updates ?? []).some(({ status, startedAt }) => startedAt !== null || status === "Succeeded" || status === "InProgress");
  }

  async function hindrance(
    tx: Writes,
    deployment: DeploymentRecord,
    machine: DeploymentMachine,
    freezing: Freezing | undefined,
  ): Promise<Exclude<RebootPermit, { go: true }> | undefined> {
    const now = clock.now();
    if (deployment.status === "aborting") return settled(tx, machine, "Required", `it isn't rebooted: ${deployment.reason}`);
    if (freezing) return settled(tx, machine, "Required", `it isn't rebooted: ${freezing.reason}`);
    if (now + (await rebootTakes(tx, machine.machineId)) > machine.closesAt)
      return settled(tx, machine, "Required", "no time is left in the window for its reboot");
    if (deployment.status === "halted") return { ...notYet(now + AGAIN_MS, `the rollout is halted: ${deployment.reason}`), halted: true };
    const refusal = await refusalByRules(tx, deployment, machine, now);
    if (refusal?.isFinal) return settled(tx, machine, "Required", refusal.message);
    return refusal && notYet(now + AGAIN_MS, refusal.message);
  }

  async function allow(tx: Writes, { machineId }: DeploymentMachine, lock: MachineLock): Promise<RebootPermit> {
    const fence = await tx.deployments.setRebooting({ machineId, fence: lock.fence }, true);
    return fence === undefined ? notYet(clock.now(), "another engine decides at the same time") : { go: true, fence };
  }

  async function settled(tx: Writes, machine: DeploymentMachine, state: RebootState, message: string) {
    await tx.deployments.patchMachine(machine, { rebootState: state });
    return { go: false, again: false, state, message } as const;
  }

  return async function askReboot(call: RolloutCall, machineId: string): Promise<RebootPermit> {
    const { scope }: { scope: Scope } = await deploymentOf(store.read, call);
    const unasked = await hasRebootedUnasked(await machineOf(store.read, call.deploymentId, machineId));
    // What was pending may be done by that boot. Who can't be asked is judged by what is known.
    if (unasked) await machines.assess({ ...call, machineId }, { refresh: false, timeoutMs: ASSESS_MS }).catch(() => {});
    call.signal.throwIfAborted();
    return decide(call, machineId, { unasked, freezing: await freezes.at("deployments", scope, clock.now()) });
  };
}

const notYet = (at: number, message: string): NotYet => ({ go: false, again: true, halted: false, at, message });
