import { callKey } from "../../core/call-id.ts";
import type { Rebooted } from "../../core/deploy/rollout.ts";
import { type ErrorCode, isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { rebootTakes } from "./fitting.ts";
import { checkHealth } from "./health.ts";
import { deploymentOf, holdDeployment, holdMachine, machineOf } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/** How long a machine may take to come back; its command is waited for a quarter of an hour longer. */
const BACK_WITHIN_MS = 15 * 60_000;
/** What is begun within that still has as long again to come back. */
const BEGUN_WITHIN_MS = BACK_WITHIN_MS;
/** With these an agent says that it hasn't told its machine to reboot. */
const NOT_BEGUN: readonly ErrorCode[] = ["TOO_LATE", "PACKAGE_MANAGER_BUSY", "AGENT_REFUSED"];

/**
 * Reboots a machine that was allowed to, and proves it: another boot id, its agent back, its health check passed. Whatever isn't proven is `Unverified`, and keeps its
 * place among those that are down.
 */
export function createRebooting({ store, clock, freezes, machines }: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines">) {
  const begin = async (call: RolloutCall, machineId: string, fence: number): Promise<{ deployment: DeploymentRecord; before: Rebooted | undefined }> => {
    const freezing = await freezes.at("deployments", (await deploymentOf(store.read, call)).scope, clock.now());
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const { machine, lock } = await holdMachine(tx, deployment, machineId);
      const command = callKey(call.id);
      if (machine.rebootCommand !== null && machine.rebootCommand !== command)
        throw new RunwrightError("CONFLICT", `${machine.name} was told to reboot already, by the command ${machine.rebootCommand}`);
      const { rebootState: state, bootIdBefore, bootIdAfter } = machine;
      // Proven before a crash that has swallowed the answer.
      if (machine.rebootCommand === command && state === "Completed")
        return { deployment, before: { state, bootIdBefore, bootIdAfter, message: "proven before" } };
      // Given back before a crash that has swallowed the answer.
      if (!lock.rebooting && lock.fence === fence + 1 && state === "Required")
        return { deployment, before: { state, bootIdBefore, bootIdAfter, message: "it wasn't rebooted, and its permission was given back" } };
      if (!lock.rebooting || lock.fence !== fence)
        throw new RunwrightError("CONFLICT", `the permission ${fence} to reboot ${machine.name} isn't valid any more: ask again`);
      // Whoever keeps a permission for later doesn't carry it out of the window with that.
      const isSent = machine.rebootCommand === command && (await tx.commands.get(command)) !== undefined;
      const hindrance = isSent ? undefined : (whyNotNow(deployment, freezing?.reason) ?? (await whyTooLate(tx, machine)));
      if (hindrance !== undefined) {
        await tx.deployments.setRebooting({ machineId, fence }, false);
        await tx.deployments.patchMachine(machine, { rebootCommand: null, rebootState: "Required" });
        return { deployment, before: { state: "Required", bootIdBefore, bootIdAfter, message: hindrance } };
      }
      await tx.deployments.patchMachine(machine, { rebootCommand: command, rebootState: "Started" });
      return { deployment, before: undefined };
    });
  };

  const whyTooLate = async (tx: Writes, { machineId, closesAt }: DeploymentMachine): Promise<string | undefined> =>
    clock.now() + (await rebootTakes(tx, machineId)) > closesAt ? "no time is left in the window for its reboot" : undefined;

  async function prove(call: RolloutCall, machineId: string, { window, spec }: DeploymentRecord): Promise<Rebooted> {
    const target = { ...call, machineId };
    const { closesAt } = await machineOf(store.read, call.deploymentId, machineId);
    // On its machine it may have to wait for whatever changes packages there: not beyond the window, nor for so long that nobody waits for its result any more.
    const startWithinMs = Math.max(0, Math.min(closesAt - (await rebootTakes(store.read, machineId)) - clock.now(), BEGUN_WITHIN_MS));
    const boots = await machines
      .reboot(target, { reason: `updates of the maintenance window ${window}`, startWithinMs, timeoutMs: BACK_WITHIN_MS })
      .catch(async (error: unknown): Promise<Rebooted> => {
        if (call.signal.aborted || !isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
        const wasSent = ((await store.read.commands.get(callKey(call.id)))?.sentAt ?? null) !== null;
        if (!wasSent || NOT_BEGUN.includes(error.code))
          return { state: "Required", bootIdBefore: null, bootIdAfter: null, message: `it isn't rebooted: ${error.message}` };
        const state = error.code === "REBOOT_FAILED" ? "Failed" : "Unverified";
        return { state, bootIdBefore: null, bootIdAfter: null, message: error.message };
      });
    if ("state" in boots) return boots;
    const { bootIdBefore, bootId: bootIdAfter } = boots;
    if (bootIdAfter === bootIdBefore) return { state: "Failed", bootIdBefore, bootIdAfter, message: "it says that it has rebooted, and is in the same boot" };
    const health = await checkHealth(machines, target, spec);
    const message = health.ok ? `another boot id, its agent is back${spec.healthCheck ? ", its health check passed" : ""}` : health.message;
    return { state: health.ok ? "Completed" : "Unverified", bootIdBefore, bootIdAfter, message };
  }

  return async function reboot(call: RolloutCall, machineId: string, fence: number): Promise<Rebooted> {
    const { deployment, before } = await begin(call, machineId, fence);
    if (before) return before;
    const rebooted = await prove(call, machineId, deployment);
    const isProven = rebooted.state === "Completed";
    const isKnownToBeUp = isProven || rebooted.state === "Required"; // it wasn't begun
    await store.write(async (tx) => {
      const { machine, lock } = await holdMachine(tx, await holdDeployment(tx, call), machineId);
      if (lock.fence !== fence || machine.rebootState !== "Started") return; // a proof under an older fence changes nothing
      // What was refused before it was stored will never exist: nobody waits for it, and the machine may be told once more.
      const isStored = (await tx.commands.get(callKey(call.id))) !== undefined;
      const told = isStored ? {} : { rebootCommand: null };
      await tx.deployments.patchMachine(machine, { rebootState: rebooted.state, bootIdAfter: rebooted.bootIdAfter, ...told });
      const said = isProven ? "its health check passed after the reboot" : rebooted.message;
      if (!isKnownToBeUp || (isProven && deployment.spec.healthCheck))
        await tx.deployments.note(machine, { at: clock.now(), what: isProven ? "health" : "reboot", ok: isProven, fails: !isProven, message: said });
      // Who isn't proven to be up stays among those that are down, until the deployment ends.
      if (isKnownToBeUp) await tx.deployments.setRebooting({ machineId, fence }, false);
    });
    return rebooted;
  };
}

/** What has happened since it was allowed. */
function whyNotNow({ status, reason }: DeploymentRecord, freeze: string | undefined): string | undefined {
  if (status !== "running") return `it isn't rebooted: the rollout is ${status} (${reason})`;
  return freeze === undefined ? undefined : `it isn't rebooted: ${freeze}`;
}
