import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { getAsset, isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { compileFunction } from "node:vm";
import { DEFAULT_STATE, openStateDirectory } from "../state-directory.ts";
import { type Program, STARTER, type Starter } from "./contract.ts";
import { conductTrial, REPORTED } from "./trial.ts";
import { fallenBack, isHash, taken, type Versions } from "./versions.ts";
import { hashOf, versionsIn } from "./versions-directory.ts";

/**
 * The starter: a small program that stays the same while the agent is updated. It runs the agent's current code in its own process; a new version
 * is tried in a process beside it first. `agent-start.mjs ARGUMENTS…` are those of the agent; `@HASH` before them is for the starter's own use.
 */
const MAJOR = 26;
const self = fileURLToPath(import.meta.url);
const [first = "", ...others] = process.argv.slice(2);
const only = first.startsWith("@") && isHash(first.slice(1)) ? first.slice(1) : undefined;
const argv = only === undefined ? process.argv.slice(2) : others;
const program: Program = isSea()
  ? { kind: "executable", path: process.execPath }
  : { kind: "scripts", node: process.execPath, starter: self, agent: join(dirname(self), "agent.cjs") };
/** How this program is started again: an executable is its own script. */
const again = isSea() ? [] : [...process.execArgv, self];

// Compilers that make hot code faster cost an agent, which is idle, 10 MB; without them a report of 100,000 packages takes a sixth longer.
setFlagsFromString("--no-opt");
setFlagsFromString("--no-maglev");

process.stderr.on("error", () => {}); // a log file on a full disk doesn't end the agent
const log = (message: string) =>
  void process.stderr.write(`${JSON.stringify({ level: "warn", time: new Date().toISOString(), message: `starter: ${message}` })}\n`);

void main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exit(1);
});

async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < MAJOR) throw new Error(`Node ${MAJOR} or newer is needed, this is ${process.versions.node}`);
  // What only looks or joins needs no version but the one at hand, and must leave no trace where it has nothing to do.
  if (argv[0] !== "run") {
    const code = brought();
    return run(code, { hash: hashOf(code), trial: false });
  }
  const versions = versionsIn(await openStateDirectory(stateDirectoryOf(argv)));
  if (only !== undefined) return runOnTrial(only, await versions.read(only));

  const before = await versions.state();
  let now = before;
  try {
    const code = brought();
    now = taken(before, hashOf(code));
    if (now.current === hashOf(code)) await versions.add(code);
    if (now !== before) await versions.write(now);
  } catch (error) {
    // A full disk, or the file beside this one is gone: what is in the state directory goes on.
    if (before === undefined) throw error;
    log(`what came with this starter can't be taken over: ${error instanceof Error ? error.message : error}`);
    now = before;
  }
  if (now.trial !== null) {
    const tried = await supervise(now, versions.write);
    if (tried === undefined) return;
    now = tried;
  }
  const { code, hash } = await currentOf(now, versions.read);
  run(code, { hash, trial: false });
}

/** @returns undefined when this program was asked to end meanwhile */
async function supervise(now: Versions, write: (versions: Versions) => Promise<void>): Promise<Versions | undefined> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, stop);
  try {
    const start = (hash: string): ChildProcess =>
      spawn(process.execPath, [...again, `@${hash}`, ...argv], { stdio: ["inherit", "inherit", "inherit", "ipc"], windowsHide: true });
    const after = await conductTrial(now, { start, write, signal: stopped.signal, monotonic: () => performance.now(), log });
    return stopped.signal.aborted ? undefined : after;
  } finally {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, stop);
  }
}

/** The current code; what can't be used is passed over for the one before, and that for what came with the starter. */
async function currentOf(versions: Versions, read: (hash: string) => Promise<Buffer | undefined>): Promise<{ code: Uint8Array; hash: string }> {
  for (let at: Versions | undefined = versions; at !== undefined; at = fallenBack(at)) {
    const code = await read(at.current);
    if (code !== undefined) return { code, hash: at.current };
    log(`the code ${at.current.slice(0, 12)} is missing or damaged`);
  }
  const code = brought();
  return { code, hash: hashOf(code) };
}

function runOnTrial(hash: string, code: Uint8Array | undefined): void {
  if (code === undefined) throw new Error(`the code ${hash.slice(0, 12)} on trial is missing or damaged`);
  // An agent that has nothing left to do ends, whoever listens to it. And one whose starter is gone has no one left to end it if it hung.
  process.channel?.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  if (!process.connected) throw new Error("the starter is gone");
  run(code, { hash, trial: true });
}

/** Runs exactly the bytes whose hash was compared. */
function run(code: Uint8Array, { hash, trial }: { hash: string; trial: boolean }): void {
  const starter: Starter = {
    ...{ contract: 1, argv, hash, program, trial },
    reported: () => void process.send?.(REPORTED),
    restart() {
      // The same process with a fresh memory, so that a service sees no end; where there is no such thing, whoever watches the service starts it again.
      if (process.execve !== undefined && process.platform !== "win32") process.execve(process.execPath, [process.execPath, ...again, ...argv], process.env);
      process.exit(75);
    },
  };
  Object.assign(globalThis, { [STARTER]: starter });
  const file = join(dirname(self), `agent-${hash.slice(0, 12)}.cjs`);
  const module = { exports: {} };
  const text = Buffer.from(code.buffer, code.byteOffset, code.byteLength).toString("utf8");
  compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"], { filename: file })(
    ...[module.exports, createRequire(self), module, file, dirname(file)],
  );
}

/** What came with the starter: inside the executable, or in the file beside it. */
function brought(): Uint8Array {
  return program.kind === "executable" ? new Uint8Array(getAsset("agent.cjs")) : readFileSync(program.agent);
}

function stateDirectoryOf(words: readonly string[]): string {
  const at = words.findIndex((word) => word === "--state" || word.startsWith("--state="));
  const word = words[at];
  const path = word === "--state" ? words[at + 1] : word?.slice("--state=".length);
  return resolve(path || DEFAULT_STATE);
}
