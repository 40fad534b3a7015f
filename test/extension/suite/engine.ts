import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const READY = /Runwright serves on/;

export interface Engine {
  url: string;
  token: string;
  /** Of the key that it shows, where nobody else vouches for it. */
  tlsPin?: string;
  /** Ends it and keeps its data; `start()` brings it back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** While it is stopped: it shows another key from then on. */
  forgetKey(): Promise<void>;
  remove(): Promise<void>;
}

/** What it holds when it begins: so many entries in each view, so many jobs, and one job `job_long` with so much output. */
export interface Content {
  rows: number;
  jobs: number;
  megabytes: number;
}

/**
 * A real engine with data of its own. It runs under the project's Node and not under the editor's, which is older;
 * it is in the process group of the extension host, so that it ends with it.
 */
export async function startEngine({
  rows = 0,
  jobs = 0,
  megabytes = 0,
  tls = "off",
}: Partial<Content> & { tls?: "off" | "self-signed" } = {}): Promise<Engine> {
  const { RUNWRIGHT_TEST_NODE: node, RUNWRIGHT_TEST_ROOT: root } = process.env;
  if (node === undefined || root === undefined) throw new Error("RUNWRIGHT_TEST_NODE and RUNWRIGHT_TEST_ROOT aren't set: scripts/vscode/suite.mjs starts this");
  const folder = await mkdtemp(join(tmpdir(), "engine-"));
  let child: ChildProcess | undefined;
  if (rows + jobs + megabytes > 0) {
    const data = join(folder, ".runwright");
    await mkdir(data);
    await promisify(execFile)(node, [join(root, "test", "extension", "many-rows.ts"), data, ...[rows, jobs, megabytes].map(String)]);
  }

  async function serve(port: string): Promise<Pick<Engine, "url" | "token" | "tlsPin">> {
    const env = { PATH: process.env.PATH, HOME: folder, RUNWRIGHT_RUNNERS: "1" };
    child = spawn(node as string, [join(root as string, "engine", "runwright.mjs"), "serve", "--port", port, "--tls", tls], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await ready(child);
    return JSON.parse(await readFile(join(folder, ".runwright", "admin.json"), "utf8"));
  }
  async function stop() {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }

  const { url, token, tlsPin } = await serve("0");
  return {
    url,
    token,
    ...(tlsPin && { tlsPin }),
    stop,
    start: async () => {
      await serve(new URL(url).port);
    },
    async forgetKey() {
      const data = join(folder, ".runwright");
      for (const name of await readdir(data)) if (/^tls/.test(name)) await rm(join(data, name), { recursive: true });
    },
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (READY.test(said)) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the engine ended with ${code}: ${said}`)));
  });
}
