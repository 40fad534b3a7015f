import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { publish } from "../triggers/world.ts";
import { type DeployWorld, deployWorld } from "./world.ts";

/** Stands for the delivered runbook while that waits: it hears what the engine tells rollouts, and writes each time down. */
const LISTENS = `async ({ waitFor, params, output }) => {
  for (let heard = 1; heard <= 9; heard++) {
    await waitFor("deployment:" + params.deployment, { timeout: "300d" });
    output(heard);
  }
}`;
const PARAMETERS = `parameters: { type: "object", properties: { deployment: { type: "string" } }, required: ["deployment"] },`;

describe("a rollout that is aborted while it waits", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    // As a fork that soaks, a gate that asks people, and one that listens.
    await publish(all, "soaks", `async ({ sleep }) => { await sleep("300d"); }`, PARAMETERS);
    await publish(all, "asks", `async ({ approval }) => { await approval({ message: "go on?", who: ["role:operator"], timeout: "300d" }); }`, PARAMETERS);
    await publish(all, "listens", LISTENS, PARAMETERS);
    await publish(all, "hooks", `async ({ jobs, params }) => { await jobs.run("soaks", params); }`, `permissions: { jobs: ["soaks"] }, ${PARAMETERS}`);
    for (const name of ["web1", "web2"]) await all.machine(name);
  });
  afterEach(() => all.stop());
  async function aborted(runbook: string) {
    await all.window("nightly", { runbook });
    await all.pass({ hours: 14 });
    const { id, jobId } = await all.only();
    const status = async () => (await all.ask("GET", `/api/v1/jobs/${jobId}`)).body.status;
    await eventually("the job to wait", async () => (await status()) === "waiting");
    const abort = async () => {
      assert.equal((await all.post(`/deployments/${id}/abort`, { reason: "bad update" })).status, 200);
      await all.pass({ seconds: 1 });
    };
    return { id, status, abort };
  }

  for (const runbook of ["soaks", "asks"])
    it(`is over at once, with its job, when that ${runbook}`, async () => {
      const { id, status, abort } = await aborted(runbook);
      await abort();
      const ended = await all.only();
      assert.deepEqual(
        [ended.status, ended.reason, ended.machines],
        ["aborted", "aborted by admin: bad update; 0 of 2 machines succeeded, 2 Cancelled", { Cancelled: 2 }],
      );
      await eventually("the job's end", async () => (await status()) === "stopped");
      assert.equal((await all.post(`/deployments/${id}/retry`, { reason: "again" })).status, 201);
    });

  it("isn't over while something is at work on a machine, and is when that has ended; meanwhile nobody is told to halt it first", async () => {
    const { id, abort } = await aborted("soaks");
    const ends = await all.installs(id, "mch_web1");
    await abort();
    assert.equal((await all.only()).status, "aborting");
    const { body } = await all.post(`/deployments/${id}/rollback`, { reason: "x" });
    assert.match(body.detail, /is aborting: wait until what runs on its machines has ended/);
    await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: id, machineId: "mch_web1" }, { status: "Succeeded" }));
    await ends();
    await all.pass({ seconds: 1 });
    assert.deepEqual((await all.only()).machines, { Succeeded: 1, Cancelled: 1 });
  });

  for (const happens of ["is aborted", "has its window closed"])
    it(`is over when it ${happens} while its runbook waits within a machine's turn, after its install`, async () => {
      const { id, abort } = await aborted("soaks");
      await (await all.installs(id, "mch_web1"))();
      if (happens === "is aborted") await abort();
      else await all.pass({ hours: 2, minutes: 15 });
      const [ended] = await all.rows();
      assert.equal(ended.status, happens === "is aborted" ? "aborted" : "failed", ended.reason);
      assert.deepEqual(await all.store.read.deployments.locks(["mch_web1"]), []);
    });

  it("is let go to its end by itself when its job hears of it, or waits for a job of its own", async () => {
    const { status, abort } = await aborted("hooks");
    await abort();
    assert.deepEqual([(await all.only()).status, await status()], ["aborting", "waiting"]);
  });
});

