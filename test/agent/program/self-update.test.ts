import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentBundle } from "../../../engine/agent-bundle.ts";
import { judgeFailure } from "../../../engine/core/agent-rollout.ts";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import type { AgentPackage } from "../../../engine/fleet/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { skip } from "../../support/skip.ts";
import { joined, startTestAgent } from "../agent-under-test.ts";
import { code, performOn, request } from "../command-rig.ts";
import { ACTOR, startTestEngine, type TestEngine } from "../engine-under-test.ts";
import { asPackage, type InstalledProgram, installProgram, smallAgent } from "./program-under-test.ts";

describe("updating an agent from its engine", function () {
  this.timeout(60_000);
  let old: AgentBundle;
  let good: AgentPackage;
  let engine: TestEngine;
  let offered: AgentPackage;
  let program: InstalledProgram;
  let machineId: string;
  let stateDirectory: string;
  const cleanUp: (() => Promise<unknown>)[] = [];

  before(async () => {
    old = await smallAgent("1.0.0");
    good = asPackage(await smallAgent("2.0.0"));
  });
  beforeEach(async () => {
    offered = good;
    engine = await startTestEngine({ agentPackage: async () => offered });
    cleanUp.push(() => engine.stop());
    const member = await joined(engine);
    cleanUp.push(() => member.home.remove());
    ({ machineId, stateDirectory } = member);
    program = await installProgram(member.home.path, stateDirectory, old);
    cleanUp.push(() => program.end("SIGKILL"));
    await program.start();
    await runs("1.0.0");
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  const machine = () => engine.fleet.machines.get("web1");
  const runs = (version: string) =>
    eventually(
      `${version} to connect`,
      async () => {
        const { state, facts } = await machine();
        return state === "online" && facts?.agentVersion === version;
      },
      30_000,
    );
  let made = 0;
  const command = ({ version, hash, code: bytes }: AgentPackage, deadlineMs = 30_000, more: object = {}) => ({
    ...{ id: `cmd_update${++made}`, machineId, action: "update-agent", jobId: null, actor: ACTOR, correlationId: "test" },
    args: { version, hash, bytes: bytes.length, deadlineMinutes: deadlineMs / 60_000, ...more },
  });
  const update = (wanted: AgentPackage, deadlineMs?: number, more?: object) => engine.fleet.commands.perform(command(wanted, deadlineMs, more));
  const broken = (text: string): AgentPackage => asPackage({ version: "2.0.0", agent: Buffer.from(text) });
  const stillWorks = async () => assert.equal((await performOn(engine, request(machineId, ["echo", "here"]))).stdout, "here\n");

  it("fetches the new version, tries it, keeps it, and goes on under the same process id", async () => {
    const { pid } = program;
    assert.deepEqual(await update(good), { version: "2.0.0", hash: good.hash, result: "updated", reason: "it has reported" });
    await runs("2.0.0");
    assert.equal(program.pid, pid);
    assert.deepEqual((await readdir(join(stateDirectory, "versions"))).sort(), [good.hash, old.hash].sort());
    await stillWorks();
    assert.deepEqual(await update(good), { version: "2.0.0", hash: good.hash, result: "current", reason: "it ran already" });
    // As at the next boot: what came with the starter is the old one still.
    await program.end();
    await program.start();
    await runs("2.0.0");
    await stillWorks();
  });

  it("is one at a time: what another engine asks for meanwhile is refused, in a way that halts no rollout", async () => {
    const gate = join(stateDirectory, "gate");
    const busy = performOn(engine, request(machineId, ["sh", "-c", 'until [ -e "$0" ]; do sleep 0.05; done', gate]));
    const first = update(good);
    await eventually("its package", async () => (await readdir(join(stateDirectory, "versions"))).includes(good.hash));
    await assert.rejects(update(good), code("AGENT_NOT_UPDATABLE", /is being updated already, by the command cmd_update\d+/));
    assert.equal(judgeFailure("AGENT_NOT_UPDATABLE").halts, false);
    await writeFile(gate, "");
    assert.equal((await busy).exitCode, 0);
    assert.equal(((await first) as { result: string }).result, "updated");
    await runs("2.0.0");
  });

  it("goes back from one that crashes at its start, and says why", async () => {
    offered = broken("process.exit(7)");
    await assert.rejects(
      update(offered),
      code("AGENT_UPDATE_FAILED", /^2\.0\.0 .* was given up: it ended with exit code 7 before it had reported, 3 times; 1\.0\.0 runs again$/),
    );
    await runs("1.0.0");
    await stillWorks();
  });

  it("goes back from one that can't even be read as a program", async () => {
    offered = broken("this is {no program");
    await assert.rejects(update(offered), code("AGENT_UPDATE_FAILED", /exit code 1 before it had reported/));
    await stillWorks();
  });

  it("kills one that hangs in a loop when its time is over, and goes back", async () => {
    offered = broken("for (;;);");
    await assert.rejects(update(offered, 1_500), code("AGENT_UPDATE_FAILED", /it hasn't reported within 1\.5s/));
    await stillWorks();
  });

  it("goes back from one that lives and never reports", async () => {
    offered = broken('process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e6)');
    await assert.rejects(update(offered, 1_500), code("AGENT_UPDATE_FAILED", /hasn't reported/));
    await stillWorks();
    assert.equal((await program.versions())?.trial, null);
  });

  it("refuses a package whose hash differs from what was announced, and changes nothing", async () => {
    const altered = Uint8Array.from(good.code);
    altered[1_000] = (altered[1_000] ?? 0) ^ 1;
    offered = { ...good, code: altered };
    await assert.rejects(update(good), code("AGENT_UPDATE_FAILED", /its hash differs; nothing was changed/));
    assert.deepEqual(await readdir(join(stateDirectory, "versions")), [old.hash]);
    await stillWorks();
  });

  it("refuses a package that is longer or shorter than was announced", async () => {
    await assert.rejects(update(good, 30_000, { bytes: good.code.length - 1 }), code("AGENT_UPDATE_FAILED", /another size/));
    await assert.rejects(update(good, 30_000, { bytes: good.code.length + 1 }), code("AGENT_UPDATE_FAILED", /another size/));
    await stillWorks();
  });

  it("fails when the engine that it is connected to has another release", async () => {
    offered = broken("of another release");
    await assert.rejects(update(good), code("AGENT_UPDATE_FAILED", /no such package/));
    await stillWorks();
  });

  it("refuses arguments that would lead out of its directory", async () => {
    await assert.rejects(update(good, 30_000, { hash: "../../etc/passwd" }), code("BAD_REQUEST"));
    await stillWorks();
  });

  it("ends well when the engine is killed in the middle and comes back in time", async () => {
    const asked = command(good);
    // As an engine that dies does, it hears nothing of the result.
    void engine.fleet.commands.perform(asked).catch(() => {});
    await eventually("the trial", async () => (await program.versions())?.trial ?? (await program.versions())?.verdict, 30_000);
    await engine.restart();
    assert.deepEqual(await engine.fleet.commands.perform(asked), { version: "2.0.0", hash: good.hash, result: "updated", reason: "it has reported" });
    await runs("2.0.0");
  });

  it("goes on with the trial when the machine loses power in it", async () => {
    offered = broken('process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e6)');
    const asked = command(offered, 3_000);
    const outcome = engine.fleet.commands.perform(asked).catch((error) => error);
    await eventually("the trial", async () => (await program.versions())?.trial?.starts === 1, 30_000);
    await program.end("SIGKILL");
    await program.start();
    assert.ok(code("AGENT_UPDATE_FAILED", /was given up/)(await outcome));
    await runs("1.0.0");
    await stillWorks();
  });

  it("interrupts no command that runs: it waits for it", async () => {
    const gate = join(stateDirectory, "gate");
    const running = performOn(engine, request(machineId, ["sh", "-c", `until [ -e "$0" ]; do sleep 0.05; done; echo done`, gate]));
    const updating = update(good);
    await eventually("the package staged", async () => (await readdir(join(stateDirectory, "versions"))).includes(good.hash), 30_000);
    assert.equal((await program.versions())?.trial, null);
    await performOn(engine, request(machineId, ["touch", gate]));
    assert.equal((await running).stdout, "done\n");
    assert.equal(((await updating) as { result: string }).result, "updated");
  });

  it("says that the disk is full, and runs on", async function () {
    if (process.getuid?.() !== 0) return skip(this, "this user can't mount a small file system; run as root to fill a disk");
    await program.end();
    const small = join(stateDirectory, "versions");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small], { stdio: "ignore" });
    } catch {
      return skip(this, "this container may not mount a small file system");
    }
    try {
      await program.start(); // its own code is gone, and doesn't fit either: what came with the starter runs
      await runs("1.0.0");
      await assert.rejects(update(good), code("DISK_FULL", /1\.0\.0 runs on/));
      assert.deepEqual(await readdir(small), [], "nothing is left of what didn't fit");
      await stillWorks();
    } finally {
      await program.end();
      execFileSync("umount", [small]);
    }
  });

  it("fails on an agent that no starter has started, which runs on", async () => {
    const plain = await startTestAgent(engine, { name: "web2" });
    cleanUp.push(() => plain.stop());
    await assert.rejects(
      engine.fleet.commands.perform({ ...command(good), machineId: plain.machineId }),
      (error) => isRunwrightError(error, "AGENT_NOT_UPDATABLE") && /wasn't started by its starter/.test(error.message),
    );
  });

  it("is refused where the machine's policy holds programs back", async () => {
    const policy = join(stateDirectory, "policy.json");
    await writeFile(policy, JSON.stringify({ updateOnly: true }), { mode: 0o600 });
    await assert.rejects(update(good), code("AGENT_REFUSED", /list "update-agent" under "actions"/));
    await writeFile(policy, JSON.stringify({ updateOnly: true, actions: ["inventory", "update-agent"] }), { mode: 0o600 });
    assert.equal(((await update(good)) as { result: string }).result, "updated");
  });
});
