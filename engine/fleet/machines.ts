import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { isMachineName } from "../core/machine.ts";
import { CLOSE } from "../protocol/agent.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Commands } from "./commands.ts";
import type { Connections } from "./connections.ts";

const TAG = /^[A-Za-z0-9._-]{1,63}$/;
const TAG_VALUE = /^[^\s,=!*\p{Cc}]{1,255}$/u;
const MAX_TAGS = 50;
const PATIENCE_MS = 5 * 60_000;

/** Written in the same transaction: the activity log's entry. What it throws undoes the change. */
export type Also = (tx: Writes, machine: MachineRecord) => void;

export type Tags = Readonly<Record<string, string>>;

export interface TagChange {
  /** What the tags become. */
  to(before: Tags): Tags;
  /** What it throws undoes the change. */
  also?(tx: Writes, machine: MachineRecord, tags: Tags): void;
  /** The call of a job that changes them: each does so once, however often it asks. */
  call?: string;
}

/** What operators do to machines. They are named by id or name. */
export function createMachines({ store, clock, connections, commands }: { store: Store; clock: Clock; connections: Connections; commands: Commands }) {
  const find = async (
    reads: { get(id: string): Promise<MachineRecord | undefined>; byName(name: string): Promise<MachineRecord | undefined> },
    key: string,
  ) => {
    const machine = (await reads.byName(key)) ?? (await reads.get(key));
    if (!machine || machine.removedAt !== null) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine "${key}"; see \`runwright machine list\``);
    return machine;
  };

  async function change(key: string, fields: (machine: MachineRecord) => Partial<Omit<MachineRecord, "id">>, also?: Also): Promise<MachineRecord> {
    return store.write(async (tx) => {
      const machine = await find(tx.machines, key);
      const set = fields(machine);
      await tx.machines.patch(machine.id, set);
      also?.(tx, machine);
      return { ...machine, ...set };
    });
  }

  async function shutOut(machine: MachineRecord, why: string): Promise<void> {
    connections.get(machine.id)?.refuse(CLOSE.refused, "AGENT_KEY_REFUSED", why, PATIENCE_MS);
    await commands.abandon(machine.id, why);
  }

  return {
    /** @throws MACHINE_NOT_FOUND */
    get: (key: string): Promise<MachineRecord> => find(store.read.machines, key),

    /**
     * Changes tags, which selectors see as `tag:KEY`. The machine is named by its id alone: a job that has selected it must not reach another one of that name.
     * @throws MACHINE_NOT_FOUND, BAD_REQUEST
     */
    tag(id: string, { to, also, call }: TagChange): Promise<MachineRecord> {
      return store.write(async (tx) => {
        const machine = await tx.machines.hold(id);
        if (!machine || machine.removedAt !== null) throw new RunwrightError("MACHINE_NOT_FOUND", `there is no machine ${id}; see \`runwright machine list\``);
        if (call !== undefined && !(await tx.machines.beginChange({ call, machineId: id, at: clock.now() }))) return machine;
        const tags = to(machine.tags);
        checkTags(machine.tags, tags);
        await tx.machines.patch(id, { tags });
        also?.(tx, machine, tags);
        return { ...machine, tags };
      });
    },

    /**
     * Everything of it stays under its id: tags, history, commands. Selectors that name it by its old name select it no more; a join token that was made to
     * replace it follows it. @throws MACHINE_NOT_FOUND, NAME_TAKEN, BAD_REQUEST
     */
    async rename(key: string, name: string, also?: Also): Promise<MachineRecord> {
      if (!isMachineName(name))
        throw new RunwrightError("BAD_REQUEST", `"${name.slice(0, 80)}" can't be a machine's name: lower-case letters, digits, ".", "_" and "-", at most 63`);
      const renamed = await store.write(async (tx) => {
        const machine = await find(tx.machines, key);
        const holder = await tx.machines.byName(name);
        if (holder && holder.id !== machine.id) throw new RunwrightError("NAME_TAKEN", `there is a machine "${name}" already`);
        await tx.machines.patch(machine.id, { name });
        await tx.machines.renameInJoinTokens(machine.name, name);
        also?.(tx, machine);
        return { ...machine, name };
      });
      connections.rename(renamed.id, name);
      return renamed;
    },

    /** Its key isn't accepted any more; its name may be taken by a machine that joins. What it still had to do ends. @throws MACHINE_NOT_FOUND */
    async revoke(key: string, also?: Also): Promise<MachineRecord> {
      const machine = await change(key, () => ({ state: "revoked", engine: null }), also);
      await shutOut(machine, `machine ${machine.name} was revoked`);
      return machine;
    },

    /** Two machines had its key, and now only one has it (the other has joined anew, or is gone): it is let in again. @throws MACHINE_NOT_FOUND, CONFLICT */
    reinstate(key: string, also?: Also): Promise<MachineRecord> {
      return change(
        key,
        (machine) => {
          if (machine.state !== "cloned") throw new RunwrightError("CONFLICT", `machine ${machine.name} is ${machine.state}, not cloned`);
          return { state: "offline" };
        },
        also,
      );
    },

    /** It isn't a member any more; its history stays. @throws MACHINE_NOT_FOUND */
    async remove(key: string, also?: Also): Promise<MachineRecord> {
      const machine = await change(key, () => ({ removedAt: clock.now(), state: "revoked", engine: null }), also);
      await shutOut(machine, `machine ${machine.name} was removed`);
      return machine;
    },
  };
}

/** What was there before may stay. @throws BAD_REQUEST */
function checkTags(before: Tags, after: Tags): void {
  for (const [name, value] of Object.entries(after)) {
    if (before[name] === value) continue;
    if (!TAG.test(name)) throw new RunwrightError("BAD_REQUEST", `tag "${name}" must be letters, digits, ".", "_" and "-", at most 63`);
    if (!TAG_VALUE.test(value)) throw new RunwrightError("BAD_REQUEST", `the value of tag "${name}" must be 1 to 255 characters without spaces and , = ! *`);
  }
  if (Object.keys(after).length > MAX_TAGS) throw new RunwrightError("BAD_REQUEST", `a machine has at most ${MAX_TAGS} tags`);
}
