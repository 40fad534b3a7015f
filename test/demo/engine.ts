import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Client, createClient } from "../../engine/cli/client.ts";
import { eventually } from "../support/eventually.ts";

const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");
/** No profile, no engine of this folder: only what the demo itself says. */
const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME, TERM: process.env.TERM, COLORTERM: process.env.COLORTERM, LANG: "C.UTF-8" };

export interface DemoEngine {
  url: string;
  client: Client;
  /** Environment in which `runwright` talks to it, as its administrator or as somebody else. */
  as(token?: string): Record<string, string | undefined>;
  stop(): Promise<void>;
}

/** A real engine, in a process and a folder of its own. */
export async function startEngine(home: string): Promise<DemoEngine> {
  const data = join(home, "engine");
  const child = spawn(process.execPath, [MAIN, "serve", "--data", data, "--port", "0"], {
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const admin = await eventually(
    "the engine's start",
    async () => {
      if (child.exitCode !== null) throw new Error(`the engine ended: ${said.slice(-2_000)}`);
      const known = JSON.parse(await readFile(join(data, "admin.json"), "utf8").catch(() => "{}"));
      return known.url &&
        (await fetch(`${known.url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        ))
        ? (known as { url: string; token: string })
        : undefined;
    },
    30_000,
  );
  const client = createClient(admin);
  return {
    url: admin.url,
    client,
    as: (token = admin.token) => ({ ...ENVIRONMENT, RUNWRIGHT_URL: admin.url, RUNWRIGHT_TOKEN: token }),
    async stop() {
      await client.stop();
      child.kill("SIGTERM");
      await ended;
      await writeFile(join(home, "engine.log"), said);
    },
  };
}

/** Runs a command as somebody would type it, and shows both. @returns its exit code */
export function shown(words: readonly string[], { env }: { env: Record<string, string | undefined> }): Promise<number> {
  console.log(`\n$ runwright ${words.map(quoted).join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/**
 * The same, without showing it.
 * @param input what it reads; secrets come so, and are in no list of processes
 * @returns what it printed
 * @throws with its words when it fails
 */
export function said(words: readonly string[], { env, input = "" }: { env: Record<string, string | undefined>; input?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { env, stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`runwright ${words.slice(0, 3).join(" ")} ended with ${code}: ${errors}`))));
    child.stdin.end(input);
  });
}

const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `"${word}"`);
export const PROGRAM = MAIN;
