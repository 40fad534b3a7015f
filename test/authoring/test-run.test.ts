import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { runbookTemplate } from "../../engine/authoring/templates.ts";
import { runTests, testFilesOf } from "../../engine/authoring/test-run.ts";
import { openChecker } from "../../engine/checking.ts";
import { runbookFolder } from "./runbook-folder.ts";

const RUNBOOKS = join(import.meta.dirname, "..", "..", "runbooks");

async function run(files: readonly string[], signal?: AbortSignal) {
  let output = "";
  const { ok } = await runTests({ files, env: { PATH: process.env.PATH }, write: (text) => (output += text), ...(signal && { signal }) });
  return { ok, output };
}

describe("tests of runbooks", () => {
  it("pass for all runbooks of this repository", async function () {
    this.timeout(300_000); // each test has a sandbox of its own
    const files = await testFilesOf(RUNBOOKS);
    assert.ok(files.length >= 4);
    const { ok, output } = await run(files);
    assert.ok(ok, output);
    assert.match(output, /fail 0/);
  });

  it("pass for a runbook made from the template, in a folder where nothing is installed; and it passes its check", async () => {
    await using folder = await runbookFolder(Object.fromEntries(runbookTemplate("first-one").map(({ path, text }) => [path, text])));
    const checker = openChecker();
    try {
      const { ok, diagnostics } = await checker.check({ entry: folder.file("first-one.ts") });
      assert.deepEqual([ok, diagnostics], [true, []]);
    } finally {
      await checker.stop();
    }
    const { ok, output } = await run(await testFilesOf(folder.file("first-one.ts")));
    assert.ok(ok, output);
    assert.match(output, /first-one greets/);
  });

  it("fail when a test fails, and say why", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": 'import assert from "node:assert";\nimport { test } from "node:test";\ntest("two is three", () => assert.equal(2, 3));\n',
    });
    const { ok, output } = await run([folder.file("a.test.ts")]);
    assert.equal(ok, false);
    assert.match(output, /two is three[\s\S]*a\.test\.ts:3/);
  });

  it("end when they are aborted", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": 'import { test } from "node:test";\ntest("for ever", () => new Promise(() => setInterval(() => {}, 1000)));\n',
    });
    await assert.rejects(run([folder.file("a.test.ts")], AbortSignal.timeout(1_000)), { name: "TimeoutError" });
  });

  it("are found beside a runbook, below a folder, or by name", async () => {
    await using folder = await runbookFolder({ "a.ts": "", "a.test.ts": "", "b/c.test.mts": "", "b/node_modules/x.test.ts": "", "lonely.ts": "" });
    const names = async (path: string) => (await testFilesOf(join(folder.path, path))).map((file) => relative(folder.path, file));
    assert.deepEqual(await names("a.ts"), ["a.test.ts"]);
    assert.deepEqual(await names("a.test.ts"), ["a.test.ts"]);
    assert.deepEqual(await names("."), ["a.test.ts", join("b", "c.test.mts")]);
    await assert.rejects(testFilesOf(folder.file("lonely.ts")), { code: "NOT_FOUND", message: /there is no lonely\.test\.ts/ });
    await assert.rejects(testFilesOf(folder.file("gone.ts")), { code: "NOT_FOUND" });
  });

  it("aren't written for a name that no runbook can have", () => {
    assert.throws(() => runbookTemplate("../evil"), { code: "BAD_REQUEST" });
  });
});
