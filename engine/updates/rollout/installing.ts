import { callKey } from "../../core/call-id.ts";
import { counted } from "../../core/counted.ts";
import type { PlannedUpdate } from "../../core/deploy/plan.ts";
import type { Installed, NotYet } from "../../core/deploy/rollout.ts";
import { WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { Freezing } from "../../core/freeze.ts";
import { updatesAtOnce } from "../../core/install.ts";
import { type InstallFindings, reportedInstall } from "../../core/install-history.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { calledOff, callOff } from "./called-off.ts";
import { fittingNow, rebootModeOf, startWithin, windowOf } from "./fitting.ts";
import { haltIfDue } from "./halting.ts";
import { deploymentOf, holdDeployment, holdMachine, machineOf } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/** A rollout that is halted is asked about again after this time. */
const AGAIN_MS = 30_000;

interface ToInstall {
  deployment: DeploymentRecord;
  machine: DeploymentMachine;
  updates: readonly PlannedUpdate[];
}

/** Has a machine install what was planned for it, exactly, as far as it still fits. The runbook chooses when, never what. */
export function createInstalling(parts: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines" | "audit">) {
  const { store, clock, freezes, machines } = parts;

  /**
   * Invariant: which command it is, is stored before it exists; whatever the machine says of it, also years later, is known to belong here. As long as it doesn't exist nothing
   * was sent, and all is looked at again: between the two an engine may have died, and somebody may have said stop.
   */
  async function decide(call: RolloutCall, machineId: string, freezing: Freezing | undefined): Promise<ToInstall | Installed | NotYet> {
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const { machine } = await holdMachine(tx, deployment, machineId);
      const command = callKey(call.id);
      if (machine.installCommand !== null && machine.installCommand !== command)
        throw new RunwrightError("CONFLICT", `${machine.name} was told to install already, by the command ${machine.installCommand}`);
      const mode = rebootModeOf(deployment.spec);
      const isSent = machine.installCommand === command && (await tx.commands.get(command)) !== undefined;
      const fitting = fittingNow(machine.plan, windowOf(machine, deployment.spec), clock.now(), mode);
      // The command may be there already, and then goes by what it was first told. If it isn't, and time has run out, the machine says so of each update.
      const updates = isSent && fitting.length === 0 ? machine.plan.updates : fitting;
      const stop = isSent ? undefined : await whyNot(tx, call, { deployment, machine, updates }, freezing);
      if (stop) {
        if (machine.installCommand !== null) await tx.deployments.patchMachine(machine, { installCommand: null });
        return stop;
      }
      if (!isSent) await tx.deployments.patchMachine(machine, { installCommand: command });
      return { deployment, machine, updates };
    });
  }

  async function whyNot(
    tx: Writes,
    call: RolloutCall,
    { deployment, machine, updates }: ToInstall,
    freezing: Freezing | undefined,
  ): Promise<Installed | NotYet | undefined> {
    const stop = calledOff(deployment, freezing);
    if (stop) {
      await callOff(tx, machine, stop, clock.now());
      return { ...nothing(stop.message), end: "calledOff" };
    }
    if (updates.length === 0) return nothing(machine.plan.updates.length === 0 ? "no updates are planned" : "no update fits any more");
    const counts = await tx.deployments.counts(deployment.id);
    const status = await haltIfDue(parts, tx, deployment, { counts, unverified: undefined, onBehalfOf: call.onBehalfOf });
    if (status === "running") return undefined;
    return { ...notYet(clock.now() + AGAIN_MS, `the rollout is ${status}: nothing is installed meanwhile`), halted: true };
  }

  /** What was refused before it was stored will never exist: nobody waits for it, and its machine isn't held for it. */
  async function forgetUnsent(call: RolloutCall, machineId: string, { code, message }: RunwrightError): Promise<void> {
    const command = callKey(call.id);
    await store.write(async (tx) => {
      const machine = await machineOf(tx, (await holdDeployment(tx, call)).id, machineId);
      if (machine.status !== "InProgress" || machine.installCommand !== command || (await tx.commands.get(command)) !== undefined) return;
      await tx.deployments.patchMachine(machine, { installCommand: null });
      const what = code === "AGENT_OFFLINE" ? "lost" : "unsent";
      if (!machine.notes.some((note) => note.what === what && note.message === message))
        await tx.deployments.note(machine, { at: clock.now(), what, ok: false, fails: false, message });
    });
  }

  return async function install(call: RolloutCall, machineId: string): Promise<Installed | NotYet> {
    const { scope } = await deploymentOf(store.read, call);
    const decided = await decide(call, machineId, await freezes.at("deployments", scope, clock.now()));
    if (!("updates" in decided)) return decided;
    const { deployment, machine, updates } = decided;
    const { configurationFiles = WINDOW_DEFAULTS.configurationFiles, allowRemovals = false } = deployment.spec;
    const atOnce = updatesAtOnce((await store.read.updates.currentAssessment(machineId))?.packageManager);
    const now = clock.now();
    const request = {
      updates: updates.map(({ name, architecture, version }) => ({ name, architecture, version })),
      ...{ configurationFiles, allowRemovals },
      startWithinMs: startWithin(updates, windowOf(machine, deployment.spec), { now, mode: rebootModeOf(deployment.spec), atOnce }),
      // What runs when the window closes is let finish; nobody waits for it much longer, and it is taken when it comes.
      timeoutMs: Math.max(60_000, machine.closesAt - now),
    };
    try {
      return reported(reportedInstall(await machines.install({ ...call, machineId }, request), request.updates));
    } catch (error) {
      if (call.signal.aborted || !isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
      await forgetUnsent(call, machineId, error);
      if (error.code !== "AGENT_OFFLINE" && error.code !== "COMMAND_EXPIRED") return { ...nothing(error.message), end: "failed" };
      const isOnline = (await store.read.machines.get(machineId))?.state === "online";
      return { ...nothing(error.message), end: error.code === "COMMAND_EXPIRED" && isOnline ? "unfinished" : "lost" };
    }
  };
}

const notYet = (at: number, message: string): NotYet => ({ go: false, again: true, halted: false, at, message });
const nothing = (message: string): Installed => ({ end: "none", succeeded: 0, failed: 0, left: 0, rebootPending: false, message });

function reported({ updates, rebootPending }: InstallFindings): Installed {
  const of = (...statuses: string[]) => updates.filter(({ status }) => statuses.includes(status)).length;
  const [succeeded, failed] = [of("Succeeded"), of("Failed")];
  const message = `${counted(succeeded, "update")} installed${failed > 0 ? `, ${failed} failed` : ""}`;
  return { end: "reported", succeeded, failed, left: updates.length - succeeded - failed, rebootPending, message };
}
