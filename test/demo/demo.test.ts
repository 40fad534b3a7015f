import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { skip } from "../support/skip.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const MAIN = join(import.meta.dirname, "main.ts");

describe("the demo", function () {
  this.timeout(240_000);
  before(function () {
    const missing = ["apt-get", "dpkg-deb", "gpg"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
    if (missing.length > 0) skip(this, `the demo needs ${missing.join(", ")}`);
  });

  const run = (...args: readonly string[]) =>
    new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
      let out = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
      child.once("close", (code) => resolve({ code, out }));
    });

  it("patches hosts for real, finds no contradiction, and leaves nothing behind", async () => {
    const { code, out } = await run("--hosts", LONG ? "8" : "4", "--seed", "5");
    assert.equal(code, 0, out);
    assert.match(out, /planned updates compared with dpkg-query: no contradiction/);
    assert.match(out, /Failed: 1 of \d+ updates failed: lab-fail/);
    assert.match(out, /rebooted, boot id [0-9a-f]{8} → [0-9a-f]{8}/);
    const [, folder = ""] = /hosts below (\S+)\/hosts/.exec(out) ?? [];
    assert.ok(folder.length > 1 && !existsSync(folder), folder);
  });

  it("says what is wrong with its options", async () => {
    const { code, out } = await run("--hosts", "many");
    assert.deepEqual([code, out.trim()], [1, '--hosts must be a whole number from 4 to 20, not "many"']);
  });
});
