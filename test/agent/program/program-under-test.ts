import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Versions } from "../../../engine/agent/starter/versions.ts";
import { hashOf, versionsIn } from "../../../engine/agent/starter/versions-directory.ts";
import { type AgentBundle, buildAgentBundle } from "../../../engine/agent-bundle.ts";
import type { AgentPackage } from "../../../engine/fleet/ports.ts";

const SMALL = join(import.meta.dirname, "small-agent.ts");

/** A build of the small agent that says to be this release. */
export const smallAgent = (version: string): Promise<AgentBundle> => buildAgentBundle({ entry: SMALL, version });

/** A package as an engine offers it. */
export const asPackage = ({ version, agent }: { version: string; agent: Uint8Array }): AgentPackage => ({ version, hash: hashOf(agent), code: agent });

/** An agent's program on a machine: its files in a directory, and the process that runs it. */
export interface InstalledProgram {
  start(): Promise<void>;
  readonly pid: number | undefined;
  /** What it wrote to standard error, since it was made. */
  readonly said: string;
  versions(): Promise<Versions | undefined>;
  end(signal?: NodeJS.Signals): Promise<void>;
}

export async function installProgram(directory: string, stateDirectory: string, { agent, starter }: Pick<AgentBundle, "agent" | "starter">) {
  const folder = join(directory, "program");
  await mkdir(folder);
  await writeFile(join(folder, "agent.cjs"), agent);
  await writeFile(join(folder, "agent-start.mjs"), starter);
  return startable([process.execPath, join(folder, "agent-start.mjs"), "run", "--state", stateDirectory], stateDirectory);
}

export function startable(command: readonly string[], stateDirectory: string): InstalledProgram {
  let child: ChildProcess | undefined;
  let said = "";
  const versions = versionsIn(stateDirectory);
  return {
    async start() {
      const [file = "", ...args] = command;
      child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr?.on("data", (chunk) => {
        said += chunk;
      });
      await once(child, "spawn");
    },
    get pid() {
      return child?.pid;
    },
    get said() {
      return said;
    },
    versions: versions.state,
    async end(signal = "SIGTERM") {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}
