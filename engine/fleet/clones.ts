import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { CLOSE } from "../protocol/agent.ts";
import type { ActivityEntry } from "../store/records/activity.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store } from "../store/store.ts";
import type { Connection, Connections } from "./connections.ts";

const PATIENCE_MS = 5 * 60_000;

export const SEPARATE_THEM = (name: string): string =>
  `two machines use the key of ${name}, as if one disk had been copied to the other; neither is let in until one of them has joined again with a new token`;

export interface CloneParts {
  store: Store;
  clock: Clock;
  connections: Connections;
  engineId: string;
  answerMs: number;
}

/**
 * Tells a machine that comes back from a second machine that has the same key: the earlier connection is asked whether it still lives. If it answers, nobody can
 * say which of the two is the machine: both are refused until an operator joins one of them anew, which gives it another key.
 */
export function createCloneCheck({ store, clock, connections, engineId, answerMs }: CloneParts) {
  const entry = ({ id, name, scope }: MachineRecord, earlier: Connection, runs: string[]): ActivityEntry => ({
    at: clock.now(),
    actorId: id,
    actorKind: "agent",
    actorName: name,
    address: earlier.address,
    operation: "machine.cloned",
    target: name,
    scope,
    result: "AGENT_CLONED",
    correlationId: runs.at(-1) ?? earlier.runId,
    details: { runs },
  });
  const refuse = (earlier: Connection) => earlier.refuse(CLOSE.refused, "AGENT_CLONED", SEPARATE_THEM(earlier.name), PATIENCE_MS);

  return {
    /** @throws AGENT_CLONED, when the machine has been marked */
    async check(machine: MachineRecord, runId: string): Promise<void> {
      const earlier = connections.get(machine.id);
      if (earlier === undefined || earlier.runId === runId) return;
      if (!(await earlier.answers(answerMs))) return earlier.terminate();
      await store.write(async (tx) => {
        await tx.machines.patch(machine.id, { state: "cloned", engine: null });
        tx.activity.append(entry(machine, earlier, [earlier.runId, runId]));
      });
      refuse(earlier);
      throw new RunwrightError("AGENT_CLONED", SEPARATE_THEM(machine.name));
    },

    /**
     * The machine's row doesn't name this engine any more. The newest connection wins: this one is cut off, and its agent, if it lives, learns at the door why.
     * An agent has one connection at a time, so that one which still answers after another engine has let the machine in is a second machine.
     */
    async displaced(connection: Connection): Promise<void> {
      const { machineId } = connection;
      const isElsewhere = (machine?: MachineRecord) => machine?.state === "online" && machine.engine !== null && machine.engine !== engineId;
      if (!isElsewhere(await store.read.machines.get(machineId)) || !(await connection.answers(answerMs))) return connection.terminate();
      if (connections.get(machineId) !== connection) return; // it has come back to this engine meanwhile, and was replaced
      const isClone = await store.write(async (tx) => {
        const machine = await tx.machines.get(machineId);
        if (!machine || !isElsewhere(machine)) return false;
        await tx.machines.patch(machineId, { state: "cloned", engine: null }); // the other engine hears of it
        tx.activity.append(entry(machine, connection, [connection.runId]));
        return true;
      });
      if (isClone) refuse(connection);
      else connection.terminate();
    },
  };
}
export type CloneCheck = ReturnType<typeof createCloneCheck>;
