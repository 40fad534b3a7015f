import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** Writing to it fails as on a full disk. */
const FULL = "/dev/full";
const MAIN = join(import.meta.dirname, "../../engine/runwright.mjs");

describe("an engine's own log", function () {
  this.timeout(60_000);
  let data: TemporaryDirectory;
  let child: ChildProcess;
  beforeEach(async () => {
    data = await temporaryDirectory();
  });
  afterEach(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    await data.remove();
  });

  /** An engine that says a line for each request, into this file. */
  async function start(log: string): Promise<{ ask(path: string): Promise<number> }> {
    await using file = await open(log, "a");
    const env = { PATH: process.env.PATH, RUNWRIGHT_LOG_LEVEL: "debug", RUNWRIGHT_RUNNERS: "1" };
    child = spawn(process.execPath, [MAIN, "serve", "--data", data.path, "--port", "0"], { env, stdio: ["ignore", file.fd, file.fd] });
    const admin = await eventually(
      "its start",
      () =>
        readFile(join(data.path, "admin.json"), "utf8").then(
          (text): { url: string; token: string } => JSON.parse(text),
          () => undefined,
        ),
      30_000,
    );
    return { ask: async (path) => (await fetch(admin.url + path, { headers: { authorization: `Bearer ${admin.token}` } })).status };
  }

  it("may be on a full disk: the engine goes on", async function () {
    if (!existsSync(FULL)) skip(this, `this system has no ${FULL}`);
    const { ask } = await start(FULL);
    for (let i = 0; i < 50; i++) assert.equal(await ask("/api/v1/jobs"), 200);
    await eventually("readiness", async () => (await ask("/readyz")) === 200);
    assert.equal(child.exitCode, null);
  });

  it("may be cut by logrotate's copytruncate while the engine writes: it begins at the start again, and lines are whole", async () => {
    const log = join(data.path, "engine.log");
    const { ask } = await start(log);
    for (let i = 0; i < 20; i++) await ask("/api/v1/jobs");
    await eventually("lines in the log", async () => (await stat(log)).size > 1_000);
    await truncate(log);
    for (let i = 0; i < 20; i++) await ask("/api/v1/runbooks");
    const text = await eventually("lines after it was cut", async () => {
      const found = await readFile(log, "utf8");
      return found.endsWith("\n") && found.includes("/api/v1/runbooks") && found;
    });
    assert.ok(!text.includes("\0"), "no hole where the old lines were");
    for (const line of text.trim().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
  });
});
