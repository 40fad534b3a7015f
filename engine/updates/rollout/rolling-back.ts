import { callKey } from "../../core/call-id.ts";
import { type MachineRollback, type RollbackView, rollbackText } from "../../core/deploy/rollback.ts";
import { isEnded } from "../../core/deploy/status.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { excerpt } from "../../core/excerpt.ts";
import type { Freezing } from "../../core/freeze.ts";
import { readable } from "../../core/report.ts";
import type { ChangedPackage, RollbackReport } from "../../core/rollback.ts";
import { type RollbackParams, rollbackParams } from "../../protocol/rollback-job.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";
import { isAtWork } from "./at-work.ts";
import { machineOf } from "./held.ts";
import { takeIdle } from "./lock-holder.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

const TIMEOUT_MS = { plan: 10 * 60_000, rollback: 2 * 3_600_000 };
const MAX_MESSAGE = 2_000;
const NOTHING = "this deployment isn't known to have installed anything on it";

interface Asked {
  deployment: DeploymentRecord;
  asked: RollbackParams;
}

/**
 * Takes back what a deployment has installed, machine by machine. What may be taken back is what somebody has asked for, which is written in the job that they have started:
 * of a runbook that somebody has changed, too, no more than that.
 */
export function createRollingBack(parts: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines" | "audit">) {
  const { store, clock, freezes, machines, audit } = parts;

  /** @throws NOT_FOUND; PERMISSION_DENIED: nobody has started this job to take that deployment back */
  async function askedOf(reads: Pick<Store["read"] | Writes, "deployments" | "jobs">, { deploymentId, onBehalfOf }: RolloutCall): Promise<Asked> {
    const job = await reads.jobs.get(onBehalfOf.jobId);
    const deployment = await reads.deployments.get(deploymentId);
    if (deployment === undefined) throw new RunwrightError("NOT_FOUND", `there is no deployment ${deploymentId}`);
    const asked = job?.trigger === "deployment" && deployment.jobId !== job.id ? job.params : undefined;
    if (!rollbackParams.Check(asked) || asked.deployment !== deploymentId)
      throw new RunwrightError("PERMISSION_DENIED", `nobody has started this job to take ${deploymentId} back; \`runwright deployment rollback\` does`);
    return { deployment, asked };
  }

  const isAskedFor = ({ name, installCommand }: DeploymentMachine, { machines: names }: RollbackParams): boolean =>
    names.length > 0 ? names.includes(name) : installCommand !== null;

  /** What its install has changed, or tried to: also one that failed may have left another version. */
  async function changesOf(reads: Pick<Store["read"] | Writes, "installs">, { installCommand }: DeploymentMachine): Promise<ChangedPackage[]> {
    const install = installCommand === null ? undefined : await reads.installs.get(installCommand);
    const begun = (install?.updates ?? []).filter(({ status }) => status === "Succeeded" || status === "Failed");
    return begun
      .filter(({ startedAt }) => startedAt !== null)
      .map(({ name, architecture, version, fromVersion }) => ({ name, architecture, version, fromVersion }));
  }

  /** @returns why it can't be begun, in words */
  async function take(call: RolloutCall, machineId: string, freezing: Freezing | undefined): Promise<{ changes: ChangedPackage[] } | { problem: string }> {
    return store.write(async (tx) => {
      // Whoever continues or retries it waits.
      await tx.deployments.lock(call.deploymentId);
      const { deployment, asked } = await askedOf(tx, call);
      const machine = await machineOf(tx, deployment.id, machineId);
      if (!isAskedFor(machine, asked)) throw new RunwrightError("PERMISSION_DENIED", `nobody has asked to take ${machine.name} back`);
      const isAskedAgain = (await tx.commands.get(callKey(call.id))) !== undefined;
      if (machine.status === "InProgress" || (!isAskedAgain && (await isAtWork(tx, machineId, clock.now()))))
        return { problem: `${machine.name} is still at work in this deployment` };
      const changes = await changesOf(tx, machine);
      if (changes.length === 0) return { problem: NOTHING };
      if (!isEnded(deployment.status) && deployment.status !== "halted") return { problem: `the deployment is ${deployment.status} again: halt it first` };
      if (freezing) return { problem: freezing.reason };
      const [lock] = await tx.deployments.locks([machineId]);
      // Of a reboot that isn't proven its deployment keeps the machine.
      const isKept = lock?.deploymentId === deployment.id && !isEnded(deployment.status);
      const by = { holder: call.onBehalfOf.jobId, at: clock.now() };
      const problem = isKept || (isAskedAgain && lock?.deploymentId === by.holder) ? undefined : await takeIdle(tx, machine, by);
      return problem === undefined ? { changes } : { problem };
    });
  }

  /** What became of it is written to the machine of the deployment, and into the activity log; once for a job. */
  async function settle(call: RolloutCall, machineId: string, done: MachineRollback): Promise<void> {
    const { jobId, actor, correlationId } = call.onBehalfOf;
    await store.write(async (tx) => {
      const deployment = await tx.deployments.lock(call.deploymentId);
      const machine = await machineOf(tx, call.deploymentId, machineId);
      const message = excerpt(`rolled back by ${jobId}: ${rollbackText(done)}`, MAX_MESSAGE);
      await tx.deployments.releaseMachine(machineId, jobId);
      if (deployment === undefined || machine.notes.some((note) => note.what === "rollback" && note.message === message)) return;
      await tx.deployments.note(machine, { at: clock.now(), what: "rollback", ok: true, fails: false, message });
      await tx.deployments.patchMachine(machine, { message: excerpt([machine.message, message].filter(Boolean).join("; "), MAX_MESSAGE) });
      const details = { deployment: call.deploymentId, job: jobId, command: callKey(call.id), result: rollbackText(done) };
      audit(tx, { operation: "machine.rollback", target: `machine:${machine.name}`, scope: deployment.scope, details, actor, correlationId });
    });
  }

  return {
    async rollbackView(call: RolloutCall): Promise<RollbackView> {
      const { deployment, asked } = await askedOf(store.read, call);
      const { id, window, scope } = deployment;
      const wanted = (await store.read.deployments.machines(id)).filter((machine) => isAskedFor(machine, asked));
      const shown = wanted.map(async (machine) => ({ id: machine.machineId, name: machine.name, updates: (await changesOf(store.read, machine)).length }));
      return { id, window, scope, plan: asked.plan, machines: await Promise.all(shown) };
    },

    /** @param how `plan` may be asked for by whoever may take back, and changes nothing */
    async rollback(call: RolloutCall, machineId: string, how: "plan" | "rollback"): Promise<MachineRollback> {
      const { deployment, asked } = await askedOf(store.read, call);
      if (asked.plan && how === "rollback") throw new RunwrightError("PERMISSION_DENIED", "somebody has asked for a plan only");
      const { name } = await machineOf(store.read, deployment.id, machineId);
      const taken = how === "plan" ? await look(call, machineId) : await take(call, machineId, await freezes.at("deployments", deployment.scope, clock.now()));
      if ("problem" in taken) return { machine: name, problem: taken.problem, updates: [], rebootPending: false };
      const request = { updates: taken.changes, plan: how === "plan", timeoutMs: TIMEOUT_MS[how] };
      let done: MachineRollback;
      try {
        done = answered(name, await machines.rollback({ ...call, machineId }, request));
      } catch (error) {
        if (call.signal.aborted || !isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
        done = { machine: name, problem: `${error.message} [${error.code}]`, updates: [], rebootPending: false };
        // It may still be at it: until this job ends nobody else changes it.
        if (how === "rollback" && error.code === "COMMAND_EXPIRED") return done;
      }
      if (how === "rollback") await settle(call, machineId, done);
      return done;
    },
  };

  async function look(call: RolloutCall, machineId: string): Promise<{ changes: ChangedPackage[] } | { problem: string }> {
    const { asked } = await askedOf(store.read, call);
    const machine = await machineOf(store.read, call.deploymentId, machineId);
    if (!isAskedFor(machine, asked)) throw new RunwrightError("PERMISSION_DENIED", `nobody has asked to take ${machine.name} back`);
    const changes = await changesOf(store.read, machine);
    return changes.length === 0 ? { problem: NOTHING } : { changes };
  }
}

/** A machine's words are its own: they are cut and cleaned. */
function answered(machine: string, { updates, rebootPending }: RollbackReport): MachineRollback {
  const rows = updates.map((update) => ({ ...update, name: readable(update.name, 255), message: readable(update.message, 1_000) }));
  return { machine, problem: null, updates: rows, rebootPending };
}
