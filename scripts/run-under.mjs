import { spawn } from "node:child_process";
import { constants } from "node:os";
import { whenAbandoned } from "./abandoned.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
/** A terminal, npm and a supervisor may each pass on the same Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs a program in our place: our terminal, our signals, its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>} its exit code; 128 + number when a signal ended it
 */
export async function runUnder(program, args, options = {}) {
  const child = spawn(program, args, { stdio: "inherit", ...options });
  const lastAt = new Map();
  const forward = (signal) => {
    // Ctrl-C at a terminal reaches every process of its foreground group, so the child has it already.
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    const now = performance.now();
    if (now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return;
    lastAt.set(signal, now);
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  const endWatch = whenAbandoned(() => forward("SIGTERM"));
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
    });
  } finally {
    endWatch();
    for (const signal of SIGNALS) process.off(signal, forward);
  }
}
