import type { Context, Suite } from "mocha";
import { skip } from "../../support/skip.ts";

/**
 * The tests of this suite are steps of one walk: when one fails, those after it are skipped, and other walks go on. At the end all are printed with how long each took,
 * in seconds. Durations are those of the machine at that moment, for reading; nothing is asserted about them.
 */
export function steps(suite: Suite): void {
  let failed: string | undefined;
  suite.beforeEach("look at the step before", function (this: Context) {
    if (failed !== undefined) skip(this, `"${failed}" has failed`);
  });
  suite.afterEach("remember a step that failed", function (this: Context) {
    if (this.currentTest?.state === "failed") failed ??= this.currentTest.title;
  });
  suite.afterAll("print the steps", () => {
    for (const { title, duration } of suite.tests) {
      if (duration !== undefined) console.log(`      ${(duration / 1_000).toFixed(1).padStart(6)} s  ${title}`);
    }
  });
}
