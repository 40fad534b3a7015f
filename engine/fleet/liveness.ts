import type { Clock } from "../core/clock.ts";
import type { Facts } from "../core/machine.ts";
import type { Store } from "../store/store.ts";
import type { Absence } from "./absence.ts";
import type { Connection, Connections } from "./connections.ts";
import type { Log } from "./ports.ts";

/** `lastSeenAt` of a connected machine is exact to this: a row isn't written with every heartbeat. */
const RECORD_EVERY_MS = 60_000;
/** A machine that is online and hasn't been recorded for so long has lost its engine, and found no other one. */
const ABANDONED_MS = 3 * RECORD_EVERY_MS;
const SWEEP_EVERY_MS = 30_000;

export interface LivenessParts {
  store: Store;
  clock: Clock;
  connections: Connections;
  absence: Absence;
  engineId: string;
  silenceMs: number;
  /** Another engine holds the machine by now, or none. */
  lost(connection: Connection): void;
  log: Log;
}

/** Who is there and who isn't. */
export function createLiveness({ store, clock, connections, absence, engineId, silenceMs, lost, log }: LivenessParts) {
  const recorded = new Map<string, number>();
  let sweptAt = Number.NEGATIVE_INFINITY;

  async function sweep(): Promise<void> {
    if (clock.monotonic() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = clock.monotonic();
    await sweepAbandoned();
    await absence.tick();
  }

  /** An engine that was killed leaves its machines online: whichever engine looks first corrects that. */
  async function sweepAbandoned(): Promise<void> {
    const since = clock.now() - ABANDONED_MS;
    if ((await store.read.machines.countSilent(since)) === 0) return;
    const machines = await store.write((tx) => tx.machines.disconnectSilent(since));
    if (machines > 0) log.warn({ machines }, "machines are offline: the engine that they were connected to is gone, and they haven't come back");
  }

  return {
    /** This engine has no connection: what it recorded when it was killed isn't true any more. */
    begin: (): Promise<void> => store.write((tx) => tx.machines.disconnectAll(engineId)),

    facts: (machineId: string, facts: Facts): Promise<void> => store.write((tx) => tx.machines.patch(machineId, { facts })),

    /** A connection has ended, and no other one has taken its place here. */
    async left({ machineId }: Connection): Promise<void> {
      recorded.delete(machineId);
      await store.write((tx) => tx.machines.disconnect(machineId, engineId, clock.now()));
    },

    /** Cuts off who has been silent for too long, and records who was heard. */
    async tick(): Promise<void> {
      const now = clock.monotonic();
      const due: Connection[] = [];
      for (const connection of connections.all()) {
        if (now - connection.lastHeard > silenceMs) connection.terminate();
        else if (now - (recorded.get(connection.machineId) ?? 0) >= RECORD_EVERY_MS) due.push(connection);
      }
      if (due.length > 0) {
        const at = clock.now();
        const ids = due.map(({ machineId }) => machineId);
        const held = await store.write((tx) => tx.machines.seen(ids, engineId, at));
        for (const machineId of ids) recorded.set(machineId, now);
        for (const connection of due) if (!held.has(connection.machineId)) lost(connection);
      }
      await sweep();
    },
  };
}
