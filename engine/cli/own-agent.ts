import { type ChildProcess, spawn } from "node:child_process";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readIdentity } from "../agent/identity.ts";
import { isRunwrightError } from "../core/errors.ts";
import type { Machine } from "../protocol/http/machines.ts";
import type { Client } from "./client.ts";
import type { Context } from "./command.ts";
import { OWN_COMMAND } from "./own-name.ts";

const MAIN = fileURLToPath(new URL("../runwright.mjs", import.meta.url));
const CONNECT_MS = 30_000;
const ASSESS_MS = 180_000;
const LOOK_EVERY_MS = 200;

export interface OwnAgent {
  /** The machine, once its agent is connected. @throws why it couldn't join or connect */
  connected(): Promise<Machine>;
  /** The machine with its first assessment. @throws when the agent didn't report in time */
  assessed(): Promise<Machine>;
  stop(): Promise<void>;
}

/** A real agent for this machine, in a process of its own. It joins once and keeps its identity in the data directory. */
export function startOwnAgent({ client, data, context }: { client: Client; data: string; context: Context }): OwnAgent {
  const stateDirectory = join(data, "agent");
  let child: ChildProcess | undefined;
  let isStopping = false;

  async function start(): Promise<Machine> {
    const name = await join_();
    child = spawn(process.execPath, [MAIN, "agent", "run", "--state", stateDirectory], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // Ctrl-C reaches the engine alone, which ends the agent in its turn
      env: environment(context.env),
    });
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk).slice(-2_000);
    });
    const died = new Promise<never>((_, reject) => {
      child?.once("error", reject);
      child?.once("exit", (code) => reject(new Error(`the agent of this machine ended with ${code}: ${lastLine(said)}`)));
    });
    died.catch((error: Error) => {
      const again = `start it again with: ${OWN_COMMAND} agent run --state ${relative(context.cwd, stateDirectory)}`;
      if (!isStopping) context.terminal.note(`${error.message}; ${again}`);
    });
    return Promise.race([died, waitFor((machine) => machine.state === "online", name, CONNECT_MS, "didn't connect")]);
  }

  /** A member stays what it is. After a move of the engine to another address, or when it was removed there, it joins anew and keeps its name and history. */
  async function join_(): Promise<string> {
    const identity = await readIdentity(stateDirectory).catch(() => undefined); // unreadable: joining makes a new one, or says why it can't
    const member = identity && (await find(identity.name));
    if (identity && member && identity.engine.url === client.connection.url) return identity.name;
    const { url } = client.connection;
    const { token } = await client.request<{ token: string }>("POST", "/api/v1/join-tokens", {
      body: { scope: "/", uses: 1, url, ...(member ? { replaces: member.name } : {}) },
    });
    await runToEnd(["agent", "join", "--state", stateDirectory], token, context.env);
    const { name } = (await readIdentity(stateDirectory)) ?? {};
    if (name === undefined) throw new Error(`${stateDirectory} holds no identity although the machine has joined`);
    return name;
  }

  const find = (name: string): Promise<Machine | undefined> =>
    client.request<Machine>("GET", `/api/v1/machines/${encodeURIComponent(name)}`).catch((error: unknown) => {
      if (isRunwrightError(error, "MACHINE_NOT_FOUND")) return undefined;
      throw error;
    });

  async function waitFor(isThere: (machine: Machine) => boolean, name: string, withinMs: number, otherwise: string): Promise<Machine> {
    for (let waited = 0; waited < withinMs; waited += LOOK_EVERY_MS) {
      context.signal.throwIfAborted();
      const machine = await find(name);
      if (machine && isThere(machine)) return machine;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error(`the agent of this machine ${otherwise} within ${withinMs / 1_000} s`);
  }

  const started = start();
  started.catch(() => {}); // told to whoever asks for it
  return {
    connected: () => started,
    assessed: async () => waitFor((machine) => machine.assessment !== null, (await started).name, ASSESS_MS, "didn't report"),
    async stop() {
      isStopping = true;
      await started.catch(() => {}); // a process that is being started is ended, too
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function runToEnd(args: readonly string[], stdin: string, env: Context["env"]): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["pipe", "ignore", "pipe"], env: environment(env) });
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`this machine couldn't join: ${lastLine(said)}`))));
    child.stdin.on("error", () => {}); // it has ended already: its exit code tells more
    child.stdin.end(stdin);
  });
}

/** The engine's own settings and tokens are none of the agent's business. */
const environment = (env: Context["env"]): NodeJS.ProcessEnv => ({ PATH: env.PATH, HOME: env.HOME, LANG: env.LANG });
const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
