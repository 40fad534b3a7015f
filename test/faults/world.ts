import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { freePort } from "../support/free-port.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Receiver, startReceiver } from "./receiver.ts";

const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");
const AGENT = join(import.meta.dirname, "../agent/agent-process.ts");

export interface World {
  postgres: Postgres;
  receiver: Receiver;
  engines: EngineSlot[];
  agents: AgentSlot[];
  /** A folder in which commands on the machines leave their traces. */
  folder: string;
  /**
   * Asks one engine after the other until one answers; writes carry an idempotency key, so that asking again is harmless.
   * @throws what an engine refuses the request with, other than that it can't answer now
   */
  ask<Body>(method: string, path: string, options?: { body?: unknown; key?: string }): Promise<Body>;
  stop(): Promise<void>;
}

/** One of several engines: killed and started again it keeps its place, its folder and its port. */
export interface EngineSlot {
  running: EngineProcess | undefined;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export interface AgentSlot {
  name: string;
  start(): void;
  kill(): Promise<void>;
}

/** Engines on one PostgreSQL, machines with real agents, and a server for HTTP calls. */
export async function startWorld({ engines: engineCount, agents: agentCount }: { engines: number; agents: number }): Promise<World> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const home: TemporaryDirectory = await temporaryDirectory();
  cleanUp.push(() => home.remove());
  const stop = async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  };
  try {
    const postgres = await startPostgres();
    cleanUp.push(() => postgres.stop());
    const receiver = await startReceiver();
    cleanUp.push(() => receiver.stop());
    const env = {
      RUNWRIGHT_DATABASE: await postgres.newDatabase(),
      RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64"),
      RUNWRIGHT_ALLOWED_PRIVATE_HOSTS: "127.0.0.1",
      RUNWRIGHT_RUNNERS: "1",
    };
    const engines: EngineSlot[] = [];
    for (let n = 0; n < engineCount; n++) {
      const slot = engineSlot(join(home.path, `engine-${n}`), { ...env, RUNWRIGHT_PORT: String(await freePort()) });
      cleanUp.push(() => slot.kill());
      await slot.start();
      engines.push(slot);
    }
    const ask = createAsker(engines);
    const urls = engines.map((engine) => engine.running?.url ?? "");
    const agents: AgentSlot[] = [];
    for (let n = 0; n < agentCount; n++) {
      const { token } = await ask<{ token: string }>("POST", "/api/v1/join-tokens", { body: { url: urls[n % urls.length] } });
      const slot = await joinedAgent(`machine-${n}`, join(home.path, `agent-${n}`), token, urls);
      cleanUp.push(() => slot.kill());
      slot.start();
      agents.push(slot);
    }
    return { postgres, receiver, engines, agents, folder: home.path, ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function engineSlot(data: string, env: Record<string, string>): EngineSlot {
  const slot: EngineSlot = {
    running: undefined,
    async start() {
      slot.running = await startEngineProcess(data, env);
    },
    async kill() {
      const { running } = slot;
      slot.running = undefined;
      await running?.kill();
    },
  };
  return slot;
}

async function joinedAgent(name: string, state: string, token: string, urls: readonly string[]): Promise<AgentSlot> {
  const options = { env: { PATH: process.env.PATH }, stdio: ["ignore", "ignore", "pipe"] as const };
  const joining = spawn(process.execPath, [MAIN, "agent", "join", token, "--state", state, "--name", name, "--url", urls.join(",")], {
    ...options,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = (await once(joining, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${name} couldn't join`);
  let child: ChildProcess | undefined;
  return {
    name,
    start() {
      // Without package managers: one that is killed in the middle of a look leaves its child behind.
      child = spawn(process.execPath, [AGENT, state], { ...options, stdio: "ignore" });
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

const PATIENCE_MS = 90_000;

function createAsker(engines: readonly EngineSlot[]): World["ask"] {
  let turn = 0;
  return async <Body>(method: string, path: string, { body, key }: { body?: unknown; key?: string } = {}): Promise<Body> => {
    const end = performance.now() + PATIENCE_MS;
    let last = "no engine runs";
    while (performance.now() < end) {
      const engine = engines[turn++ % engines.length]?.running;
      if (engine) {
        try {
          const answer = await fetch(engine.url + path, {
            method,
            signal: AbortSignal.timeout(20_000),
            headers: {
              authorization: `Bearer ${engine.token}`,
              ...(body === undefined ? {} : { "content-type": "application/json" }),
              ...(key === undefined ? {} : { "idempotency-key": key }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const text = await answer.text();
          if (answer.status < 300) return JSON.parse(text) as Body;
          last = `${answer.status} ${text}`;
          if (answer.status !== 503 && answer.status !== 429 && answer.status !== 507) throw new Refused(`${method} ${path}: ${last}`);
        } catch (error) {
          if (error instanceof Refused) throw error;
          last = `${engine.url}: ${error} ${error instanceof Error ? String(error.cause) : ""}`; // it was killed, or its connection was: another one answers, or it does later
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${method} ${path} wasn't answered within ${PATIENCE_MS} ms: ${last}`);
  };
}

class Refused extends Error {}
