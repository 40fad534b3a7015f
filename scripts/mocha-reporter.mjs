import { appendFileSync } from "node:fs";
import mocha from "mocha";

const STILL_OPEN_AFTER_MS = 5_000;
/** Of a failure, in the summary at the end of all. */
const MOST_LINES = 25;

/**
 * Mocha's spec output, and one JSON line per result in the file named by RUNWRIGHT_TEST_RESULTS, so that a crash loses no count:
 * `{ state: "passed" | "failed" | "skipped" | "end", title?, reason? }`.
 * A test that is skipped without a reason has failed: see test/support/skip.ts.
 */
export default class Reporter extends mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.RUNWRIGHT_TEST_RESULTS;
    const record = (result) => file && appendFileSync(file, `${JSON.stringify(result)}\n`);
    let depth = 0;
    runner.on("suite", () => depth++);
    runner.on("suite end", () => depth--);
    runner.on("pass", () => record({ state: "passed" }));
    runner.on("fail", (test, error) => record({ state: "failed", title: test.fullTitle(), reason: reasonIn(error) }));
    runner.on("pending", (test) => {
      const reason = reasonOf(test);
      const result = reason === undefined ? { state: "failed", reason: "skipped without a reason" } : { state: "skipped", reason };
      mocha.reporters.Base.consoleLog(`${"  ".repeat(depth + 1)}${result.state}: ${result.reason}`);
      record({ ...result, title: test.fullTitle() });
    });
    runner.on("end", () => {
      record({ state: "end" });
      // Unreferenced: it only speaks when something else keeps the process alive.
      const stillOpen = () => console.log(`still open ${STILL_OPEN_AFTER_MS / 1_000} s after the last test: ${process.getActiveResourcesInfo().join(", ")}`);
      setTimeout(stillOpen, STILL_OPEN_AFTER_MS).unref();
    });
  }
}

/** What it says, with the difference that an assertion shows, and the test's own line. */
function reasonIn(error) {
  const own = /\n\s+at [^\n]*?((?:test|engine|extension)\/[^\n)]*)/.exec(String(error?.stack));
  const lines = String(error?.message ?? error).split("\n");
  const shown = [
    ...lines.slice(0, MOST_LINES),
    ...(lines.length > MOST_LINES ? [`… ${lines.length - MOST_LINES} more lines`] : []),
    ...(own ? [`at ${own[1]}`] : []),
  ];
  return shown.map((line) => line.slice(0, 500)).join("\n");
}

/** A hook that skips gives its suite the reason. */
function reasonOf(testOrSuite) {
  for (let at = testOrSuite; at; at = at.parent) if (at.skipReason !== undefined) return at.skipReason;
  return undefined;
}
