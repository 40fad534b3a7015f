import type { CommandOnDisk, CommandRecords } from "../agent/command-records.ts";

/** What a simulated machine remembers over its reboots, as a real one does on its disk. */
export type CommandMemory = Map<string, CommandOnDisk>;

/** The records of a process of an agent. @param kept by its machine, over processes */
export function createRecords(kept: CommandMemory, now: () => number): CommandRecords {
  const keep = async (record: CommandOnDisk) => void kept.set(record.id, record);
  return {
    left: [...kept.values()].filter(({ confirmed }) => !confirmed),
    isKnown: (id) => kept.has(id),
    read: async (id) => kept.get(id),
    start: (id, action) => keep({ id, action, startedAt: now() }),
    end: keep,
    async confirm(id) {
      const record = kept.get(id);
      if (record?.outcome !== undefined) await keep({ ...record, confirmed: true });
    },
  };
}
