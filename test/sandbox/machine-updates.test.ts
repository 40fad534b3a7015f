import assert from "node:assert/strict";
import type { MachineAction } from "../../engine/core/manifest.ts";
import { createRig, failureOf, type Rig, type RunOptions } from "./rig.ts";

const UPDATES = `[{ name: "bash", architecture: "amd64", candidateVersion: "5.3", classification: "security" }, { name: "vim", architecture: "amd64", version: "9" }]`;

describe("what runbooks ask of machines to keep them patched", () => {
  let rig: Rig;
  before(async () => {
    rig = await createRig();
    rig.ports.fleet.machines.push({ id: "mch_1", name: "web", scope: "/", state: "online", tags: {}, facts: null });
    rig.ports.assets.secrets.set("hush", ["correct-horse-battery"]);
  });
  after(() => rig.stop());

  const grants = (...actions: MachineAction[]): RunOptions => ({ permissions: { machines: { select: "all", actions }, secrets: ["hush"] } });
  const all = grants("inventory", "install", "reboot");
  const asked = () => rig.ports.fleet.asked.splice(0);
  const finish = (body: string, options: RunOptions = all) => rig.finish(`const [m] = await machines.select(); ${body}`, options);

  it("is asked with what was given, and with times that fit where nothing was", async () => {
    const { ending, outputs } = await finish(
      `output((await m.assess()).compliance); await m.assess({ refresh: true, timeout: "20m" });
       output((await m.install(${UPDATES})).logFile); await m.install(${UPDATES}, { configurationFiles: "replace", startWithin: "1h", timeout: "2h" });
       output(await m.reboot({ reason: "a new kernel" })); await m.reboot({ reason: "again", timeout: "5m" });`,
    );
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, ["compliant", "/log", { bootIdBefore: "a", bootId: "b", downMs: 5 }]);
    const updates = [
      { name: "bash", architecture: "amd64", version: "5.3" },
      { name: "vim", architecture: "amd64", version: "9" },
    ];
    assert.deepEqual(
      asked().map(({ op, id, request }) => [op, id.call, request]),
      [
        ["assess", 2, { refresh: false, timeoutMs: 600_000 }],
        ["assess", 3, { refresh: true, timeoutMs: 1_200_000 }],
        ["install", 4, { updates, timeoutMs: 21_600_000 }],
        ["install", 5, { updates, configurationFiles: "replace", startWithinMs: 3_600_000, timeoutMs: 7_200_000 }],
        ["reboot", 6, { reason: "a new kernel", timeoutMs: 1_800_000 }],
        ["reboot", 7, { reason: "again", timeoutMs: 300_000 }],
      ],
    );
  });

  const calls: [op: string, action: MachineAction, call: string][] = [
    ["assess", "inventory", "await m.assess();"],
    ["install", "install", `await m.install(${UPDATES});`],
    ["reboot", "reboot", `await m.reboot({ reason: "why not" });`],
  ];
  for (const [op, action, call] of calls) {
    it(`${op} needs the action "${action}", and a machine that the job has selected`, async () => {
      const others = (["read", "exec", "inventory", "install", "reboot", "tag"] as const).filter((one) => one !== action);
      const refused = failureOf((await finish(call, grants(...others))).ending);
      assert.equal(refused.failureCode, "permission_denied");
      assert.match(refused.error.message, new RegExp(`doesn't declare the machine action "${action}"`));
      const stranger = failureOf((await rig.finish(`const m = await machines.get("web"); m.id; ${call}`.replace('get("web")', 'get("db")'), all)).ending);
      assert.match(stranger.error.message, /there is no machine "db"/);
      assert.deepEqual(asked(), []);
    });

    it(`${op} is asked for again under the same id after a crash, and not at all when its outcome is known`, async () => {
      const { kept } = await finish(call);
      const issued = structuredClone(kept);
      for (const one of issued.recorded) if (one.op === `machines.${op}`) delete (one as { settlement?: unknown }).settlement;
      await finish(call, { ...all, kept: issued });
      await finish(call, { ...all, kept: structuredClone(kept) });
      assert.deepEqual(
        asked().map(({ id }) => id),
        Array.from({ length: 2 }, () => ({ jobId: "job_test", call: 2, retry: 0 })),
      );
    });

    it(`${op} asks nothing of a machine in a dry job, and is recorded`, async () => {
      const { ending, kept } = await finish(call, { ...all, attempt: { dry: true } });
      assert.equal(ending.kind, "completed", JSON.stringify(ending));
      assert.equal(kept.recorded.at(-1)?.op, `machines.${op}`);
      assert.deepEqual(asked(), []);
    });
  }

  it("shows a dry job what the engine knows, and that nothing was installed", async () => {
    const { outputs } = await finish(`output((await m.assess()).compliance); output((await m.install(${UPDATES})).updates.map((u) => u.status));`, {
      ...all,
      attempt: { dry: true },
    });
    assert.deepEqual(outputs, ["notassessed", ["NotStarted", "NotStarted"]]);
  });

  const wrong: [string, string, RegExp][] = [
    ["no updates", `await m.install([])`, /updates/],
    ["updates that are none", `await m.install("all")`, /updates/],
    ["an update without a version", `await m.install([{ name: "bash", architecture: "amd64" }])`, /updates\.0/],
    ["a policy for configuration files that isn't one", `await m.install(${UPDATES}, { configurationFiles: "merge" })`, /configurationFiles/],
    ["more than 10,000 updates", `await m.install(Array.from({ length: 10_001 }, () => ({ name: "a", architecture: "b", version: "c" })))`, /updates/],
    ["a time that is none", `await m.install(${UPDATES}, { startWithin: "soon" })`, /startWithin/],
    ["more than a day", `await m.assess({ timeout: "25h" })`, /timeout must be above zero and at most 24h/],
    ["no reason", `await m.reboot({})`, /reason/],
    ["nothing at all", `await m.reboot()`, /options/],
  ];
  for (const [what, call, message] of wrong)
    it(`refuses ${what}`, async () => {
      const { outputs } = await finish(`try { ${call} } catch (error) { output(error.message); }`);
      assert.match(String(outputs[0]), message);
      assert.deepEqual(asked(), []);
    });

  it("writes no secret into the logs of machines", async () => {
    const { outputs } = await finish(
      `const hush = await secrets.get("hush"); try { await m.reboot({ reason: "for " + hush }); } catch (error) { output(error.code); }`,
    );
    assert.deepEqual(outputs, ["BAD_REQUEST"]);
    assert.deepEqual(asked(), []);
  });
});
