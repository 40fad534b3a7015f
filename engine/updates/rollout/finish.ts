import { type MachineNote, type Outcome, outcomeOf } from "../../core/deploy/outcome.ts";
import type { Finished } from "../../core/deploy/rollout.ts";
import { failedOf } from "../../core/deploy/rollout-outcome.ts";
import { updateKey } from "../../core/install-history.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";
import { letGo } from "./at-work.ts";
import { rebootModeOf, rebootTakes } from "./fitting.ts";
import { haltIfDue } from "./halting.ts";
import { checkHealth } from "./health.ts";
import { deploymentOf, holdDeployment, machineOf } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/** What a runbook adds to what the engine knows: it may make it worse, never better. */
export interface FinishOptions {
  /** Why the machine has failed, in the runbook's words. */
  failed?: string;
  warnings?: readonly string[];
}

/** Ends a machine's turn: what became of it is taken from what is stored, and whether too many have failed is decided in the same transaction. */
export function createFinish(parts: Pick<RolloutParts, "store" | "clock" | "machines" | "audit">) {
  const { store, clock, machines } = parts;

  /** A machine that rebooted was checked then. */
  async function healthOf(call: RolloutCall, machineId: string): Promise<MachineNote | undefined> {
    const { spec } = await deploymentOf(store.read, call);
    const machine = await machineOf(store.read, call.deploymentId, machineId);
    const isTouched = machine.installCommand !== null && machine.status === "InProgress";
    if (spec.healthCheck === undefined || !isTouched || machine.notes.some(({ what }) => what === "health" || what === "reboot")) return undefined;
    const install = await store.read.installs.get(machine.installCommand ?? "");
    if (install?.endedAt == null) return undefined; // it isn't there, or still at it
    const { ok, message } = await checkHealth(machines, { ...call, machineId }, spec);
    return { at: clock.now(), what: "health", ok, fails: true, message };
  }

  return async function finish(call: RolloutCall, machineId: string, { failed, warnings = [] }: FinishOptions): Promise<Finished> {
    const health = await healthOf(call, machineId);
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      let machine = await machineOf(tx, deployment.id, machineId);
      let unverified: string | undefined;
      if (machine.status === "InProgress") {
        const said = [...(failed === undefined ? [] : [failed])].map((message) => note(clock.now(), message, true));
        const warned = warnings.map((message) => note(clock.now(), message, false));
        for (const one of [...(health ? [health] : []), ...said, ...warned]) {
          await tx.deployments.note(machine, one);
          machine = { ...machine, notes: [...machine.notes, one] };
        }
        const outcome = await outcomeNow(tx, deployment, machine, clock.now());
        await tx.deployments.patchMachine(machine, { ...outcome, endedAt: clock.now() });
        // Asked once more after somebody has continued, it doesn't halt once more.
        if (outcome.status === "RebootUnverified") unverified = machine.name;
        else await letGo(tx, machine, clock.now());
        machine = { ...machine, ...outcome };
      }
      const counts = await tx.deployments.counts(deployment.id);
      const status = await haltIfDue(parts, tx, deployment, { counts, unverified, onBehalfOf: call.onBehalfOf });
      return { status: machine.status, message: machine.message, failed: failedOf(counts), allowed: deployment.allowedFailures, deployment: status };
    });
  };
}

const note = (at: number, message: string, fails: boolean): MachineNote => ({ at, what: "runbook", ok: false, fails, message });

/** What became of a machine, by all that is stored of it. @param at when its turn has ended */
export async function outcomeNow(
  reads: Pick<Store["read"] | Writes, "installs" | "machines" | "commands" | "updates" | "installDurations">,
  { spec }: DeploymentRecord,
  machine: DeploymentMachine,
  at: number,
): Promise<Outcome> {
  const { installCommand, plan, rebootState, notes } = machine;
  const stored = installCommand === null ? undefined : await reads.installs.get(installCommand);
  // The command is stored before it is sent: without a row of its install nothing has been said of it.
  const command = stored || installCommand === null ? undefined : await reads.commands.get(installCommand);
  const isSent = command !== undefined && command.sentAt !== null;
  const begun = isSent ? plan.updates.map(({ name }) => ({ name, status: "InProgress" as const, message: "" })) : [];
  const unsaid = { updates: begun, resumed: 0, repairs: [], isOver: false };
  const install = installCommand === null ? null : stored ? { ...stored, isOver: isOver(stored) } : unsaid;
  // One by one: a machine that reports more than was planned hides nothing with it.
  const known = new Set(stored?.updates.map(updateKey));
  const left = plan.updates.filter((one) => !known.has(updateKey(one))).length;
  const isOnline = (await reads.machines.get(machine.machineId))?.state === "online";
  const hasBooted = rebootState === "Completed" || notes.some(({ what }) => what === "boot");
  const said = stored ?? (await reads.updates.currentAssessment(machine.machineId));
  return outcomeOf({
    ...{ install, left, rebootState, notes, isOnline, rebootMode: rebootModeOf(spec), isHealthWanted: spec.healthCheck !== undefined },
    rebootPending: rebootState === "Required" || (!hasBooted && said?.rebootPending === true),
    isLateForReboot: at + (await rebootTakes(reads, machine.machineId)) > machine.closesAt,
  });
}

/** Its machine has said something, or why it couldn't; or it was cancelled. An install that nobody took has an end, and no word of the machine. */
const isOver = ({ endedAt, packageManager, updates }: { endedAt: number | null; packageManager: string; updates: readonly { status: string }[] }): boolean =>
  endedAt !== null ? !(packageManager === "" && updates.every(({ status }) => status === "NotStarted")) : updates.some(({ status }) => status === "Cancelled");
