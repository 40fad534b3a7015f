import { driftOf } from "../../core/deploy/drift.ts";
import type { Begun, NotYet } from "../../core/deploy/rollout.ts";
import { isEnded, type MachineStatus } from "../../core/deploy/status.ts";
import { isRunwrightError } from "../../core/errors.ts";
import type { Freezing } from "../../core/freeze.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { letGo } from "./at-work.ts";
import { fittingNow, rebootModeOf, rebootTakes, windowOf } from "./fitting.ts";
import { haltIfDue } from "./halting.ts";
import { deploymentOf, holdDeployment, machineOf } from "./held.ts";
import { takeIdle } from "./lock-holder.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/** A machine that another deployment holds, or a rollout that is halted, is asked about again after this time. */
const AGAIN_MS = 30_000;
const ASSESS_MS = 10 * 60_000;
/** Names that a message about drift shows. */
const MOST_NAMED = 3;

/**
 * Begins with a machine: looks at window, freeze, approval and lock, takes the machine, has it look again what is offered, and compares that with what was planned and
 * approved. What becomes of a machine that is set aside is stored at once.
 * Invariant: no other step is taken on a machine before that comparison has passed, which is written on its row.
 */
export function createBegin(parts: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines" | "audit">) {
  const { store, clock, freezes, machines } = parts;

  async function take(call: RolloutCall, machineId: string, freezing: Freezing | undefined): Promise<Begun> {
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const machine = await machineOf(tx, deployment.id, machineId);
      const { plan, status, message } = machine;
      if (status !== "NotStarted" && status !== "InProgress") return { go: false, again: false, status, message, over: false };
      const mode = rebootModeOf(deployment.spec);
      const fitting = fittingNow(plan, windowOf(machine, deployment.spec), clock.now(), mode);
      const go = { go: true, fitting: fitting.length, left: plan.updates.length - fitting.length } as const;
      if (status === "InProgress") return go; // asked before a crash, or twice
      const refusal = (await refusalOf(tx, deployment, machine, freezing)) ?? (await taken(tx, deployment, machine));
      if (refusal) return refusal;
      if (plan.updates.length > 0 && fitting.length === 0) return setAside(tx, machine, "MaintenanceWindowExceeded", tooLate(machine, deployment));
      if (plan.updates.length === 0 && mode === "only" && clock.now() + (await rebootTakes(tx, machineId)) > machine.closesAt)
        return setAside(tx, machine, "MaintenanceWindowExceeded", "no time is left for its reboot");
      const bootIdBefore = (await tx.machines.get(machineId))?.facts?.bootId ?? null;
      await tx.deployments.patchMachine(machine, { status: "InProgress", message: "", startedAt: clock.now(), bootIdBefore });
      return go;
    });
  }

  async function refusalOf(
    tx: Writes,
    deployment: DeploymentRecord,
    machine: DeploymentMachine,
    freezing: Freezing | undefined,
  ): Promise<Exclude<Begun, { go: true }> | undefined> {
    const now = clock.now();
    if (deployment.status === "aborting" || isEnded(deployment.status)) return setAside(tx, machine, "Cancelled", deployment.reason, true);
    if (now >= deployment.closesAt) return setAside(tx, machine, "MaintenanceWindowExceeded", "the window closed before its turn", true);
    if (now >= machine.closesAt) return setAside(tx, machine, "MaintenanceWindowExceeded", "its window closed before its turn");
    if (deployment.status !== "running") return { ...notYet(now + AGAIN_MS, `the rollout is ${deployment.status}: ${deployment.reason}`), halted: true };
    if (now < machine.opensAt) return notYet(machine.opensAt, "its window isn't open yet");
    if (freezing) return setAside(tx, machine, "Frozen", freezing.reason);
    return isApproved(tx, deployment, machine);
  }

  /** Whether people have approved exactly this plan. The round that starts deployments looks at it, too; here nothing gets past it. */
  async function isApproved(tx: Writes, { id, planHash, spec }: DeploymentRecord, machine: DeploymentMachine) {
    const wanted = spec.approval?.count ?? 0;
    if (wanted === 0) return undefined;
    const decisions = (await tx.deployments.decisions(id)).filter((one) => one.planHash === planHash);
    const approved = decisions.filter(({ decision }) => decision === "approved").length;
    if (approved >= wanted && decisions.every(({ decision }) => decision === "approved")) return undefined;
    return setAside(tx, machine, "SkippedByGate", `the plan ${planHash.slice(0, 12)} isn't approved: ${approved} of ${wanted} have`);
  }

  /** Invariant: one machine, one that changes it. */
  async function taken(tx: Writes, { id }: DeploymentRecord, machine: DeploymentMachine): Promise<NotYet | undefined> {
    const why = await takeIdle(tx, machine, { holder: id, at: clock.now() });
    return why === undefined ? undefined : notYet(clock.now() + AGAIN_MS, why);
  }

  async function setAside(tx: Writes, machine: DeploymentMachine, status: MachineStatus, message: string, over = false) {
    await tx.deployments.patchMachine(machine, { status, message, endedAt: clock.now() });
    await letGo(tx, machine, clock.now());
    return { go: false, again: false, status, message, over } as const;
  }

  /** Writes down what the look has brought. Its turn may have ended meanwhile, or go on already by what an earlier look has found: then that counts. */
  async function settle(call: RolloutCall, machineId: string, { begun, aside }: { begun: Begun; aside: Aside | undefined }): Promise<Begun> {
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const machine = await machineOf(tx, deployment.id, machineId);
      if (machine.status !== "InProgress") return { go: false, again: false, status: machine.status, message: machine.message, over: false };
      if (aside === undefined) await tx.deployments.patchMachine(machine, { checkedAt: clock.now() });
      if (aside === undefined || machine.installCommand !== null) return begun;
      const answer = await setAside(tx, machine, aside.status, aside.message);
      // A machine that isn't there, or can't look, has failed as one that can't install has.
      await haltIfDue(parts, tx, deployment, { counts: await tx.deployments.counts(deployment.id), unverified: undefined, onBehalfOf: call.onBehalfOf });
      return answer;
    });
  }

  /** What the machine is offered now. @returns why it is set aside */
  async function lookAgain(call: RolloutCall, machine: DeploymentMachine): Promise<Aside | undefined> {
    const { machineId, plan } = machine;
    if (plan.updates.length === 0 || machine.installCommand !== null) return undefined;
    const timeoutMs = Math.max(60_000, Math.min(ASSESS_MS, machine.closesAt - clock.now()));
    try {
      await machines.assess({ ...call, machineId }, { refresh: true, timeoutMs });
    } catch (error) {
      if (call.signal.aborted || !isRunwrightError(error)) throw error;
      if (error.code === "DATABASE_UNAVAILABLE") throw error;
      const lost = error.code === "AGENT_OFFLINE" || error.code === "COMMAND_EXPIRED";
      return { status: lost ? "AgentLost" : "Failed", message: `it couldn't look what is offered: ${error.message}` };
    }
    const [offered, packages] = await Promise.all([store.read.updates.ofMachine(machineId), store.read.updates.packages(machineId)]);
    const installed = new Map(packages.map(({ name, architecture, version }) => [`${name}:${architecture}`, version]));
    const drift = driftOf(plan.updates, offered, installed);
    if (drift.length === 0) return undefined;
    const named = drift.slice(0, MOST_NAMED).map(({ name, difference }) => `${name}: ${difference}`);
    return { status: "PlanDrift", message: named.join("; ") + (drift.length > MOST_NAMED ? `; and ${drift.length - MOST_NAMED} more` : "") };
  }

  return async function begin(call: RolloutCall, machineId: string): Promise<Begun> {
    const { scope } = await deploymentOf(store.read, call);
    const begun = await take(call, machineId, await freezes.at("deployments", scope, clock.now()));
    if (!begun.go) return begun;
    const aside = await lookAgain(call, await machineOf(store.read, call.deploymentId, machineId));
    return settle(call, machineId, { begun, aside });
  };
}

/** Why a machine that has begun isn't gone on with. */
interface Aside {
  status: MachineStatus;
  message: string;
}

const notYet = (at: number, message: string): NotYet => ({ go: false, again: true, halted: false, at, message });

const tooLate = ({ plan, closesAt }: DeploymentMachine, { opensAt }: DeploymentRecord): string => {
  const [first] = plan.updates;
  const minutes = Math.round((first?.expected.p95 ?? 0) / 60_000);
  return `no update fits any more: ${first?.name ?? ""} takes ${minutes} min (p95) of the window of ${Math.round((closesAt - opensAt) / 60_000)}`;
};
