import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isRunwrightError } from "../core/errors.ts";
import { readIdentity } from "./identity.ts";
import { lockStateDirectory } from "./lock.ts";
import { readPresence } from "./presence.ts";
import { versionsIn } from "./starter/versions-directory.ts";
import { isMissing, readJson } from "./state-directory.ts";

/** What can be said of the agent on this machine without asking anyone. Times are Unix milliseconds. */
export interface AgentStatus {
  stateDirectory: string;
  /** Null: the machine hasn't joined. */
  identity: { name: string; machineId: string; engine: string; otherEngines: readonly string[] } | null;
  /** Why the identity can't be read. */
  problem: string | null;
  running: boolean;
  /** Of the process that runs; null: none does. */
  pid: number | null;
  /** Of the agent that runs, or ran last; null: none has run here. */
  version: string | null;
  startedAt: number | null;
  connection: { engine: string; since: number; until: number | null; reason: string | null } | null;
  /** Commands that have started and not ended, oldest first. */
  commands: readonly { id: string; action: string; startedAt: number }[];
  /** SHA-256 of the code that runs, of the one before, and of one on trial; null: it wasn't started by its starter. */
  code: { current: string; previous: string | null; trial: string | null } | null;
}

/** Looks, and changes nothing. A directory that doesn't exist is one in which nothing has happened. @throws when it can't be read */
export async function agentStatus(directory: string): Promise<AgentStatus> {
  const stateDirectory = await realpath(directory).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  const nothing = { identity: null, problem: null, running: false, pid: null, version: null, startedAt: null, connection: null, commands: [], code: null };
  if (stateDirectory === undefined) return { stateDirectory: directory, ...nothing };
  const running = await isHeld(stateDirectory);
  const identity = await readIdentity(stateDirectory).catch((error: Error) => error.message);
  const presence = await readPresence(stateDirectory);
  const versions = await versionsIn(stateDirectory).state();
  return {
    stateDirectory,
    identity:
      identity === undefined || typeof identity === "string"
        ? null
        : { name: identity.name, machineId: identity.machineId, engine: identity.engine.url, otherEngines: identity.engine.otherUrls ?? [] },
    problem: typeof identity === "string" ? identity : null,
    running,
    pid: running ? (presence?.pid ?? null) : null,
    version: presence?.version ?? null,
    startedAt: presence?.startedAt ?? null,
    connection:
      presence?.engine == null || presence.connectedAt === null
        ? null
        : { engine: presence.engine, since: presence.connectedAt, until: presence.disconnectedAt, reason: presence.reason },
    commands: running ? await openCommands(stateDirectory) : [],
    code: versions ? { current: versions.current, previous: versions.previous, trial: versions.trial?.hash ?? null } : null,
  };
}

/** The lock is the kernel's: unlike a process id in a file, it can't be left by an agent that was killed. */
async function isHeld(stateDirectory: string): Promise<boolean> {
  try {
    await (await lockStateDirectory(stateDirectory)).release();
    return false;
  } catch (error) {
    if (isRunwrightError(error, "AGENT_STATE")) return true;
    throw error;
  }
}

async function openCommands(stateDirectory: string): Promise<AgentStatus["commands"]> {
  const directory = join(stateDirectory, "commands");
  const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".json"));
  const found: { id: string; action: string; startedAt: number }[] = [];
  for (const name of names) {
    const record = await readJson(join(directory, name)).catch(() => undefined); // it is being written
    if (typeof record !== "object" || record === null || "outcome" in record) continue;
    const { id, action, startedAt } = record as { id?: unknown; action?: unknown; startedAt?: unknown };
    if (typeof id === "string" && typeof action === "string" && typeof startedAt === "number") found.push({ id, action, startedAt });
  }
  return found.sort((a, b) => a.startedAt - b.startedAt);
}
