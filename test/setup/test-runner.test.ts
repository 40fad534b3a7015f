import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMocha } from "../../scripts/test-steps.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const SKIP = fileURLToPath(new URL("../support/skip.ts", import.meta.url));

describe("the test runner", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  async function run(text: string) {
    const file = join(directory.path, "some.test.ts");
    await writeFile(file, `import { spawn } from "node:child_process";\nimport { skip } from ${JSON.stringify(SKIP)};\n${text}`);
    const { passed, failed, skipped, failures, skips } = await runMocha(process.execPath, [file], {
      env: process.env,
      long: false,
      endWithin: 1_000,
      output: "ignore",
    });
    const said = (results: { title?: string; reason?: string }[]) => results.map(({ title, reason }) => `${title?.replace(file, "FILE")}: ${reason}`);
    return { sum: [passed, failed, skipped], failures: said(failures), skips: said(skips) };
  }

  it("counts what passes, fails and is skipped with a reason", async () => {
    const result = await run(`
      it("passes", () => {});
      it("fails", () => { throw new Error("on purpose\\nmore"); });
      it("is skipped", function () { skip(this, "no such kernel"); });
      describe("a suite", () => {
        before(function () { skip(this, "no such program"); });
        it("one", () => {});
        it("two", () => {});
      });`);
    assert.deepEqual(result.sum, [1, 1, 3]);
    assert.deepEqual(result.failures, ["fails: on purpose\nmore"]);
    assert.deepEqual(result.skips, ["is skipped: no such kernel", "a suite one: no such program", "a suite two: no such program"]);
  });

  for (const [what, text] of [
    ["this.skip()", 'it("a test", function () { this.skip(); });'],
    ["it.skip", 'it.skip("a test", () => {});'],
    ["a test without a body", 'it("a test");'],
  ] as const) {
    it(`counts ${what} as failed, because it gives no reason`, async () => {
      const result = await run(text);
      assert.deepEqual(result.sum, [0, 1, 0]);
      assert.deepEqual(result.failures, ["a test: skipped without a reason"]);
    });
  }

  it("counts a crash as failed and keeps what had passed before", async () => {
    const result = await run('it("passes", () => {}); it("crashes", () => process.kill(process.pid, "SIGSEGV")); it("never runs", () => {});');
    assert.deepEqual(result.sum, [1, 1, 0]);
    assert.deepEqual(result.failures, ["FILE: mocha ended in the middle (SIGSEGV)"]);
  });

  it("counts an early exit with code 0 as failed", async () => {
    const result = await run('it("leaves", () => process.exit(0)); it("never runs", () => {});');
    assert.deepEqual(result.failures, ["FILE: mocha ended in the middle (exit 0)"]);
  });

  it("counts a file that can't be loaded as failed", async () => {
    const result = await run('import "./missing.ts"; it("a test", () => {});');
    assert.deepEqual(result.sum, [0, 1, 0]);
  });

  it("counts a failing hook as failed", async () => {
    const result = await run('before(() => { throw new Error("no database"); }); it("a test", () => {});');
    assert.deepEqual(result.sum, [0, 1, 0]);
    assert.match(result.failures[0] ?? "", /no database/);
  });

  it("counts describe.only and it.only as failed", async () => {
    const result = await run('it("a test", () => {}); it.only("another", () => {});');
    assert.equal(result.sum[1], 1);
  });

  it("ends a process that doesn't end by itself, and counts it as failed", async () => {
    const result = await run('it("forgets a timer", () => { setInterval(() => {}, 60_000); });');
    assert.deepEqual(result.sum, [1, 1, 0]);
    assert.match(result.failures[0] ?? "", /didn't end after its last test/);
  });

  it("counts a child left behind as failed, and ends it", async () => {
    const result = await run(
      'it("forgets a child", () => { spawn(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], { stdio: "ignore" }).unref(); });',
    );
    assert.deepEqual(result.sum, [1, process.platform === "linux" ? 1 : 0, 0]);
    if (process.platform === "linux") assert.match(result.failures[0] ?? "", /processes left behind: .*setInterval/);
  });
});
