// Runs a program for as long as whoever asked for it lives, however that one ends: our standard input is a pipe from it, and `kill -9` closes that too.
// `node guard.mjs FOLDER PROGRAM ARGUMENTS…`; FOLDER is removed at the end.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const END_WITHIN_MS = 3_000;
const REMOVE_WITHIN_MS = 25_000;

const [folder, program, ...args] = process.argv.slice(2);
// A process group of its own: whatever the program starts ends with it.
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

function signalGroup(signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // all gone already
  }
}

let last;
function end() {
  if (last !== undefined || child.pid === undefined) return;
  signalGroup("SIGTERM");
  last = setTimeout(() => signalGroup("SIGKILL"), END_WITHIN_MS);
}

process.stdin.once("end", end).once("error", end).resume();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
// Whoever read what the program writes is gone: that comes with the end of standard input.
process.stdout.on("error", end);
process.stderr.on("error", end);

child.once("error", (error) => {
  console.error(`${program} couldn't be started: ${error.message}`);
  process.exit(1);
});
child.once("exit", async (code) => {
  clearTimeout(last);
  signalGroup("SIGKILL"); // what it left behind
  await remove();
  process.exit(code ?? 1);
});

/** On a busy machine those that were killed take their time to end, and write until then. */
async function remove() {
  const until = performance.now() + REMOVE_WITHIN_MS;
  for (;;) {
    const problem = await rm(folder, { recursive: true, force: true }).catch((error) => error);
    if (!existsSync(folder)) return;
    if (performance.now() > until) return console.error(`${folder} can't be removed: ${problem?.message ?? "something writes into it"}`);
    await delay(200);
  }
}
