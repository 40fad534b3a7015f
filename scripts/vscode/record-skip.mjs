import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { ROOT } from "../setup.mjs";

/**
 * Test files that can't run here, as mocha-reporter.mjs would have written it.
 * @param {readonly string[]} files
 * @param {string} reason
 */
export function recordSkip(files, reason) {
  console.log(`  skipped: ${reason}`);
  const results = process.env.RUNWRIGHT_TEST_RESULTS;
  if (results === undefined) return;
  const skips = files.map((file) => ({ state: "skipped", title: relative(ROOT, file), reason }));
  appendFileSync(results, [...skips, { state: "end" }].map((result) => `${JSON.stringify(result)}\n`).join(""));
}
