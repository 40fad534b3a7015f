import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Diagnostic, sortDiagnostics } from "../core/diagnostic.ts";
import { outside, readElsewhere, readListing, tooMuchSaid } from "./confined.ts";
import { SANDBOX_GLOBALS } from "./globals.ts";
import { KNOWN_TYPES_FILE } from "./known-types.ts";
import { SDK_ENTRY, SDK_FOLDER, toSlashes } from "./modules.ts";
import { createSlots } from "./slots.ts";

/** A compiler takes 0.2 s and 100 MB for a runbook: more at once would make each slower and the engine's host short of memory. */
const PROCESSES = 2;
const TIME_LIMIT_MS = 60_000;
const MAX_OUTPUT_CHARS = 4 * 1024 * 1024;

export interface TypeChecker {
  /** What the TypeScript compiler finds in a runbook and all that it imports, sorted; rejects only when `signal` is aborted or the compiler can't be run. */
  check(options: {
    entry: string;
    /** Refuses files outside this folder, the SDK's aside; for sources that came over the network. */
    confineTo?: string;
    signal?: AbortSignal;
  }): Promise<Diagnostic[]>;
  /** Ends running checks, which reject. */
  stop(): void;
}

/** TypeScript 7 is a program without an API to embed: each check runs the pinned `tsc`, at most two at a time. */
export function createTypeChecker({ processes = PROCESSES, timeLimitMs = TIME_LIMIT_MS }: { processes?: number; timeLimitMs?: number } = {}): TypeChecker {
  const slots = createSlots(processes);
  const stopping = new AbortController();

  return {
    async check({ entry, confineTo, signal }) {
      const ended = signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]);
      const release = await slots.take(ended);
      const folder = mkdtempSync(join(tmpdir(), "runwright-check-"));
      try {
        return await checkIn(folder, { entry: realpathSync(entry), confineTo }, ended, timeLimitMs);
      } finally {
        release();
        await rm(folder, { recursive: true, force: true });
      }
    },
    stop: () => stopping.abort(new Error("the type checker was stopped")),
  };
}

async function checkIn(
  folder: string,
  { entry, confineTo }: { entry: string; confineTo: string | undefined },
  signal: AbortSignal,
  timeLimitMs: number,
): Promise<Diagnostic[]> {
  const globals = join(folder, "globals.d.ts");
  await writeFile(globals, SANDBOX_GLOBALS);
  // A configuration of its own that extends nothing: the same runbook gets the same answer in every folder.
  const compilerOptions = {
    target: "esnext",
    lib: ["esnext"],
    module: "esnext",
    moduleResolution: "bundler",
    types: [],
    paths: { runwright: [SDK_ENTRY] },
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    isolatedModules: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
  };
  // What exists on the engine, if its author has asked for that.
  const known = join(dirname(entry), KNOWN_TYPES_FILE);
  const files = [entry, globals, ...(existsSync(known) ? [known] : [])];
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const name = basename(entry);
  const end = await runCompiler(["-p", folder, "--pretty", "false", ...(confineTo === undefined ? [] : ["--listFiles"])], dirname(entry), signal, timeLimitMs);
  if (end.timedOut) {
    return [
      {
        file: name,
        line: 1,
        column: 1,
        code: "TYPE_CHECK_TIMEOUT",
        message: `the type check took longer than ${timeLimitMs / 1_000} s: simplify the types`,
        severity: "error",
      },
    ];
  }
  // The list of what was read stands at the end: of a part of it nothing can be told.
  if (confineTo !== undefined && !end.isWhole) return [tooMuchSaid(name)];
  const listing = confineTo === undefined ? undefined : readListing(end.output);
  if (listing && confineTo !== undefined && readElsewhere(listing, [confineTo, folder, SDK_FOLDER, dirname(compilerPath()), packagesFolder()]))
    return [outside(name)];
  const diagnostics = parseDiagnostics(listing?.output ?? end.output, name);
  if (end.exitCode !== 0 && diagnostics.length === 0) throw new Error(`tsc ended with ${end.exitCode ?? end.signal}: ${end.output.slice(0, 2_000)}`);
  return diagnostics;
}

interface CompilerEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  /** False: more was said than is kept, or it was killed while it spoke. */
  isWhole: boolean;
  timedOut: boolean;
}

function runCompiler(args: string[], cwd: string, signal: AbortSignal, timeLimitMs: number): Promise<CompilerEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(compilerPath(), args, { cwd, env: {}, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    let output = "";
    let isCut = false;
    let timedOut = false;
    const take = (chunk: string) => {
      if (output.length < MAX_OUTPUT_CHARS) output += chunk;
      else isCut = true;
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const kill = () => child.kill("SIGKILL");
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeLimitMs);
    signal.addEventListener("abort", kill, { once: true });
    if (signal.aborted) kill(); // while its files were written
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    };
    child.on("error", (error) => {
      finish();
      reject(new Error("the TypeScript compiler can't be started; install the dependencies again: npm ci", { cause: error }));
    });
    child.on("close", (exitCode, killedBy) => {
      finish();
      if (signal.aborted) reject(signal.reason);
      else resolve({ exitCode, signal: killedBy, output, isWhole: !isCut && killedBy === null, timedOut });
    });
  });
}

/** The native compiler itself: Node's wrapper around it would cost 40 ms and, on Windows, outlive a kill. */
function compilerPath(): string {
  const wrapper = createRequire(import.meta.url).resolve("typescript/package.json");
  const platform = createRequire(wrapper).resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`);
  return join(dirname(platform), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
}

/** Where the engine's own packages lie: the SDK's types name some of theirs. */
const packagesFolder = (): string => join(fileURLToPath(import.meta.resolve("typebox")), "..", "..", "..");

/** Reads `file(line,col): error TS2345: message`; lines that follow belong to the message. Problems without a file are shown at the start of the runbook. */
export function parseDiagnostics(output: string, entry: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const row of output.split(/\r?\n/)) {
    const [, file, line, column, severity, code, message] = /^(?:(.+?)\((\d+),(\d+)\): )?(error|warning) (TS\d+): (.*)$/.exec(row) ?? [];
    const last = found.at(-1);
    if (code !== undefined && message !== undefined) {
      const place = { file: toSlashes(file ?? entry), line: Number(line ?? 1), column: Number(column ?? 1) };
      found.push({ ...place, code: `TS${Number(code.slice(2))}`, message: inSandbox(message), severity: severity === "warning" ? "warning" : "error" });
    } else if (last !== undefined && row.trim() !== "") {
      last.message += `\n${row}`;
    }
  }
  return sortDiagnostics(found);
}

/** The compiler's advice to install Node's types would mislead. */
const inSandbox = (message: string) => message.replace(/ Do you need to install type definitions for node\?.*$/, " The sandbox has none of Node's globals.");
