import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { CLOSE } from "../protocol/agent.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store } from "../store/store.ts";
import type { Connections } from "./connections.ts";

const PATIENCE_MS = 5 * 60_000;

export const SEPARATE_THEM = (name: string): string =>
  `two machines use the key of ${name}, as if one disk had been copied to the other; neither is let in until one of them has joined again with a new token`;

/**
 * Tells a machine that comes back from a second machine that has the same key: the earlier connection is asked whether it still lives. If it answers, nobody can
 * say which of the two is the machine: both are refused until an operator joins one of them anew, which gives it another key.
 */
export function createCloneCheck({ store, clock, connections, answerMs }: { store: Store; clock: Clock; connections: Connections; answerMs: number }) {
  return {
    /** @throws AGENT_CLONED, when the machine has been marked */
    async check(machine: MachineRecord, runId: string): Promise<void> {
      const earlier = connections.get(machine.id);
      if (earlier === undefined || earlier.runId === runId) return;
      if (!(await earlier.answers(answerMs))) return earlier.terminate();
      await store.write(async (tx) => {
        await tx.machines.patch(machine.id, { state: "cloned", engine: null });
        tx.activity.append({
          at: clock.now(),
          actorId: machine.id,
          actorKind: "agent",
          actorName: machine.name,
          address: earlier.address,
          operation: "machine.cloned",
          target: machine.name,
          scope: machine.scope,
          result: "AGENT_CLONED",
          correlationId: runId,
          details: { runs: [earlier.runId, runId] },
        });
      });
      earlier.refuse(CLOSE.refused, "AGENT_CLONED", SEPARATE_THEM(machine.name), PATIENCE_MS);
      throw new RunwrightError("AGENT_CLONED", SEPARATE_THEM(machine.name));
    },
  };
}
export type CloneCheck = ReturnType<typeof createCloneCheck>;
