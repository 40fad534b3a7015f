import { spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { RunwrightError } from "../core/errors.ts";
import type { Context } from "./command.ts";

const OWN_PACKAGE = new URL(`./own-package${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).href;

/**
 * Runs tests of runbooks with Node's own test runner, in a process of its own.
 * @param files runbooks or their tests
 * @throws NOT_FOUND when there is no test
 */
export async function runTests(files: readonly string[], { cwd, signal }: Context): Promise<void> {
  const tests = await Promise.all(files.map((file) => testOf(resolve(cwd, file), file)));
  const child = spawn(process.execPath, ["--import", OWN_PACKAGE, "--test", ...tests], { cwd, stdio: "inherit" });
  const end = () => child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  try {
    const code = await new Promise<number | null>((done, reject) => child.once("error", reject).once("exit", done));
    if (code !== 0) process.exitCode = 1;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

async function testOf(path: string, given: string): Promise<string> {
  const test = /\.test\.m?ts$/.test(path) ? path : path.replace(/\.(m?ts)$/, ".test.$1");
  const found = await stat(test).catch(() => undefined);
  if (found?.isFile()) return test;
  throw new RunwrightError("NOT_FOUND", `${given} has no test: write it beside the runbook, named like it, ending in .test.ts`);
}
