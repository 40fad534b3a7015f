import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import type { Connection } from "./connections.ts";
import type { Log } from "./ports.ts";

/**
 * A machine that speaks of a command that another one was given. It changes nothing, and somebody should know: its agent lies, or its disk is a copy of the other one's.
 * One entry for each connection in the activity log, however often it says so. A machine that was removed isn't another one: whoever was it and has joined anew tells what it did before.
 */
export function createFalseClaims({ store, clock, log }: { store: Store; clock: Clock; log: Log }) {
  const told = new WeakSet<Connection>();

  return async function tell(connection: Connection, { frame, commandId }: { frame: "ack" | "result"; commandId: string }): Promise<void> {
    if (told.has(connection)) return;
    const command = await store.read.commands.get(commandId);
    const owner = command && (await store.read.machines.get(command.machineId));
    if (!owner || owner.removedAt !== null || told.has(connection)) return;
    told.add(connection);
    const { machineId, name, address, runId } = connection;
    log.warn({ machine: name, command: commandId, frame }, "a machine speaks of a command that another one was given; nothing has changed");
    await store.write(async (tx) => {
      const machine = await tx.machines.get(machineId);
      tx.activity.append({
        ...{ at: clock.now(), actorId: machineId, actorKind: "agent", actorName: name, address, operation: "machine.falseClaim" },
        ...{ target: name, scope: machine?.scope ?? "/", result: "FORBIDDEN", correlationId: runId, details: { frame, command: commandId } },
      });
    });
  };
}
export type FalseClaims = ReturnType<typeof createFalseClaims>;
