// Runs test files inside VS Code; `npm test` starts it under the project's Node, and reads the results from the file named by RUNWRIGHT_TEST_RESULTS.
// `node scripts/vscode/suite.mjs [--oldest] FILES…`
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ROOT } from "../setup.mjs";
import { buildExtension } from "./build-extension.mjs";
import { bundleSuite } from "./bundle-suite.mjs";
import { chooseHost } from "./choose-host.mjs";
import { followFile } from "./follow-file.mjs";
import { Unavailable } from "./npm-package.mjs";
import { byPlace } from "./places.mjs";
import { recordSkip } from "./record-skip.mjs";

const RESULTS = process.env.RUNWRIGHT_TEST_RESULTS;
const words = process.argv.slice(2);
const which = words.includes("--oldest") ? "oldest" : "newest";
const files = words.filter((word) => word !== "--oldest").map((file) => resolve(ROOT, file));

try {
  const host = await chooseHost(which);
  console.log(`  in ${host.name}`);
  process.exitCode = await runIn(host);
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  recordSkip(files, error.message);
}

async function runIn(host) {
  await buildExtension();
  let worst = 0;
  const results = [];
  for (const [place, some] of byPlace(files)) {
    if (place !== "folder") console.log(`  with ${place}`);
    const { code, lines } = await runAt(host, place, some);
    worst = Math.max(worst, code);
    results.push(...lines);
  }
  // Whoever reads the results takes the first end for the end of all.
  const ends = results.filter((line) => JSON.parse(line).state === "end");
  const isWhole = ends.length === byPlace(files).size;
  const all = [...results.filter((line) => !ends.includes(line)), ...(isWhole ? ends.slice(0, 1) : [])];
  if (RESULTS !== undefined) appendFileSync(RESULTS, all.map((line) => `${line}\n`).join(""));
  return worst;
}

/** Runs what wants the same place, in an editor of its own. */
async function runAt(host, place, some) {
  const tests = await bundleSuite(some);
  const folder = dirname(tests);
  const [output, results] = ["output", "results"].map((name) => join(folder, name));
  for (const file of [output, results]) writeFileSync(file, "");
  const endShow = followFile(output, (text) => process.stdout.write(text));
  try {
    // The extension host has another Node than the engine: tests that start an engine need to know ours.
    const env = { RUNWRIGHT_TEST_OUTPUT: output, RUNWRIGHT_TEST_RESULTS: results, RUNWRIGHT_TEST_NODE: process.execPath, RUNWRIGHT_TEST_ROOT: ROOT };
    const code = await host.run({ extension: join(ROOT, "extension"), tests, env, place });
    return { code, lines: readFileSync(results, "utf8").split("\n").filter(Boolean) };
  } finally {
    endShow();
    await rm(folder, { recursive: true, force: true });
  }
}
