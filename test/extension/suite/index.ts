import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

/**
 * Runs the test files beside this one; each editor that loads tests calls it, the desktop's and the browser's.
 * What it prints goes to the file named by RUNWRIGHT_TEST_OUTPUT: an extension host's console passes through three processes and is mixed with the editor's own log.
 */
export async function run(): Promise<void> {
  const { RUNWRIGHT_TEST_OUTPUT: output, RUNWRIGHT_TEST_ROOT: root } = process.env;
  if (root === undefined) throw new Error("RUNWRIGHT_TEST_ROOT isn't set: scripts/vscode/suite.mjs starts this");
  // Asked for at run time and not bundled: both are ES modules, which the Node of the oldest editor doesn't `require` as newer ones do.
  const { default: Mocha } = await import("mocha");
  const { default: Reporter } = await import(pathToFileURL(join(root, "scripts", "mocha-reporter.mjs")).href);
  if (output !== undefined) Mocha.reporters.Base.consoleLog = (...words: unknown[]) => appendFileSync(output, `${format(...words)}\n`);
  const mocha = new Mocha({ ui: "bdd", timeout: 20_000, slow: 1_000, color: false, forbidOnly: true, reporter: Reporter });
  for (const file of readdirSync(__dirname).sort()) if (file.endsWith(".test.cjs")) mocha.addFile(join(__dirname, file));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
