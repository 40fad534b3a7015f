import assert from "node:assert/strict";
import type { InstallReport } from "../../engine/core/install.ts";
import type { InstallRecord } from "../../engine/store/records/installs.ts";
import { createHistory } from "../../engine/updates/history.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { code } from "./command-rig.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { type Answer, completed, type ScriptedAgent, startScriptedAgent } from "./scripted-agent.ts";

const BASH = { name: "bash", architecture: "amd64", version: "5.3" };
const OPENSSL = { name: "openssl", architecture: "amd64", version: "3.1" };
const CHOSEN = [BASH, OPENSSL];
const installed = (update: typeof BASH, more: Partial<InstallReport["updates"][number]> = {}) => ({
  ...{ ...update, fromVersion: "1.0", status: "Succeeded" as const, message: "", startedAt: 1_000, endedAt: 2_000 },
  ...more,
});
const report = (more: Partial<InstallReport> = {}): InstallReport => ({
  ...{ packageManager: "apt", updates: CHOSEN.map((one) => installed(one)), rebootPending: true, rebootReasons: ["kernel"], repairs: [], resumed: 0 },
  ...{ logFile: "/var/log/runwright/1.log" },
  ...more,
});

describe("the history of installs", () => {
  const clock = testClock();
  let engine: TestEngine;
  let agent: ScriptedAgent;
  let answer: Answer;
  let isHeard: boolean;
  let made = 0;

  beforeEach(async () => {
    engine = await startTestEngine({ clock });
    isHeard = true;
    const acknowledges = () => isHeard;
    agent = await startScriptedAgent(engine, { acknowledges, answers: { install: (...args) => answer(...args), rollback: (...args) => answer(...args) } });
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  const request = (id = `cmd_${++made}`) => ({
    ...{ id, machineId: agent.machineId, action: "install", jobId: "job_1", actor: ACTOR, correlationId: "test" },
    args: { updates: CHOSEN },
  });
  const install = (id?: string) => engine.fleet.commands.perform(request(id));
  const history = async (): Promise<InstallRecord[]> => engine.store.read.installs.ofMachine(agent.machineId, { after: null, limit: 10 });
  const fates = async () => (await history()).map((one) => one.updates.map(({ name, status }) => `${name} ${status}`));

  it("says what became of each update, who asked, and where the log lies", async () => {
    answer = () => completed(report({ updates: [installed(BASH), installed(OPENSSL, { status: "Failed", message: "its postinst failed" })] }));
    await install();
    const [one] = await history();
    assert.deepEqual(
      { ...one, commandId: undefined, updates: one?.updates.map(({ name, status, message, fromVersion }) => [name, status, message, fromVersion]) },
      {
        ...{
          commandId: undefined,
          machineId: agent.machineId,
          action: "install",
          jobId: "job_1",
          packageManager: "apt",
          startedAt: clock.now(),
          endedAt: clock.now(),
        },
        ...{ rebootPending: true, resumed: 0, repairs: [], logFile: "/var/log/runwright/1.log" },
        updates: [
          ["bash", "Succeeded", "", "1.0"],
          ["openssl", "Failed", "its postinst failed", "1.0"],
        ],
      },
    );
  });

  it("is written in the transaction that ends the command: whoever hears of the end finds it", async () => {
    answer = () => completed(report());
    const { id } = request("cmd_atomic");
    await install(id);
    assert.deepEqual([(await engine.store.read.commands.get(id))?.status, (await engine.store.read.installs.get(id))?.updates.length], ["completed", 2]);
  });

  const ends: [string, Answer, string[]][] = [
    ["failed", () => ({ status: "failed", error: { code: "PACKAGE_MANAGER_BUSY", message: "dpkg is at work" } }), ["bash Failed", "openssl Failed"]],
    ["refused", () => ({ status: "refused", error: { code: "AGENT_REFUSED", message: "not here" } }), ["bash Failed", "openssl Failed"]],
    ["interrupted", () => ({ status: "interrupted", error: { code: "COMMAND_INTERRUPTED", message: "killed" } }), ["bash Failed", "openssl Failed"]],
    ["something that is no report", () => completed({ updates: "all of them" }), ["bash Failed", "openssl Failed"]],
    [
      "words that are too long, and something that is no update",
      () => {
        const updates: unknown[] = [installed(BASH, { fromVersion: "1".repeat(300), message: "x".repeat(9_000) }), { ...OPENSSL, status: "Exploded" }];
        return completed({ ...report(), updates, repairs: "none", resumed: -1 });
      },
      ["bash Succeeded", "openssl NotStarted"],
    ],
    ["only a part", () => completed(report({ updates: [installed(OPENSSL)] })), ["bash NotStarted", "openssl Succeeded"]],
    [
      "an update twice",
      () => completed(report({ updates: [...report().updates, installed(BASH, { status: "Failed" })] })),
      ["bash Succeeded", "openssl Succeeded"],
    ],
  ];
  for (const [what, said, expected] of ends)
    it(`has a row for every update when the machine says ${what}`, async () => {
      answer = said;
      await install().catch(() => {}); // what the job sees of it isn't asked here
      assert.deepEqual(await fates(), [expected]);
    });

  it("has what was taken back, with each package's way back, and nothing of what was only planned", async () => {
    const took = (updates: readonly object[]) =>
      completed({ packageManager: "apt", updates, rebootPending: false, repairs: [], resumed: 0, logFile: "/var/log/2.log" });
    answer = () =>
      took([
        { ...BASH, fromVersion: "5.2", status: "Succeeded", message: "" },
        { ...OPENSSL, fromVersion: null, status: "NotPossible", message: "it was new on this machine" },
      ]);
    const rollback = (id: string, plan: boolean) =>
      engine.fleet.commands.perform({
        ...request(id),
        action: "rollback",
        args: {
          updates: [
            { ...BASH, fromVersion: "5.2" },
            { ...OPENSSL, fromVersion: null },
          ],
          plan,
          timeoutMs: 60_000,
        },
      });
    await rollback("cmd_plan", true);
    assert.deepEqual(await history(), []);
    await rollback("cmd_back", false);
    const [one] = await history();
    assert.deepEqual([one?.action, one?.logFile, one?.endedAt], ["rollback", "/var/log/2.log", clock.now()]);
    assert.deepEqual(
      one?.updates.map(({ name, fromVersion, version, status, message }) => [name, fromVersion, version, status, message]),
      [
        ["bash", "5.3", "5.2", "Succeeded", ""],
        ["openssl", "3.1", "3.1", "NotStarted", "it was new on this machine"],
      ],
    );
  });

  it("keeps nothing that lies in a terminal, and cuts what is too long", async () => {
    const evil = installed({ name: "bash", architecture: "amd64", version: "5\u001b[2J" }, { message: `${"x".repeat(4_090)}\u202Eend` });
    answer = () => completed(report({ updates: [evil], packageManager: "a\u0007pt", logFile: "/tmp/\n" }));
    await install();
    const [one] = await history();
    const update = one?.updates.find(({ name }) => name === "bash");
    assert.deepEqual([one?.packageManager, one?.logFile, update?.version, update?.message.length], ["a\uFFFDpt", "/tmp/\uFFFD", "5\uFFFD[2J", 4_000]);
  });

  it("says that nothing was begun when the command never reached its machine, and what was done when it turns out that it did", async () => {
    answer = () => "silence";
    const waiting = install("cmd_late");
    waiting.catch(() => {});
    await eventually("the command is taken", async () => (await engine.store.read.commands.get("cmd_late"))?.acknowledgedAt);
    clock.advance({ hours: 26 });
    await engine.fleet.tick();
    await assert.rejects(waiting, code("COMMAND_EXPIRED"));
    assert.deepEqual(await fates(), [["bash InProgress", "openssl InProgress"]]);
    assert.equal((await history())[0]?.endedAt, null);
    await agent.connect(); // silence for a day has ended the first connection
    agent.send({ type: "result", commandId: "cmd_late", outcome: completed(report()) });
    await eventually("the late report", async () => (await fates())[0]?.[0] === "bash Succeeded");
    assert.deepEqual([(await history()).length, (await history())[0]?.endedAt], [1, clock.now()]);
  });

  for (const [what, end, wanted] of [
    ["expires", () => engine.fleet.tick(), "InProgress"],
    ["is cancelled", () => engine.fleet.commands.cancel("cmd_unheard"), "Cancelled"],
  ] as const)
    it(`has no end when a command ${what} that was sent, whether its machine has said to have it or not`, async () => {
      isHeard = false;
      answer = () => "silence";
      const waiting = install("cmd_unheard");
      waiting.catch(() => {});
      await eventually("it is there", () => agent.commands.length > 0);
      clock.advance({ seconds: 61 });
      await end();
      await assert.rejects(waiting, code(wanted === "Cancelled" ? "COMMAND_CANCELLED" : "COMMAND_EXPIRED"));
      assert.deepEqual([await fates(), (await history())[0]?.endedAt], [[[`bash ${wanted}`, `openssl ${wanted}`]], null]);
    });

  it("tells what was done before a command was cancelled, once its machine says so", async () => {
    answer = () => "silence";
    const waiting = install("cmd_cancelled");
    waiting.catch(() => {});
    await eventually("the command is taken", async () => (await engine.store.read.commands.get("cmd_cancelled"))?.acknowledgedAt);
    await engine.fleet.commands.cancel("cmd_cancelled");
    await assert.rejects(waiting, code("COMMAND_CANCELLED"));
    assert.deepEqual(await fates(), [["bash Cancelled", "openssl Cancelled"]]);
    assert.equal((await history())[0]?.endedAt, null, "its package manager isn't interrupted: it has the last word");
    const outcome = completed(report({ updates: [installed(BASH), installed(OPENSSL, { status: "Cancelled" })] }));
    agent.send({ type: "result", commandId: "cmd_cancelled", outcome });
    await eventually("what was done", async () => (await fates())[0]?.[0] === "bash Succeeded");
    assert.equal((await engine.store.read.commands.get("cmd_cancelled"))?.status, "failed");
    assert.equal((await history())[0]?.endedAt, clock.now());
  });

  it("tells that it couldn't be ended before a command was cancelled, once its machine says so", async () => {
    answer = () => "silence";
    const waiting = install("cmd_full");
    waiting.catch(() => {});
    await eventually("the command is taken", async () => (await engine.store.read.commands.get("cmd_full"))?.acknowledgedAt);
    await engine.fleet.commands.cancel("cmd_full");
    agent.send({ type: "result", commandId: "cmd_full", outcome: { status: "failed", error: { code: "DISK_FULL", message: "nothing can be written" } } });
    await eventually("its failure", async () => (await fates())[0]?.[0] === "bash Failed");
    assert.equal((await history())[0]?.endedAt, clock.now());
  });

  it("isn't changed by a machine that tells of an install again, or of another machine's", async () => {
    answer = () => completed(report());
    await install("cmd_once");
    const other = await startScriptedAgent(engine, { name: "web2", answers: {} });
    const lie = completed(report({ updates: CHOSEN.map((one) => installed(one, { status: "Failed" })) }));
    agent.send({ type: "result", commandId: "cmd_once", outcome: lie });
    other.send({ type: "result", commandId: "cmd_once", outcome: lie });
    await install("cmd_after");
    assert.deepEqual(
      (await engine.store.read.installs.get("cmd_once"))?.updates.map(({ status }) => status),
      ["Succeeded", "Succeeded"],
    );
    await other.stop();
  });

  it("is kept for the time that the operator has set, and goes in parts; what a machine has reported last stays", async () => {
    answer = () => completed(report());
    const history = createHistory({ store: engine.store, clock, keepMs: 180 * 86_400_000 });
    await install("cmd_old");
    clock.advance({ days: 179 });
    assert.deepEqual(await history.purge(), { assessments: 0, installs: 0, machines: 0 });
    await agent.connect();
    await install("cmd_new");
    clock.advance({ days: 2 });
    assert.deepEqual(await history.purge(), { assessments: 0, installs: 1, machines: 0 });
    assert.equal(await engine.store.read.installs.get("cmd_old"), undefined);
    assert.equal((await engine.store.read.installs.get("cmd_new"))?.updates.length, 2);
  });
});
