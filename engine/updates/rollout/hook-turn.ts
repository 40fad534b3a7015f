import { type CallId, callKey } from "../../core/call-id.ts";
import { nameOfHook, onFailureOf } from "../../core/deploy/hooks.ts";
import type { HookOutcome } from "../../core/deploy/rollout.ts";
import type { Hook } from "../../core/deploy/spec.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import { type CalledOff, calledOff, callOff } from "./called-off.ts";
import { deploymentOf, holdDeployment, holdMachine } from "./held.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

/**
 * Lets a hook of a machine begin. It is part of the machine's turn: neither before that begins, nor when it is over, nor while another deployment has the machine; and in it
 * each hook runs once, whoever asks again. That it begins is stored before it does.
 */
export function createHookTurn({ store, clock, freezes }: Pick<RolloutParts, "store" | "clock" | "freezes">) {
  /** What prepares a machine is for nothing when nothing is installed any more. What cleans up after an install runs whatever the time. */
  function tooLate(hook: Hook, deployment: DeploymentRecord, { closesAt }: DeploymentMachine, stop: CalledOff | undefined): CalledOff | undefined {
    if (hook.at !== "beforeMachine" || stop) return hook.at === "beforeMachine" ? stop : undefined;
    if (clock.now() < Math.min(closesAt, deployment.closesAt)) return undefined;
    return { status: "MaintenanceWindowExceeded", message: "the window closed before its updates began" };
  }

  /** @returns what became of it, when it doesn't run now @throws CONFLICT */
  return async function take(call: RolloutCall, index: number, { hook, machineId }: { hook: Hook; machineId: string }): Promise<HookOutcome | undefined> {
    const freezing = await freezes.at("deployments", (await deploymentOf(store.read, call)).scope, clock.now());
    return store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const { machine } = await holdMachine(tx, deployment, machineId);
      const known = machine.notes.filter((note) => note.hook?.index === index);
      const result = known.find(({ hook: of }) => of?.has === "ended");
      if (result) return { ok: result.ok, message: result.message, consequence: result.ok ? null : onFailureOf(hook) };
      const by = askedBy(call.id);
      if (known.some((note) => note.hook?.by === by)) return undefined; // asked before a crash
      if (known.length > 0) throw new RunwrightError("CONFLICT", `the hook ${hook.at}, ${nameOfHook(hook)} runs on ${machine.name} already`);
      const stop = tooLate(hook, deployment, machine, calledOff(deployment, freezing));
      if (stop) {
        await callOff(tx, machine, stop, clock.now());
        return { ok: false, message: stop.message, consequence: "skipMachine" };
      }
      const message = `${hook.at}, ${nameOfHook(hook)} begins`;
      await tx.deployments.note(machine, { at: clock.now(), what: "hook", ok: true, fails: false, message, hook: { index, by, has: "begun" } });
      return undefined;
    });
  };
}

/** The same for all tries of a call. */
export const askedBy = (id: CallId): string => callKey({ ...id, retry: 0 });
