import { mkdir, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../core/clock.ts";
import { CommandOutcomeSchema } from "../protocol/agent.ts";
import { readJson, writeDurably } from "./state-directory.ts";

const KEEP_CONFIRMED_MS = 7 * 24 * 3_600_000;
const KEEP_CONFIRMED = 2_000;

const Schema = Type.Object({
  id: Type.String(),
  action: Type.String(),
  /** Unix milliseconds by the machine's clock. */
  startedAt: Type.Number(),
  outcome: Type.Optional(CommandOutcomeSchema),
  endedAt: Type.Optional(Type.Number()),
  /** The engine has the outcome. */
  confirmed: Type.Optional(Type.Boolean()),
});
export type CommandOnDisk = Static<typeof Schema>;
const validator = Compile(Schema);

/**
 * What the agent knows of the commands it was given: a file each in `commands/`, on disk before the command starts, and with its outcome before the engine hears
 * of it. Confirmed ones are kept for a week (the newest 2,000), so that an engine restored from a backup gets their outcome instead of a second execution.
 */
export async function openCommandRecords(stateDirectory: string, clock: Clock) {
  const directory = join(stateDirectory, "commands");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fileOf = (id: string) => join(directory, `${id}.json`);
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a result that was sent twice is confirmed twice. */
  const inTurn = <T>(write: () => Promise<T>): Promise<T> => {
    const turn = last.then(write, write);
    last = turn;
    return turn;
  };
  const write = (record: CommandOnDisk) => inTurn(() => writeDurably(fileOf(record.id), JSON.stringify(record)));

  /** A damaged record says that the command was known, and nothing about its end: as if it had been interrupted. */
  const read = async (id: string): Promise<CommandOnDisk | undefined> => {
    const found = await readJson(fileOf(id)).catch(() => null);
    if (found === undefined) return undefined;
    return validator.Check(found) ? found : { id, action: "unknown", startedAt: clock.now() };
  };

  const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const known = new Set(names);
  const confirmed = new Map<string, number>();
  const open: CommandOnDisk[] = [];
  for (const id of names) {
    const record = await read(id);
    if (record?.confirmed) confirmed.set(id, record.endedAt ?? 0);
    else if (record) open.push(record);
  }

  async function prune(): Promise<void> {
    const oldest = [...confirmed].sort(([, a], [, b]) => a - b);
    const surplus = oldest.length - KEEP_CONFIRMED;
    for (const [index, [id, endedAt]] of oldest.entries()) {
      if (index >= surplus && clock.now() - endedAt < KEEP_CONFIRMED_MS) break;
      await unlink(fileOf(id));
      confirmed.delete(id);
      known.delete(id);
    }
  }
  await prune();

  return {
    /** Those that the engine hasn't confirmed, as the last process of this agent left them. */
    left: open as readonly CommandOnDisk[],
    isKnown: (id: string): boolean => known.has(id),
    read,
    /** Resolves when it is on disk that the command may have started. */
    async start(id: string, action: string): Promise<void> {
      await write({ id, action, startedAt: clock.now() });
      known.add(id);
    },
    async end(record: CommandOnDisk): Promise<void> {
      await write(record);
      known.add(record.id);
    },
    async confirm(id: string): Promise<void> {
      const record = await read(id);
      if (record?.outcome === undefined || record.confirmed) return;
      await write({ ...record, confirmed: true });
      confirmed.set(id, record.endedAt ?? clock.now());
      if (confirmed.size > KEEP_CONFIRMED * 1.1) await prune();
    },
  };
}
export type CommandRecords = Awaited<ReturnType<typeof openCommandRecords>>;
