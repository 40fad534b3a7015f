import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent } from "undici";
import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");

export interface BenchEngine {
  pid: number;
  url: string;
  token: string;
  /** Keeps its connections: what is measured is the engine, not the making of connections. */
  client: Agent;
  stop(): Promise<void>;
}

/** What every measured job runs. */
export const BUNDLE =
  'var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "bench", run: async ({ output }) => { output({ sum: 1 + 1 }); } } } };';

/** The same code of a runbook whose jobs share isolates. */
export const SHARING = BUNDLE.replace('summary: "bench"', 'summary: "bench", sharedIsolate: true');

/** A real engine process with a data directory of its own, and the runbooks `bench` and `bench-shared` published. */
export async function startBenchEngine(): Promise<BenchEngine> {
  const directory = await temporaryDirectory("runwright-bench-");
  const engine = await startIn(directory.path);
  return {
    ...engine,
    async stop() {
      await engine.stop();
      await directory.remove();
    },
  };
}

/** The same in a directory that stays. */
export async function startIn(data: string, options: LaunchOptions = {}): Promise<BenchEngine> {
  const child = launch(data, options);
  const { url, token } = await adminOf(data, child);
  const client = new Agent({ connections: 64 });
  const engine: BenchEngine = {
    pid: child.pid ?? 0,
    url,
    token,
    client,
    async stop() {
      await client.close();
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    },
  };
  await publish(engine, "bench", BUNDLE);
  await publish(engine, "bench-shared", SHARING);
  return engine;
}

export async function publish({ client, url, token }: BenchEngine, name: string, bundle: string): Promise<void> {
  const response = await client.request({
    origin: url,
    path: `/api/v1/runbooks/${name}/publish`,
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      bundle,
      bundleHash: bundleHashOf(bundle),
      sourceMap: null,
      sources: [{ path: `${name}.ts`, text: "// bench" }],
      scope: "/",
      message: "",
    }),
  });
  if (response.statusCode >= 300) throw new Error(`publishing failed: ${response.statusCode} ${await response.body.text()}`);
  await response.body.dump();
}

export interface LaunchOptions {
  port?: number;
  /** Of Node, such as `--cpu-prof`. */
  flags?: readonly string[];
  /** More of the environment, such as the address of a database. */
  env?: Readonly<Record<string, string>>;
}

export function launch(data: string, { port = 0, flags = [], env = {} }: LaunchOptions = {}): ChildProcess {
  const limits = JSON.stringify({ token: { perSecond: 1e6, burst: 1e6 }, address: { perSecond: 1e6, burst: 1e6 }, refused: { perSecond: 1, burst: 10 } });
  return spawn(process.execPath, [...flags, MAIN, "serve", "--data", data, "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env.PATH, RUNWRIGHT_LOG_LEVEL: "warn", RUNWRIGHT_RATE_LIMITS: limits, ...env },
  });
}

/** Waits for `admin.json` and for the engine to answer that it is ready. */
export async function adminOf(data: string, child: ChildProcess): Promise<{ url: string; token: string }> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline && child.exitCode === null) {
    const text = await readFile(join(data, "admin.json"), "utf8").catch(() => "");
    if (text) {
      const admin: { url: string; token: string } = JSON.parse(text);
      const ready = await fetch(`${admin.url}/readyz`).catch(() => undefined);
      if (ready?.ok) return admin;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(child.exitCode === null ? "the engine wasn't ready in 30 s" : `the engine ended with ${child.exitCode}`);
}
