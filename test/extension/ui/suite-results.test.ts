import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInVSCode } from "../../../scripts/test-steps.mjs";
import { skip } from "../../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { editorOrSkip } from "./editor.ts";

const SKIP = fileURLToPath(new URL("../../support/skip.ts", import.meta.url));

describe("tests inside VS Code", function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;

  before(async function () {
    await editorOrSkip(this, "newest");
  });
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  async function run(text: string, env: Record<string, string> = {}) {
    const file = join(directory.path, "some.test.ts");
    await writeFile(file, text);
    const { passed, failed, skipped, failures, skips } = await runInVSCode(process.execPath, [file], {
      which: "newest",
      env: { ...process.env, ...env },
      long: false,
      output: "ignore",
    });
    const said = (results: { title?: string; reason?: string }[]) => results.map(({ title, reason }) => `${title?.replace(file, "FILE")}: ${reason}`);
    return { sum: [passed, failed, skipped], failures: said(failures), skips: said(skips) };
  }

  it("are counted one by one", async () => {
    const result = await run(`
      import * as vscode from "vscode";
      import { skip } from ${JSON.stringify(SKIP)};
      it("passes", () => vscode.commands.getCommands());
      it("fails", () => { throw new Error("on purpose"); });
      it("is skipped", function () { skip(this, "no such thing"); });`);
    assert.deepEqual(result.sum, [1, 1, 1]);
    assert.deepEqual(result.failures, ["fails: on purpose"]);
    assert.deepEqual(result.skips, ["is skipped: no such thing"]);
  });

  it("are counted as failed when their file can't be loaded", async function () {
    if (process.env.RUNWRIGHT_TEST_LONG !== "1") return skip(this, "it starts another editor; npm run test:all does");
    const result = await run('throw new Error("on loading");');
    assert.deepEqual(result.sum, [0, 1, 0]);
  });

  it("are skipped with the reason where there is no VS Code", async () => {
    const result = await run('it("never runs", () => {});', {
      XDG_CACHE_HOME: directory.path,
      npm_config_registry: "http://127.0.0.1:1/",
      npm_config_cache: directory.path,
    });
    assert.deepEqual(result.sum, [0, 0, 1]);
    assert.match(result.skips[0] ?? "", /no VS Code: not on the desktop \(.*\), nor its server \(.*ECONNREFUSED/);
  });
});
