// Runs a program for as long as whoever asked for it lives, however that one ends: our standard input is a pipe from it, and `kill -9` closes that too.
// `node guard.mjs FOLDER PROGRAM ARGUMENTS…`; FOLDER is removed at the end.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

const END_WITHIN_MS = 3_000;

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
child.once("exit", (code) => {
  clearTimeout(last);
  signalGroup("SIGKILL"); // what it left behind
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(code ?? 1);
});
