import type { Clock } from "../core/clock.ts";
import type { Facts } from "../core/machine.ts";
import type { Store } from "../store/store.ts";
import type { Connection, Connections } from "./connections.ts";

/** `lastSeenAt` of a connected machine is exact to this: a row isn't written with every heartbeat. */
const RECORD_EVERY_MS = 60_000;

/** Who is there and who isn't. */
export function createLiveness(parts: { store: Store; clock: Clock; connections: Connections; engineId: string; silenceMs: number }) {
  const { store, clock, connections, engineId, silenceMs } = parts;
  const recorded = new Map<string, number>();

  return {
    /** This engine has no connection: what it recorded when it was killed isn't true any more. */
    begin: (): Promise<void> => store.write((tx) => tx.machines.disconnectAll(engineId)),

    facts: (machineId: string, facts: Facts): Promise<void> => store.write((tx) => tx.machines.patch(machineId, { facts })),

    /** A connection has ended, and no other one has taken its place. */
    async left({ machineId }: Connection): Promise<void> {
      recorded.delete(machineId);
      await store.write(async (tx) => {
        const machine = await tx.machines.get(machineId);
        // Another engine may hold it by now; revoked and cloned machines stay what they are.
        if (!machine || machine.engine !== engineId) return;
        await tx.machines.patch(machineId, { engine: null, lastSeenAt: clock.now(), ...(machine.state === "online" ? { state: "offline" } : {}) });
      });
    },

    /** Cuts off who has been silent for too long, and records who was heard. */
    async tick(): Promise<void> {
      const now = clock.monotonic();
      const due: string[] = [];
      for (const connection of connections.all()) {
        if (now - connection.lastHeard > silenceMs) connection.terminate();
        else if (now - (recorded.get(connection.machineId) ?? 0) >= RECORD_EVERY_MS) due.push(connection.machineId);
      }
      if (due.length === 0) return;
      const at = clock.now();
      await store.write(async (tx) => {
        for (const machineId of due) await tx.machines.patch(machineId, { lastSeenAt: at });
      });
      for (const machineId of due) recorded.set(machineId, now);
    },
  };
}
