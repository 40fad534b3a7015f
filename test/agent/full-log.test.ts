import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { skip } from "../support/skip.ts";
import { joined } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";

/** Writing to it fails as on a full disk. */
const FULL = "/dev/full";
const ENGINE = join(import.meta.dirname, "../../engine");

describe("an agent whose own log is on a full disk", function () {
  this.timeout(30_000);
  let engine: TestEngine;
  let child: ChildProcess;
  const cleanUp: (() => Promise<unknown>)[] = [];
  before(function () {
    if (!existsSync(FULL)) skip(this, `this system has no ${FULL}`);
  });
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  for (const [what, argv] of Object.entries({ "as a program of its own": ["agent/main.ts"], "by the command": ["runwright.mjs", "agent"] })) {
    it(`connects, and goes on when its engine was away: ${what}`, async () => {
      const { home, stateDirectory, machineId } = await joined(engine);
      cleanUp.push(() => home.remove());
      const [script = "", ...words] = argv;
      await using full = await open(FULL, "w");
      child = spawn(process.execPath, [join(ENGINE, script), ...words, "run", "--state", stateDirectory], { stdio: ["ignore", full.fd, full.fd] });
      const isOnline = async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return (await engine.store.read.machines.get(machineId))?.state === "online";
      };
      await eventually("its connection", isOnline, 20_000);
      await engine.halt(); // it logs that the engine is away
      await engine.resume();
      await eventually("its connection", isOnline, 20_000);
      assert.equal(child.exitCode, null);
    });
  }
});
