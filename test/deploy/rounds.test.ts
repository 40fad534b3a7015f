import assert from "node:assert/strict";
import type { DeploymentRecord } from "../../engine/store/records/deployments.ts";
import { type DeployWorld, deployWorld, HOUR, publishRoll } from "./world.ts";

describe("the rounds that start and end deployments", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  let model: DeploymentRecord;
  beforeEach(async () => {
    all = await deployWorld("2026-03-02T01:00:00Z");
    await publishRoll(all);
    await all.machine("web1");
    await all.window("model", { cron: "0 5 * * *" });
    await all.pass({ seconds: 1 });
    model = (await all.store.read.deployments.get((await all.only()).id)) as DeploymentRecord;
  });
  afterEach(() => all.stop());
  const more = (id: string, fields: Partial<DeploymentRecord>) =>
    all.store.write((tx) =>
      tx.deployments.insert(
        { ...model, id, occurrence: id, windowId: `win_${id}`, opensAt: all.clock.now(), closesAt: all.clock.now() + 20 * HOUR, ...fields },
        [],
      ),
    );

  it("come to each one, though many hundreds that opened before wait for people", async () => {
    // More than a page at the same moment, too.
    for (let i = 0; i < 1_100; i++) await more(`dpl_${i}`, { status: "awaitingApproval", spec: { ...model.spec, approval: { count: 1 } } });
    await all.window("nightly");
    await all.pass({ hours: 1 });
    assert.deepEqual(
      (await all.rows("nightly")).map(({ status }) => status),
      ["running"],
    );
  });

  it("come to the others when something is wrong with one, to be started or to be ended", async () => {
    const { resources, jobs } = all.store.read;
    const [getResource, getJob] = [resources.get, jobs.get];
    resources.get = async (id) => {
      if (id === "win_dpl_a") throw new Error("its window is broken");
      return getResource(id);
    };
    jobs.get = async (id) => {
      if (id === "job_broken") throw new Error("its job is broken");
      return getJob(id);
    };
    try {
      await more("dpl_a", { status: "approved" });
      await more("dpl_b", { status: "running", jobId: "job_broken" });
      await more("dpl_c", { status: "running", jobId: "job_gone" });
      await all.window("nightly");
      await all.pass({ hours: 1 });
    } finally {
      Object.assign(resources, { get: getResource });
      Object.assign(jobs, { get: getJob });
    }
    assert.equal((await all.rows("nightly"))[0].status, "running");
    const statuses = await Promise.all(["dpl_a", "dpl_b", "dpl_c"].map(async (id) => (await all.store.read.deployments.get(id))?.status));
    assert.deepEqual(statuses, ["approved", "running", "failed"]);
  });
});
