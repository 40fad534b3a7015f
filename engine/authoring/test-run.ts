import { spawn } from "node:child_process";
import { glob, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RunwrightError } from "../core/errors.ts";

const RESOLVER = join(import.meta.dirname, `test-resolve${extname(fileURLToPath(import.meta.url))}`);

/**
 * Tests that belong to a path: the `*.test.ts` beside a runbook, a test file itself, or all below a folder; sorted.
 * @throws NOT_FOUND saying what was looked for
 */
export async function testFilesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new RunwrightError("NOT_FOUND", `there is no file or folder "${path}"`);
  if (found.isDirectory()) {
    const files = await Array.fromAsync(glob("**/*.test.{ts,mts}", { cwd: path, exclude: (name) => basename(name) === "node_modules" }));
    if (files.length === 0) throw new RunwrightError("NOT_FOUND", `there is no *.test.ts below ${path}`);
    return files.sort().map((file) => join(path, file));
  }
  if (/\.test\.m?ts$/.test(path)) return [path];
  const beside = path.replace(/(\.m?ts)$/, ".test$1");
  if ((await stat(beside).catch(() => undefined)) === undefined)
    throw new RunwrightError("NOT_FOUND", `${basename(path)} has no test: there is no ${basename(beside)} in ${dirname(path)}`);
  return [beside];
}

export interface TestRunOptions {
  files: readonly string[];
  /** Environment of the tests, which are programs of the author's own. */
  env: Readonly<Record<string, string | undefined>>;
  /** Gets what the test reporter writes. */
  write: (text: string) => void;
  signal?: AbortSignal;
}

/** Runs tests with Node's own runner, one process a file. @returns whether all passed; rejects when `signal` is aborted */
export function runTests({ files, env, write, signal }: TestRunOptions): Promise<{ ok: boolean }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const args = ["--import", pathToFileURL(RESOLVER).href, "--test", "--test-reporter=spec", ...files];
    const child = spawn(process.execPath, args, { env: { ...env, NODE_TEST_CONTEXT: undefined }, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    child.stdout.setEncoding("utf8").on("data", write);
    child.stderr.setEncoding("utf8").on("data", write);
    // Node's runner ends the process of each file when it is interrupted.
    const stop = () => child.kill("SIGINT");
    signal?.addEventListener("abort", stop, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ ok: code === 0 });
    });
  });
}
