import type { Notice } from "../store/notices.ts";
import type { Store } from "../store/store.ts";
import type { CloneCheck } from "./clones.ts";
import type { Commands } from "./commands.ts";
import type { Connection, Connections } from "./connections.ts";
import type { Log } from "./ports.ts";

export interface ElsewhereParts {
  store: Store;
  connections: Connections;
  commands: Commands;
  clones: CloneCheck;
  engineId: string;
  log: Log;
}

/**
 * Follows what other engines of the same database did: commands for machines that are connected here, ends of commands that somebody here waits for, machines
 * that have gone to another engine. One round runs at a time; what is heard meanwhile waits for the next one.
 */
export function createElsewhere({ store, connections, commands, clones, engineId, log }: ElsewhereParts) {
  let everything = false;
  let ended = new Set<string>();
  let machines = new Set<string>();
  let rounds: Promise<void> | undefined;
  let broken = false;
  /** Connections of which it is being found out whether the other side lives. */
  const judged = new Map<Connection, Promise<void>>();

  async function round(): Promise<void> {
    const all = everything;
    const [endedIds, machineIds] = [ended, machines];
    everything = false;
    ended = new Set();
    machines = new Set();
    await commands.endedElsewhere(all ? commands.awaited() : [...endedIds]);
    if (all && connections.count() > 0) for (const id of await store.read.commands.machinesToServe()) machineIds.add(id);
    await Promise.all([...machineIds].map(look));
  }

  async function look(machineId: string): Promise<void> {
    const connection = connections.get(machineId);
    if (!connection) return;
    const machine = await store.read.machines.get(machineId);
    if (machine?.engine === engineId) return commands.serve(connection);
    // Not waited for: whether the other side answers takes its time.
    lost(connection);
  }

  function lost(connection: Connection): void {
    if (judged.has(connection)) return;
    const done = clones
      .displaced(connection)
      .catch((error) => {
        log.error({ err: error, machine: connection.name }, "a connection that isn't the machine's newest couldn't be judged; it is cut off");
        connection.terminate();
      })
      .finally(() => judged.delete(connection));
    judged.set(connection, done);
  }

  async function run(): Promise<void> {
    while (everything || ended.size + machines.size > 0) {
      try {
        await round();
        broken = false;
      } catch (error) {
        // The next look at everything finds the same.
        if (!broken) log.error({ err: error }, "what other engines did can't be followed now");
        broken = true;
      }
    }
    rounds = undefined;
  }

  return {
    hear(notice: Notice): void {
      everything ||= notice.everything;
      for (const id of notice.commands) if (commands.isAwaited(id)) ended.add(id);
      for (const id of notice.machines) if (connections.get(id)) machines.add(id);
      if (everything || ended.size + machines.size > 0) rounds ??= run();
    },
    /** The machine's row doesn't name this engine any more. */
    lost,
    /** Nothing is heard any more: resolves when what was heard is dealt with. */
    async stop(): Promise<void> {
      await rounds;
      await Promise.all(judged.values());
    },
  };
}