describe("a rollout that people steer", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  let id: string;
  let jobId: string;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publish(all, "listens", LISTENS, PARAMETERS);
    await all.machine("web1");
    await all.window("nightly", { runbook: "listens" });
    await all.pass({ hours: 14 });
    ({ id, jobId } = await all.only());
    await job(({ status }) => status === "waiting");
  });
  afterEach(() => all.stop());
  const job = (is: (found: any) => boolean) =>
    eventually("the job", async () => {
      const { body } = await all.ask("GET", `/api/v1/jobs/${jobId}`);
      return is(body) && body;
    });
  const steer = (verb: string, body: object = {}) => all.post(`/deployments/${id}/${verb}`, body);
  /** It has been woken so often, and waits again. */
  async function heard(times: number): Promise<void> {
    await eventually(`word ${times}`, async () => {
      const { body } = await all.ask("GET", `/api/v1/jobs/${jobId}/streams`);
      return body.items.filter(({ kind }: any) => kind === "output").length === times;
    });
    await job(({ status }) => status === "waiting");
  }

  it("hears at once that it was halted, may go on, and is to end, though it waits without a runner", async () => {
    assert.equal((await steer("halt", { reason: "look" })).body.reason, "halted by admin: look");
    await heard(1);
    assert.equal((await steer("continue")).body.status, "running");
    await heard(2);
    assert.equal((await steer("abort", { reason: "enough" })).body.status, "aborting");
    await heard(3);
  });

  it("hears that its occurrence was cancelled", async () => {
    await steer("halt");
    await heard(1);
    await all.post("/windows/nightly/cancel", { reason: "fire" });
    await heard(2);
    assert.deepEqual([(await all.only()).status, (await all.only()).reason], ["aborting", "cancelled by admin: fire"]);
  });

  it("isn't steered by whoever may only read, and each word is in the activity log with its reason", async () => {
    const eve = await all.tokenFor("eve", { role: "reader", scope: "/" });
    for (const verb of ["halt", "continue", "abort"]) assert.equal((await all.post(`/deployments/${id}/${verb}`, {}, eve)).status, 403, verb);
    await steer("halt", { reason: "look" });
    await steer("continue", { reason: "fine" });
    await steer("abort", { reason: "enough" });
    const told = (await all.activity()).filter(({ target, result }) => target === `deployment:${id}` && result === "ok");
    const reasons = told.flatMap(({ operation, details }) =>
      /halt|continue|abort/.test(operation) ? [`${operation} ${(details as { reason: string }).reason}`] : [],
    );
    assert.deepEqual(reasons.sort(), ["deployment.abort enough", "deployment.continue fine", "deployment.halt look"]);
  });

  it("doesn't go on in a freeze, nor once its window has closed", async () => {
    await steer("halt");
    const spec = { timeZone: "UTC", reason: "books", periods: [{ from: "2026-03-01T00:00", to: "2026-03-02T03:00" }] };
    await all.ask("PUT", "/api/v1/freezes/books", { body: { spec } });
    assert.equal((await steer("continue")).body.code, "FROZEN");
    all.clock.advance({ hours: 2 });
    const late = await steer("continue");
    assert.deepEqual([late.body.code, /its window closed at .*deployment retry/.test(late.body.detail)], ["CONFLICT", true], late.body.detail);
  });

  it("goes only where it can from where it is", async () => {
    assert.match((await steer("continue")).body.detail, /is running, not halted/);
    await steer("abort");
    assert.match((await steer("abort")).body.detail, /being aborted already/);
    assert.match((await steer("halt")).body.detail, /can't become halted/);
    assert.equal((await all.post("/deployments/dpl_nobody/halt", {})).status, 404);
    assert.equal((await steer("abort", { reason: "a\0b" })).status, 400);
  });
});
