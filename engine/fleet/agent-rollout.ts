import { type AgentUpdateState, type Batch, batchSize, judgeFailure, type RolloutState, runsBuild } from "../core/agent-rollout.ts";
import type { Clock } from "../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import type { Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import { updateAgentReport } from "../protocol/agent.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Writes } from "../store/store.ts";
import type { Commands } from "./commands.ts";
import type { AgentPackage, Log } from "./ports.ts";

/** What else runs on a machine ends first: with the trial's own time, so long until the machine counts as lost. */
const PATIENCE_MS = 45 * 60_000;

export interface RolloutMachine {
  id: string;
  name: string;
  scope: Scope;
  state: AgentUpdateState;
  /** What its agent said, or why it wasn't asked. */
  message: string;
}

export interface Rollout {
  id: string;
  version: string;
  hash: string;
  state: RolloutState;
  /** Machines at a time. */
  batch: number;
  deadlineMinutes: number;
  machines: readonly RolloutMachine[];
  /** Why it was halted. */
  reason: string | null;
  startedAt: number;
  endedAt: number | null;
  startedBy: string;
}

export interface RolloutRequest {
  machines: readonly MachineRecord[];
  batch: Batch;
  deadlineMinutes: number;
  actor: Actor;
  correlationId: string;
  /** Written with each command: the activity log's entry. */
  also?(tx: Writes, told: { machine: string; scope: Scope; command: string; version: string; hash: string; rollout: string }): void;
}

export interface RolloutParts {
  commands: Pick<Commands, "perform">;
  agentPackage: (() => Promise<AgentPackage>) | undefined;
  clock: Clock;
  newId: NewId;
  log: Log;
}

/**
 * Brings the engine's own package of the agent to machines, some at a time: the next ones are told when those have reported with it. The first one that goes back,
 * or isn't heard of any more, halts it.
 *
 * Kept in memory, on purpose: an engine that is started anew goes on with the commands that it has sent, and sends none to further machines.
 */
export function createAgentRollout({ commands, agentPackage, clock, newId, log }: RolloutParts) {
  let latest: (Rollout & { machines: RolloutMachine[] }) | undefined;
  let work: Promise<void> | undefined;
  const stopping = new AbortController();

  function halt(rollout: Rollout, reason: string): void {
    if (rollout.state !== "running") return;
    Object.assign(rollout, { state: "halted", reason });
    log.warn({ rollout: rollout.id, version: rollout.version, reason }, "the rollout of the agent is halted");
  }

  async function updateOne(rollout: Rollout, machine: RolloutMachine, bytes: number, request: RolloutRequest): Promise<void> {
    const { version, hash, deadlineMinutes } = rollout;
    const args = { version, hash, bytes, deadlineMinutes, timeoutMs: Math.round(deadlineMinutes * 60_000) + PATIENCE_MS };
    const { actor, correlationId, also } = request;
    const { id: machineId, name, scope } = machine;
    const command = newId("cmd");
    machine.state = "updating";
    try {
      const value = await commands.perform(
        { id: command, machineId, action: "update-agent", args, jobId: null, actor, correlationId },
        { signal: stopping.signal, also: (tx) => also?.(tx, { machine: name, scope, command, version, hash, rollout: rollout.id }) },
      );
      if (!updateAgentReport.Check(value)) throw new RunwrightError("INTERNAL", "the agent answered with something that isn't the report of an update");
      Object.assign(machine, { state: value.result, message: value.reason });
    } catch (error) {
      if (stopping.signal.aborted) return; // nobody is told any more
      const { code, message } = isRunwrightError(error) ? error : new RunwrightError("INTERNAL", String(error));
      const { state, halts } = judgeFailure(code);
      Object.assign(machine, { state, message });
      if (halts) halt(rollout, `${name}: ${message}`);
    }
  }

  async function run(rollout: Rollout & { machines: RolloutMachine[] }, bytes: number, request: RolloutRequest): Promise<void> {
    const waiting = rollout.machines.filter(({ state }) => state === "waiting");
    while (waiting.length > 0 && rollout.state === "running" && !stopping.signal.aborted) {
      await Promise.all(waiting.splice(0, rollout.batch).map((machine) => updateOne(rollout, machine, bytes, request)));
    }
    for (const machine of waiting) Object.assign(machine, { state: "notTried", message: "the rollout was halted before its turn" });
    if (rollout.state === "running") Object.assign(rollout, { state: "completed" });
    Object.assign(rollout, { endedAt: clock.now() });
  }

  return {
    /** @throws CONFLICT while another one runs, AGENT_NOT_UPDATABLE when this engine has no package */
    async start(request: RolloutRequest): Promise<Rollout> {
      if (agentPackage === undefined) throw new RunwrightError("AGENT_NOT_UPDATABLE", "this engine has no package of the agent");
      const { version, hash, code } = await agentPackage();
      if (latest?.state === "running" || work)
        throw new RunwrightError("CONFLICT", "another rollout of the agent is under way; see `runwright agent update --show`");
      const machines = request.machines.map(({ id, name, scope, state, facts }): RolloutMachine => {
        const one = { id, name, scope };
        if (runsBuild(facts?.agentVersion, { version, hash })) return { ...one, state: "current", message: "it runs this version" };
        if (state !== "online") return { ...one, state: "offline", message: `it is ${state}` };
        return { ...one, state: "waiting", message: "" };
      });
      const toUpdate = machines.filter(({ state }) => state === "waiting").length;
      const rollout: typeof latest = {
        ...{ id: newId("rol"), version, hash, state: "running", batch: batchSize(request.batch, toUpdate), deadlineMinutes: request.deadlineMinutes, machines },
        ...{ reason: null, startedAt: clock.now(), endedAt: null, startedBy: request.actor.name },
      };
      latest = rollout;
      work = run(rollout, code.length, request)
        .catch((error) => {
          log.error({ err: error, rollout: rollout.id }, "the rollout of the agent failed");
          halt(rollout, error instanceof Error ? error.message : String(error));
        })
        .finally(() => {
          work = undefined;
        });
      return rollout;
    },
    /** The newest one of this engine since it was started. */
    latest: (): Rollout | undefined => latest,
    /** No further machine is told; those that were go on. @returns undefined when there is none */
    halt(by: string): Rollout | undefined {
      if (latest) halt(latest, `${by} has halted it`);
      return latest;
    },
    async stop(): Promise<void> {
      stopping.abort();
      await work;
    },
  };
}
export type AgentRollout = ReturnType<typeof createAgentRollout>;
