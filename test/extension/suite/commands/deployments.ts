import assert from "node:assert/strict";
import { eventually } from "../../../support/eventually.ts";
import { does, failsAt, rowOf, rowsOf } from "../person.ts";
import { pageShown } from "./jobs.ts";
import { PATIENCE_MS, reached, run, type Stage, shown } from "./stage.ts";

const VIEW = "runwright.deployments";
const newest = async ({ world }: Stage): Promise<any> => (await world.api("GET", "/deployments?limit=1")).items[0];
async function row(id: string) {
  await does("runwright.refresh", [VIEW]);
  return rowOf(VIEW, id);
}

/** In this order they tell the life of a rollout: read, rejected, begun anew, halted, continued, ended, retried, approved, taken back. */
export const DEPLOYMENTS = {
  async "runwright.openPlanOfDeployment"({ world }: Stage) {
    const id = await world.act("plan");
    await does("runwright.openPlanOfDeployment", [await row(id)]);
    const text = await shown(/web3/);
    assert.match(text, /bash/);
  },
  async "runwright.reject"(stage: Stage) {
    const { id } = await newest(stage);
    await does("runwright.refresh", ["runwright.approvals"]);
    const question = await rowOf("runwright.approvals", id);
    await does("runwright.reject", [question], { write: "not this week" });
    const { decisions } = await stage.world.api("GET", `/deployments/${id}`);
    assert.deepEqual([decisions[0].decision, decisions[0].reason], ["rejected", "not this week"]);
    const { id: job } = await run(stage.world, "asks");
    await reached(stage.world, job, "waiting");
    await does("runwright.reject", [], { pick: "asks" }, { write: "no" });
    await eventually("the job's answer", async () => (await stage.world.api("GET", `/approvals?job=${job}`)).items[0].status !== "pending", PATIENCE_MS);
  },
  async "runwright.haltDeployment"(stage: Stage) {
    const { world } = stage;
    await world.act("hold", "web1");
    const id = await world.act("plan");
    await does("runwright.approve", [await row(id)], { write: "begin" });
    await eventually("web1 is at it", async () => (await world.api("GET", `/deployments/${id}/progress`)).running.length > 0, PATIENCE_MS);
    const below = await rowsOf(VIEW, await row(id));
    assert.ok(below.some(({ label }) => label === "Wave 1") && below.some(({ label }) => label === "web1"), below.map(({ label }) => label).join());
    await does("runwright.haltDeployment", [await row(id)], { write: "wait" });
    await world.act("reached", id, "halted");
  },
  async "runwright.continueDeployment"(stage: Stage) {
    const { id } = await newest(stage);
    await does("runwright.continueDeployment", [await row(id)], { write: "go on" });
    await stage.world.act("reached", id, "running");
  },
  async "runwright.abortDeployment"(stage: Stage) {
    const { id } = await newest(stage);
    await does("runwright.abortDeployment", [await row(id)], { write: "enough" }, { leave: true });
    assert.equal((await newest(stage)).status, "running", "nobody has confirmed it");
    await does("runwright.abortDeployment", [await row(id)], { write: "enough" }, { press: "End" });
    await stage.world.act("release");
    await stage.world.act("reached", id, "aborted", "failed");
  },
  async "runwright.retryDeployment"(stage: Stage) {
    const { id } = await newest(stage);
    await does("runwright.retryDeployment", [await row(id)], { write: "once more" }, { write: "1h" });
    assert.equal((await newest(stage)).retryOf, id);
    assert.match(await failsAt("runwright.retryDeployment", [id], { write: "again" }, { write: "soon" }), /duration/i);
  },
  async "runwright.approve"(stage: Stage) {
    const { world } = stage;
    const { id } = await newest(stage);
    await does("runwright.approve", [await row(id)], { write: "good" });
    await world.act("reached", id, "succeeded");
    const { id: job } = await run(world, "asks");
    await reached(world, job, "waiting");
    await does("runwright.refresh", ["runwright.approvals"]);
    const question = (await rowsOf("runwright.approvals")).find(({ subject }) => subject.approval?.job === job);
    await does("runwright.approve", [question], { write: "fine" });
    await reached(world, job, "completed");
  },
  async "runwright.openDeployment"(stage: Stage) {
    const { id } = await newest(stage);
    await does("runwright.openDeployment", [await row(id)]);
    await pageShown(/Wave/);
  },
  async "runwright.rollBackDeployment"(stage: Stage) {
    const { id } = await newest(stage);
    await stage.world.act("solution");
    await does("runwright.rollBackDeployment", [await row(id)], { write: "it broke the web" }, { press: "Roll Back" });
    await shown(/# rollback, version 1/);
  },
};
