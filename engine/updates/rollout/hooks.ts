import { type HookFailure, isOfEachMachine, nameOfHook, onFailureOf, timeoutOf } from "../../core/deploy/hooks.ts";
import type { HookOutcome } from "../../core/deploy/rollout.ts";
import type { Hook } from "../../core/deploy/spec.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { excerpt } from "../../core/excerpt.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import { changeStatus } from "./halting.ts";
import { runProgram } from "./health.ts";
import { deploymentOf, holdDeployment, machineOf } from "./held.ts";
import { askedBy, createHookTurn } from "./hook-turn.ts";
import type { RolloutCall, RolloutParts } from "./ports.ts";

const MAX_MESSAGE = 1_000;

/** Runs hooks of the window: a runbook as a child of the rollout's job, or a program on the machine. What became of one is stored, and counts. */
export function createHooks(parts: Pick<RolloutParts, "store" | "clock" | "freezes" | "machines" | "hookJobs" | "audit">) {
  const { store, clock, machines, hookJobs } = parts;
  const takeTurn = createHookTurn(parts);

  function find({ spec, id }: DeploymentRecord, index: number, machineId: string | undefined): Hook {
    const hook = spec.hooks?.[index];
    if (hook === undefined) throw new RunwrightError("NOT_FOUND", `the deployment ${id} has no hook ${index}`);
    if (isOfEachMachine(hook.at) !== (machineId !== undefined))
      throw new RunwrightError("BAD_REQUEST", `the hook ${hook.at} runs ${machineId === undefined ? "for each machine" : "once for the deployment"}`);
    return hook;
  }

  async function run(call: HookCall, deployment: DeploymentRecord, hook: Hook, machineId: string | undefined): Promise<{ ok: boolean; message: string }> {
    const what = `${hook.at}, ${nameOfHook(hook)}`;
    if (hook.runbook !== undefined) {
      const name = machineId === undefined ? undefined : (await machineOf(store.read, deployment.id, machineId)).name;
      const params = { deployment: deployment.id, window: deployment.window, at: hook.at, ...(name === undefined ? {} : { machine: name }) };
      const version = deployment.hookVersions?.[hook.runbook] ?? null;
      if (version === null) return { ok: false, message: `${what}: it wasn't published when this was planned` };
      return runRunbook(call, { runbook: hook.runbook, version, params, timeoutMs: timeoutOf(hook), what });
    }
    if (machineId === undefined || hook.command === undefined) return { ok: false, message: `${what}: once for a deployment only runbooks run` };
    return runProgram(machines, { ...call, machineId, part: "hook" }, { command: hook.command, timeoutMs: timeoutOf(hook), what });
  }

  async function runRunbook(call: HookCall, { runbook, version, params, timeoutMs, what }: RunbookHook): Promise<{ ok: boolean; message: string }> {
    const job = await hookJobs.start(call, { runbook, version }, params).catch((error: unknown) => {
      if (call.signal.aborted || !isRunwrightError(error) || error.code === "DATABASE_UNAVAILABLE") throw error;
      return { id: null, message: error.message };
    });
    if (job.id === null) return { ok: false, message: `${what}: ${job.message}` };
    // The time counts from the job's beginning: a crash doesn't start it again.
    const late = AbortSignal.timeout(Math.max(0, job.createdAt + timeoutMs - clock.now()));
    try {
      const { status, message } = await hookJobs.wait(job.id, AbortSignal.any([call.signal, late]));
      return status === "completed"
        ? { ok: true, message: `${what} succeeded` }
        : { ok: false, message: `${what}: the job ${job.id} has ${status}: ${message}` };
    } catch (error) {
      if (call.signal.aborted || !late.aborted) throw error;
      await hookJobs.stop(job.id, call.onBehalfOf);
      return { ok: false, message: `${what}: the job ${job.id} took longer than ${Math.round(timeoutMs / 1_000)} s, and was stopped` };
    }
  }

  /** A failure is written down with what it does: whoever carries the deployment out can't overlook it. */
  async function settle(
    call: HookCall,
    { hook, index, machineId, ran }: { hook: Hook; index: number; machineId: string | undefined; ran: { ok: boolean; message: string } },
  ): Promise<HookOutcome> {
    const message = excerpt(ran.message, MAX_MESSAGE);
    const consequence: HookFailure | null = ran.ok ? null : onFailureOf(hook);
    await store.write(async (tx) => {
      const deployment = await holdDeployment(tx, call);
      const at = clock.now();
      if (machineId !== undefined) {
        const machine = await machineOf(tx, deployment.id, machineId);
        const note = { at, what: hook.at, ok: ran.ok, fails: consequence !== "continue", message };
        const isKnown = machine.notes.some(({ hook: of }) => of?.index === index && of.has === "ended");
        if (machine.status === "InProgress" && !isKnown) await tx.deployments.note(machine, { ...note, hook: { index, by: askedBy(call.id), has: "ended" } });
      } else await tx.deployments.patch(deployment.id, { hooks: [...deployment.hooks, { at: hook.at, what: nameOfHook(hook), ok: ran.ok, message }] });
      if (consequence !== "abort") return;
      const counts = await tx.deployments.counts(deployment.id);
      await changeStatus(parts, tx, deployment, { status: "aborting", reason: `a hook has failed: ${message}`, counts, onBehalfOf: call.onBehalfOf });
    });
    return { ok: ran.ok, message, consequence };
  }

  return async function runHook(call: HookCall, index: number, machineId?: string): Promise<HookOutcome> {
    const deployment = await deploymentOf(store.read, call);
    const hook = find(deployment, index, machineId);
    const before = machineId === undefined ? undefined : await takeTurn(call, index, { hook, machineId });
    return before ?? settle(call, { hook, index, machineId, ran: await run(call, deployment, hook, machineId) });
  };
}

export type HookCall = RolloutCall & { depth: number };
interface RunbookHook {
  runbook: string;
  /** That was planned, and maybe approved. */
  version: number;
  params: { deployment: string; window: string; at: string; machine?: string };
  timeoutMs: number;
  what: string;
}
