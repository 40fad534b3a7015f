import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** As users start it: with compiled code of earlier starts. */
export const MAIN = fileURLToPath(new URL("../../engine/runwright.mjs", import.meta.url));

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
    listen(child);
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

interface Hearing {
  text: string;
  /** Called with each new piece. */
  onText: Set<() => void>;
}
const hearings = new WeakMap<ChildProcess, Hearing>();

/** From the first letter: what a process said before anyone asked must not be missed. */
function listen(child: ChildProcess): Hearing {
  const known = hearings.get(child);
  if (known) return known;
  const hearing: Hearing = { text: "", onText: new Set() };
  hearings.set(child, hearing);
  const hear = (chunk: Buffer) => {
    hearing.text += chunk;
    for (const one of hearing.onText) one();
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  return hearing;
}

/** Resolves with all that the process has said since its start as soon as it matches, rejects when the process ends before. */
export function heard(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const hearing = listen(child);
    const ended = (code: number | null) => reject(new Error(`ended with ${code} before ${pattern}: ${hearing.text}`));
    const look = () => {
      if (!pattern.test(hearing.text)) return;
      hearing.onText.delete(look);
      child.off("close", ended);
      resolve(hearing.text);
    };
    hearing.onText.add(look);
    child.once("close", ended);
    look();
  });
}

/** All that it says from now on, and how it ends. */
export function collect(child: ChildProcess): Promise<Ended> {
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
