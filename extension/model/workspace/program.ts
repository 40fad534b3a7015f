import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ERRORS, type ErrorCode, RunwrightError } from "../../../engine/core/errors.ts";
import type { EngineAddress } from "../client/address.ts";

/** The workspace's own `runwright`: it checks, bundles and plans with the compiler and the packages that the workspace has chosen. */
export interface Program {
  /** Of the command's entry. */
  path: string;
  version: string;
}

/** Looks in the folder and those above it, as Node would. @returns undefined when none has it installed */
export async function findProgram(folder: string): Promise<Program | undefined> {
  for (let place = folder; ; place = dirname(place)) {
    const found = await programIn(join(place, "node_modules", "runwright"));
    if (found || dirname(place) === place) return found;
  }
}

async function programIn(root: string): Promise<Program | undefined> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  } catch {
    return undefined; // it isn't installed here, or not whole
  }
  const { name, version, bin } = Object(manifest);
  const entry = typeof bin === "string" ? bin : Object(bin).runwright;
  if (name !== "runwright" || typeof entry !== "string") return undefined;
  return { path: join(root, entry), version: String(version) };
}

export interface Invocation {
  words: readonly string[];
  cwd: string;
  /** For words that an engine answers. */
  engine?: EngineAddress;
  token?: string;
  signal: AbortSignal;
}
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Runtime {
  /** Of Node, or of an editor that can be one. */
  node: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** The token goes by the environment: arguments are for everybody on the machine to read. */
export function environmentOf({ engine, token }: Pick<Invocation, "engine" | "token">, env: Runtime["env"]): Record<string, string | undefined> {
  return {
    ...withoutEditor(env),
    // An editor's own program is a Node only when told so.
    ELECTRON_RUN_AS_NODE: "1",
    NO_COLOR: "1",
    ...(engine && { RUNWRIGHT_URL: engine.url }),
    ...(token === undefined ? {} : { RUNWRIGHT_TOKEN: token }),
    ...(engine?.tlsPin === undefined ? {} : { RUNWRIGHT_TLS_PIN: engine.tlsPin }),
  };
}

const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Runs it once. @throws the signal's reason; ENGINE_UNREACHABLE never */
export function runProgram(program: Program, { words, cwd, engine, token, signal }: Invocation, { node, env }: Runtime): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(node, [program.path, ...words], {
      cwd,
      signal,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      env: environmentOf({ engine, token }, env),
    });
    const out: Outcome = { code: 1, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        out[stream] += text;
        if (out[stream].length > MOST_CHARACTERS) child.kill();
      });
    }
    child.once("error", (error) =>
      reject(signal.aborted ? signal.reason : new RunwrightError("INTERNAL", `${program.path} can't be started: ${error.message}`, { cause: error })),
    );
    child.once("close", (code) => resolve({ ...out, code: code ?? 1 }));
  });
}

/** What the editor and its debugger set for themselves would make another program of it. */
const withoutEditor = (env: Runtime["env"]): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VSCODE_|ELECTRON_|RUNWRIGHT_)/.test(name) && name !== "NODE_OPTIONS"));

/** What it printed with `--json`. @throws what it says of its failure, with code and details */
export function answerOf(outcome: Outcome, fine: readonly number[] = [0]): unknown {
  if (!fine.includes(outcome.code)) throw failureOf(outcome);
  try {
    return JSON.parse(outcome.stdout);
  } catch {
    throw new RunwrightError("INTERNAL", `the workspace's runwright has printed something else than JSON: ${outcome.stdout.slice(0, 200)}`);
  }
}

function failureOf({ stderr, code }: Outcome): RunwrightError {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  try {
    const { code: word, message, details } = Object(JSON.parse(last));
    if (typeof message === "string") return new RunwrightError(Object.hasOwn(ERRORS, word) ? (word as ErrorCode) : "INTERNAL", message, { details });
  } catch {
    // told as it is, below
  }
  return new RunwrightError("INTERNAL", `the workspace's runwright ended with ${code}: ${stderr.trim().slice(-500) || "it said nothing"}`);
}
