import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whenAbandoned } from "./abandoned.mjs";
import { ROOT } from "./setup.mjs";

const MINUTE = 60_000;

/** A command that counts as one test: it passes when it exits with 0. */
export async function countedCommand(program, args, { env, title, output = "inherit" }) {
  const { code, signal } = await run(program, args, { env, timeLimit: 10 * MINUTE, output });
  if (code === 0) return { passed: 1, failed: 0, skipped: 0, failures: [], skips: [] };
  return { passed: 0, failed: 1, skipped: 0, failures: [{ title, reason: `exit ${code ?? signal}` }], skips: [] };
}

/**
 * Runs test files in one mocha process and adds what mocha doesn't count: a crash, a process that doesn't end, processes left behind.
 * @param {string} node
 * @param {readonly string[]} files
 * @param {{ env: Record<string, string | undefined>, long: boolean, endWithin?: number, output?: "inherit" | "ignore" | number }} options
 *   `endWithin`: milliseconds that the process may live after its last test; what is still open then was forgotten; `output`: a number is an open file
 * @returns {Promise<{ passed: number, failed: number, skipped: number, failures: { title: string, reason: string }[], skips: { title: string, reason: string }[] }>}
 */
export async function runMocha(node, files, options) {
  return await runCounted(node, ["node_modules/mocha/bin/mocha.js", "--forbid-only", "--reporter", "./scripts/mocha-reporter.mjs", ...files], files, options);
}

/** The same for test files that ask for the module `vscode`: they run inside VS Code, the newest or the oldest that the extension supports. */
export async function runInVSCode(node, files, { which, ...options }) {
  return await runCounted(node, ["scripts/vscode/suite.mjs", ...(which === "oldest" ? ["--oldest"] : []), ...files], files, options);
}

async function runCounted(node, args, files, { env, long, endWithin = 15_000, output = "inherit" }) {
  const folder = mkdtempSync(join(tmpdir(), "runwright-results-"));
  const resultsFile = join(folder, "results");
  try {
    const ended = await run(node, args, {
      env: { ...env, RUNWRIGHT_TEST_RESULTS: resultsFile },
      timeLimit: (long ? 60 : 20) * MINUTE,
      endWithin,
      output,
      isDone: () => readResults(resultsFile).some(({ state }) => state === "end"),
    });
    return count(readResults(resultsFile), ended, files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(results, { code, signal, killed, left }, files) {
  const of = (state) => results.filter((result) => result.state === state);
  const failures = of("failed");
  const title = files.length === 1 ? files[0] : `${files.length} files from ${files[0]}`;
  if (killed !== undefined) failures.push({ title, reason: killed });
  else if (of("end").length === 0) failures.push({ title, reason: `mocha ended in the middle (${signal ?? `exit ${code}`})` });
  else if (code !== 0 && failures.length === 0) failures.push({ title, reason: `mocha ended with ${signal ?? `exit ${code}`}` });
  if (left.length > 0) failures.push({ title, reason: `processes left behind: ${left.join(", ")}` });
  return { passed: of("passed").length, failed: failures.length, skipped: of("skipped").length, failures, skips: of("skipped") };
}

const readResults = (file) =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];

/** What runs now. A signal ends all of it: the first handler that exits would leave the others' groups behind. */
const running = new Set();
function interrupt(signal) {
  for (const child of running) endGroup(child, "SIGKILL");
  process.exit(signal === "SIGINT" ? 130 : 143);
}

/** Runs a program in a process group of its own, so that nothing it started outlives it. */
async function run(program, args, { env, timeLimit, endWithin = Number.POSITIVE_INFINITY, output = "inherit", isDone = () => false }) {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", output, output], detached: process.platform !== "win32" });
  running.add(child);
  if (running.size === 1) process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const endWatch = whenAbandoned(() => interrupt("SIGTERM"));
  const started = performance.now();
  let doneAt;
  let killed;
  const watch = setInterval(() => {
    const now = performance.now();
    if (isDone()) doneAt ??= now;
    if (now - started > timeLimit) killed = `still running after ${timeLimit / MINUTE} minutes`;
    else if (doneAt !== undefined && now - doneAt > endWithin) killed = "the process didn't end after its last test: a timer, socket or child is left open";
    if (killed !== undefined) endGroup(child, "SIGKILL");
  }, 500);
  try {
    const { code, signal } = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const left = groupMembers(child.pid);
    if (left.length > 0) endGroup(child, "SIGKILL");
    return { code, signal, killed, left };
  } finally {
    clearInterval(watch);
    endWatch();
    running.delete(child);
    if (running.size === 0) process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

function endGroup(child, signal) {
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // gone already
  }
}

/** Living processes of a group, where /proc shows them; one that has ended and wasn't collected by its parent doesn't count. */
function groupMembers(group) {
  if (process.platform !== "linux") return [];
  const members = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(pgrp) === group && state !== "Z") members.push(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 120));
    } catch (error) {
      if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error; // it ended while we looked
    }
  }
  return members;
}
