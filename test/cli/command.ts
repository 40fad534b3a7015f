import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

export const MAIN = fileURLToPath(new URL("../../engine/main.ts", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
}

/** An empty home and folder for the real command; nothing of the machine's own profile gets in. */
export async function commandHome() {
  const home: TemporaryDirectory = await temporaryDirectory();
  const environment = (env: Record<string, string> = {}) => ({ PATH: process.env.PATH, HOME: home.path, XDG_CONFIG_HOME: "", ...env });
  const children = new Set<ChildProcess>();

  function start(args: readonly string[], { env, cwd = home.path }: CommandOptions = {}): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: environment(env), stdio: ["pipe", "pipe", "pipe"] });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  }

  /** Runs it to its end. */
  function run(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    const child = start(args, options);
    const ended = collect(child);
    child.stdin?.end(options.stdin ?? "");
    return ended;
  }

  return {
    path: home.path,
    start,
    run,
    /** The same, and its standard output as JSON. */
    async json(args: readonly string[], options: CommandOptions = {}): Promise<any> {
      const { stdout, stderr, code } = await run([...args, "--json"], options);
      try {
        return JSON.parse(stdout);
      } catch (cause) {
        throw new Error(`runwright ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`, { cause });
      }
    },
    /** Starts an engine in this folder and waits until its admin.json tells where it is. */
    async serve(args: readonly string[] = [], options: CommandOptions = {}) {
      const child = start(["serve", "--port", "0", ...args], { ...options, env: { RUNWRIGHT_RUNNERS: "1", ...options.env } });
      const said = collect(child);
      await heard(child, /Runwright serves on/);
      const admin = JSON.parse(await readFile(join(home.path, ".runwright", "admin.json"), "utf8")) as { url: string; token: string; tlsPin?: string };
      return {
        ...admin,
        async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
          child.kill(signal);
          return said;
        },
      };
    },
    async remove() {
      const ends = [...children].map((child) => new Promise((resolve) => child.once("exit", resolve)));
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(ends);
      await home.remove();
    },
  };
}
export type CommandHome = Awaited<ReturnType<typeof commandHome>>;

/** Resolves with the text so far when a line of it matches; rejects when the process ends before. */
export function heard(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const listen = (chunk: Buffer) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => reject(new Error(`ended with ${code} before ${pattern}: ${text}`)));
  });
}

function collect(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => {
      ended.stdout += chunk;
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      ended.stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
  });
}
