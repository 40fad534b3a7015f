import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../engine/protocol/http/machines.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type BenchEngine, startBenchEngine } from "./engine-under-test.ts";

export interface AgentMemory {
  /** Resident, MB. */
  resident: number;
  /** Of which nobody else has, as files of programs are shared. */
  own: number;
  /** Installed packages and missing updates of the report that it has made. */
  installed: number;
  updates: number;
}

/** After its report an agent has nothing to do for an hour. */
const SETTLE_MS = 5_000;

/**
 * What an agent of this machine takes when it is idle: joined to a real engine, its first report sent. One program file is measured as a copy, as `agent install`
 * makes one: pages of a file that was just written by its builder are mapped in larger pieces, and count 30 MB more.
 * @param program file and arguments
 */
export async function agentMemory(program: readonly string[]): Promise<AgentMemory> {
  const engine = await startBenchEngine();
  await using directory = await temporaryDirectory("runwright-bench-");
  try {
    let [file = "", ...words] = program;
    if (words.length === 0) {
      copyFileSync(file, join(directory.path, "runwright-agent"));
      file = join(directory.path, "runwright-agent");
      words = [];
    }
    const state = ["--state", join(directory.path, "agent")];
    const { token } = await ask<{ token: string }>(engine, "POST", "/api/v1/join-tokens", { url: engine.url, scope: "/" });
    execFileSync(file, [...words, "join", token, "--name", "idle", ...state], { stdio: "ignore" });
    const agent = spawn(file, [...words, "run", ...state], { stdio: "ignore" });
    try {
      const { assessment } = await assessed(engine);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const status = readFileSync(`/proc/${agent.pid}/status`, "utf8");
      const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
      const updates = Object.values(assessment?.counts ?? {}).reduce((sum, count) => sum + count, 0);
      return { resident: mb("VmRSS"), own: mb("RssAnon"), installed: assessment?.installedCount ?? 0, updates };
    } finally {
      const ended = new Promise((resolve) => agent.once("exit", resolve));
      agent.kill("SIGTERM");
      await ended;
    }
  } finally {
    await engine.stop();
  }
}

async function assessed(engine: BenchEngine): Promise<Machine> {
  for (const deadline = performance.now() + 120_000; performance.now() < deadline; ) {
    const machine = await ask<Machine>(engine, "GET", "/api/v1/machines/idle");
    if (machine.assessment) return machine;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the agent didn't report in two minutes");
}

async function ask<Answer>({ client, url, token }: BenchEngine, method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await client.request({
    origin: url,
    method,
    path,
    headers: body ? headers : { authorization: headers.authorization },
    body: body && JSON.stringify(body),
  });
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${await response.body.text()}`);
  return (await response.body.json()) as Answer;
}
