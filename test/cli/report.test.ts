import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, commandHome } from "./command.ts";

describe("report compliance", function () {
  this.timeout(60_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  before(async () => {
    home = await commandHome();
    engine = await home.serve();
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  it("prints a summary, or the report in another format", async () => {
    const summary = await home.run(["report", "compliance", "scope=/prod"]);
    assert.equal(summary.code, 0, summary.stderr);
    assert.match(summary.stdout, /^\/, machines scope=\/prod, .* UTC\nNo machine matches/);
    assert.equal((await home.json(["report", "compliance", "--days", "3"])).days, 3);
    assert.match((await home.run(["report", "compliance", "--format", "csv"])).stdout, /^machine,scope,compliance,/);
  });

  it("writes what the file's name says", async () => {
    for (const [name, text] of [
      ["report.html", /^<!doctype html>/],
      ["report.csv", /^machine,scope,/],
      ["report.json", /^\{\n {2}"at"/],
    ] as const) {
      const { code, stdout, stderr } = await home.run(["report", "compliance", "--out", name]);
      assert.deepEqual([code, stdout], [0, ""], stderr);
      assert.match(await readFile(join(home.path, name), "utf8"), text);
    }
  });

  it("refuses files of which nobody can tell, and selectors that are none", async () => {
    const file = await home.run(["report", "compliance", "--out", "report.pdf"]);
    assert.equal(file.code, 1);
    assert.match(file.stderr, /report\.pdf doesn't end with \.json, \.csv or \.html/);
    assert.match((await home.run(["report", "compliance", "nonsense"])).stderr, /SELECTOR_INVALID/);
  });
});
