import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Clock } from "../core/clock.ts";
import type { Log } from "./log.ts";
import { readJson, writeDurably } from "./state-directory.ts";

const FILE = "presence.json";

const Schema = Type.Object({
  pid: Type.Integer(),
  version: Type.String(),
  /** Times are Unix milliseconds by the machine's clock. */
  startedAt: Type.Number(),
  /** The engine to which it is, or was last, connected; null: to none yet. */
  engine: Type.Union([Type.String(), Type.Null()]),
  connectedAt: Type.Union([Type.Number(), Type.Null()]),
  /** Null while it is connected. */
  disconnectedAt: Type.Union([Type.Number(), Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
});
/** What an agent last wrote down of itself, for whoever looks at the machine. Whether it still runs is for the lock to say. */
export type Presence = Static<typeof Schema>;
const validator = Compile(Schema);

/** What can't be written is missing in `agent status` alone: the agent goes on. */
export function openPresence(stateDirectory: string, { agentVersion, clock, log }: { agentVersion: string; clock: Clock; log: Log }) {
  const now: Presence = {
    pid: process.pid,
    version: agentVersion,
    startedAt: clock.now(),
    engine: null,
    connectedAt: null,
    disconnectedAt: null,
    reason: null,
  };
  const write = (changes: Partial<Presence>): Promise<void> =>
    writeDurably(join(stateDirectory, FILE), JSON.stringify(Object.assign(now, changes))).catch((error) =>
      log.warn({ err: error }, "what `agent status` shows can't be written down"),
    );
  return {
    async started(): Promise<void> {
      const before = await readPresence(stateDirectory);
      // An earlier process may have been connected: that stays the last connection until there is a newer one.
      await write(before ? { engine: before.engine, connectedAt: before.connectedAt, disconnectedAt: before.disconnectedAt ?? now.startedAt } : {});
    },
    connected: (engine: string): Promise<void> => write({ engine, connectedAt: clock.now(), disconnectedAt: null, reason: null }),
    disconnected: (reason: string): Promise<void> => write({ disconnectedAt: clock.now(), reason }),
  };
}

/** @returns undefined when no agent has run here, or the file is damaged */
export async function readPresence(stateDirectory: string): Promise<Presence | undefined> {
  const value = await readJson(join(stateDirectory, FILE)).catch(() => undefined);
  return validator.Check(value) ? value : undefined;
}
