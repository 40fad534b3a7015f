import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bundleHashOf } from "../../engine/authoring/bundle.ts";
import type { Job, Streams } from "../../engine/protocol/http/jobs.ts";

const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");

export interface EngineProcess {
  pid: number;
  url: string;
  token: string;
  request<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; headers: Headers; body: Body }>;
  /** Resolves when it can work (again). */
  ready(): Promise<void>;
  /** Publishes what `run` holds as JavaScript, with the declaration given. */
  publish(name: string, run: string, declaration?: string): Promise<void>;
  run(name: string, params?: unknown): Promise<Job>;
  /** Waits until the job has written so many entries. */
  untilOutput(jobId: string, entries: number): Promise<void>;
  end(jobId: string): Promise<Job>;
  /** Runners and whatever else it started. */
  children(): number[];
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** A real engine in a process of its own, ready. @param main another build of it */
export async function startEngineProcess(data: string, env: Record<string, string> = {}, main = MAIN): Promise<EngineProcess> {
  await rm(join(data, "ready"), { force: true });
  const child = serve(["--data", data, "--port", env.RUNWRIGHT_PORT ?? "0"], env, main);
  let said = "";
  const ready = Promise.withResolvers<void>();
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk;
    if (said.includes("Runwright serves on")) ready.resolve();
  });
  child.once("exit", (code) => ready.reject(new Error(`the engine ended with ${code}:\n${said}`)));
  await ready.promise;
  const { url, token }: { url: string; token: string } = JSON.parse(await readFile(join(data, "admin.json"), "utf8"));

  async function request<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; headers: Headers; body: Body }> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const answer = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body };
  }
  const demand = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const answer = await request<Body>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };

  return {
    pid: child.pid ?? 0,
    url,
    token,
    request,
    async ready() {
      for (let tries = 0; tries < 600; tries++) {
        if ((await request("GET", "/readyz")).status === 200) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error("the engine didn't become ready in time");
    },
    async publish(name, run, declaration = "") {
      const bundle = `var __runbook = { default: { kind: "runwright.runbook", definition: { summary: "${name}", ${declaration} run: ${run} } } };`;
      const sources = [{ path: `${name}.ts`, text: run }];
      await demand("POST", `/api/v1/runbooks/${name}/publish`, { bundle, bundleHash: bundleHashOf(bundle), sourceMap: null, sources, scope: "/", message: "" });
    },
    run: (name, params = {}) => demand<Job>("POST", `/api/v1/runbooks/${name}/jobs`, { params }),
    async untilOutput(jobId, entries) {
      for (let tries = 0; tries < 1_000; tries++) {
        const page = await demand<Streams>("GET", `/api/v1/jobs/${jobId}/streams`);
        if (page.items.length >= entries) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`job ${jobId} didn't write ${entries} entries in time`);
    },
    async end(jobId) {
      for (let tries = 0; tries < 600; tries++) {
        const job = await demand<Job>("GET", `/api/v1/jobs/${jobId}`);
        if (["completed", "failed", "stopped"].includes(job.status)) return job;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`job ${jobId} didn't end in time`);
    },
    children: () => childrenOf(child.pid ?? 0),
    stop: () => end(child, "SIGTERM"),
    async kill() {
      await end(child, "SIGKILL");
    },
  };
}

/** Tries to serve where it must fail. */
export async function tryToServe(args: string[], env: Record<string, string> = {}, main = MAIN): Promise<{ code: number | null; said: string }> {
  const child = serve(args, env, main);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said };
}

function serve(args: string[], env: Record<string, string>, main: string): ChildProcess {
  return spawn(process.execPath, [main, "serve", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env.PATH, RUNWRIGHT_LOG_LEVEL: "error", ...env },
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.removeAllListeners("exit");
  const ended = once(child, "exit");
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]) === parent;
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
