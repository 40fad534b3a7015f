import assert from "node:assert/strict";
import { publish } from "../triggers/world.ts";
import { type DeployWorld, deployWorld, publishRoll } from "./world.ts";

describe("asking to take a deployment back", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  let id: string;
  const PARAMETERS = `parameters: { type: "object", properties: { deployment: { type: "string" }, machines: { type: "array", items: { type: "string" } }, plan: { type: "boolean" } } }, permissions: { deployments: true },`;
  const publishRollback = () => publish(all, "rollback", "async ({ params, output }) => output(params)", PARAMETERS);

  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 1 });
    ({ id } = await all.only());
  });
  afterEach(() => all.stop());
  const ask = (body: object, token?: string) => all.post(`/deployments/${id}/rollback`, body, token);
  async function run() {
    await all.pass({ hours: 13 });
    const running = await all.only();
    assert.equal(running.status, "running");
    return running;
  }

  it("starts a job that says what was asked for, and writes down who asked and why", async () => {
    await publishRollback();
    const running = await run();
    await all.finish(running);
    await all.pass({ seconds: 1 });
    const { status, body } = await ask({ reason: "it broke the shop", machines: ["web1"] });
    assert.equal(status, 202, JSON.stringify(body));
    const { body: job } = await all.ask("GET", `/api/v1/jobs/${body.jobId}?wait=20s`);
    assert.deepEqual([job.trigger, job.params], ["deployment", { deployment: id, machines: ["web1"], plan: false }]);
    const [deed] = (await all.activity()).filter(({ operation }) => operation === "deployment.rollback");
    assert.deepEqual((deed as any)?.details, { job: body.jobId, reason: "it broke the shop", machines: ["web1"], plan: false });
  });

  it("is refused before it has started, and while it runs; a plan may be looked at", async () => {
    await publishRollback();
    assert.match((await ask({ reason: "r" })).text, /has never started/);
    await run();
    assert.match((await ask({ reason: "r" })).text, /is running: .*deployment halt/);
    assert.equal((await ask({ plan: true })).status, 202);
    await all.post(`/deployments/${id}/halt`, { reason: "r" });
    assert.equal((await ask({ reason: "r" })).status, 202);
  });

  it("is for operators of its scope alone", async () => {
    await publishRollback();
    await all.finish(await run());
    await all.pass({ seconds: 1 });
    const eve = await all.tokenFor("eve", { role: "reader", scope: "/" });
    assert.equal((await ask({ reason: "r" }, eve)).body.code, "PERMISSION_DENIED");
    assert.equal((await ask({ plan: true }, eve)).body.code, "PERMISSION_DENIED");
  });

  it("is refused without a reason, in a freeze, for a machine that isn't in it, and without the runbook", async () => {
    await all.finish(await run());
    await all.pass({ seconds: 1 });
    assert.equal((await ask({ reason: "r" })).body.code, "RUNBOOK_NOT_FOUND");
    await publishRollback();
    assert.deepEqual([(await ask({})).body.code, (await ask({ reason: " " })).body.code], ["BAD_REQUEST", "BAD_REQUEST"]);
    assert.equal((await ask({ reason: "r", machines: ["web9"] })).body.code, "MACHINE_NOT_FOUND");
    const period = { from: "2026-03-01T00:00", to: "2026-03-05T00:00" };
    const spec = { timeZone: "UTC", periods: [period], holds: ["deployments"], reason: "year end" };
    const made = await all.ask("PUT", "/api/v1/freezes/year-end", { body: { spec } });
    assert.ok(made.status < 300, made.text);
    const { status, body } = await ask({ reason: "r" });
    assert.deepEqual([status, body.code], [409, "FROZEN"]);
    assert.equal((await ask({ plan: true })).status, 202, "looking is no change");
  });
});
