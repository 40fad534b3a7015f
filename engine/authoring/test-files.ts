import { glob, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { RunwrightError } from "../core/errors.ts";

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
