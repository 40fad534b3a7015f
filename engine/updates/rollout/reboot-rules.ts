import { type GroupMember, type RebootRule, rebootRefusal } from "../../core/deploy/reboots.ts";
import type { Scope } from "../../core/scope.ts";
import type { DeploymentMachine, DeploymentRecord, MachineLock } from "../../store/records/deployments.ts";
import type { MachineRecord } from "../../store/records/machines.ts";
import type { Writes } from "../../store/store.ts";
import { holderOf } from "./lock-holder.ts";

/** Rules, and the part of the fleet that they are about. */
interface Rules {
  scope: Scope;
  rules: readonly RebootRule[];
}

/**
 * Why a machine may not reboot now: by the rules of its own window, and by those under which others of its group are down. Whoever asks has locked reboots.
 * @returns undefined: it may; `isFinal`: waiting changes nothing
 */
export async function refusalByRules(
  tx: Writes,
  { id, scope, spec }: DeploymentRecord,
  { machineId }: DeploymentMachine,
  now: number,
): Promise<{ message: string; isFinal: boolean } | undefined> {
  const underWay = await rebootsUnderWay(tx, now);
  const others = await rulesOfOthers(
    tx,
    machineId,
    underWay.filter((lock) => lock.deploymentId !== id),
  );
  for (const [i, { scope: about, rules }] of [{ scope, rules: spec.rebootRules ?? [] }, ...others].entries()) {
    if (rules.length === 0) continue;
    const members = (await tx.machines.list({ scopes: [about] })).map(toMember);
    const self = members.find((one) => one.id === machineId);
    // Of a machine that has been moved or removed nobody knows any more whom it stands in for.
    if (self === undefined && i === 0)
      return { message: `it isn't rebooted: it has left ${about}, and the window's rules are about the machines there`, isFinal: true };
    const message = self && rebootRefusal(self, rules, members, underWay);
    if (message !== undefined) return { message, isFinal: false };
  }
  return undefined;
}

/** Machines that are down for a reboot, or may be at any moment. What a deployment that has ended has left over is let go when its reboot is over. */
async function rebootsUnderWay(tx: Writes, now: number): Promise<MachineLock[]> {
  const found: MachineLock[] = [];
  for (const lock of await tx.deployments.rebooting()) {
    if ((await holderOf(tx, lock, now)) !== undefined) found.push(lock);
    else await tx.deployments.releaseMachine(lock.machineId, lock.deploymentId);
  }
  return found;
}

/** Rules of other windows by which machines that share a group with this one have been let down: they said who may follow. */
async function rulesOfOthers(tx: Writes, machineId: string, underWay: readonly MachineLock[]): Promise<Rules[]> {
  const self = await tx.machines.get(machineId);
  const found = new Map<string, { scope: Scope; rules: Set<RebootRule> }>();
  const deployments = new Map<string, DeploymentRecord | undefined>();
  for (const lock of underWay) {
    const { deploymentId } = lock;
    if (!deployments.has(deploymentId)) deployments.set(deploymentId, await tx.deployments.get(deploymentId));
    const deployment = deployments.get(deploymentId);
    const tags = (await tx.machines.get(lock.machineId))?.tags ?? {};
    for (const rule of deployment?.spec.rebootRules ?? []) {
      if (deployment === undefined || tags[rule.tag] === undefined || tags[rule.tag] !== self?.tags[rule.tag]) continue;
      const of = found.get(deploymentId) ?? { scope: deployment.scope, rules: new Set<RebootRule>() };
      found.set(deploymentId, { ...of, rules: of.rules.add(rule) });
    }
  }
  return [...found.values()].map(({ scope, rules }) => ({ scope, rules: [...rules] }));
}

const toMember = ({ id, tags, state }: MachineRecord): GroupMember => ({ id, tags, up: state === "online" });
