import assert from "node:assert/strict";
import type { DecisionWord } from "../../engine/core/approval.ts";
import type { Actor, Role } from "../../engine/core/role.ts";
import type { ApprovalOfJob } from "../../engine/store/records/approvals.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

const person = (name: string, role: Role = "operator", scope = "/"): Actor => ({ id: `prn_${name}`, kind: "user", name, grants: [{ role, scope }] });
const [BOB, EVE, MAX] = ["bob", "eve", "max"].map((name) => person(name)) as [Actor, Actor, Actor];

describe("an approval", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let offset = 0;
  const clock = { now: () => Date.now() + offset, monotonic: () => performance.now() };
  const open = () => rig({ address: `sqlite:${directory.path}`, clock, runners: 1 });
  beforeEach(async () => {
    offset = 0;
    directory = await temporaryDirectory();
    engine = await open();
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });

  /** A job that asks, and waits without an isolate. */
  async function asking(options: string, also = ""): Promise<{ jobId: string; approval: ApprovalOfJob }> {
    await engine.publish("asks", `async ({ approval, output, log, sleep }) => { ${also} log("asking"); output(await approval(${options})); }`);
    const { id } = await engine.start("asks");
    await until(engine, id, "waiting");
    const approval = await eventually("the approval", async () => (await engine.store.read.approvals.list({ scopes: ["/"], jobId: id, limit: 1 }))[0]);
    return { jobId: id, approval };
  }
  const decide = (approvalId: string, actor: Actor, decision: DecisionWord = "approve", answers: unknown = {}, reason = "because") =>
    engine.jobs.approvals.decide({ approvalId, actor, decision, reason, answers });

  it("lets the isolate go, and brings the job back when someone approves, with who, why and what they filled in", async () => {
    const form = `{ type: "object", properties: { ticket: { type: "string", minLength: 3 } }, required: ["ticket"] }`;
    const { jobId, approval } = await asking(`{ message: "Restart the database?", form: ${form} }`);
    assert.equal(engine.jobs.running(), 0, "no attempt runs");
    await assert.rejects(decide(approval.id, BOB, "approve", { ticket: "x" }), /PARAMETERS_INVALID|\/ticket/);
    await decide(approval.id, BOB, "approve", { ticket: "OPS-1" });
    const job = await engine.finish(jobId);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
    const [outcome] = (await engine.outputs(jobId)) as [{ timedOut: boolean; answers: unknown; decisions: { by: string; reason: string }[] }];
    assert.deepEqual(
      [outcome.timedOut, outcome.answers, outcome.decisions.map(({ by, reason }) => [by, reason])],
      [false, { ticket: "OPS-1" }, [["bob", "because"]]],
    );
    const entries = await engine.store.read.streams.list(jobId, { after: 0, limit: 10 });
    assert.equal(entries.filter((entry) => entry.kind === "log").length, 1, "what was written before isn't written again");
  });

  it("waits over a restart of the engine", async () => {
    const { jobId, approval } = await asking(`{ message: "Go on?" }`);
    await engine.stop();
    engine = await open();
    assert.equal((await engine.store.read.jobs.get(jobId))?.status, "waiting");
    await decide(approval.id, BOB);
    assert.equal((await engine.finish(jobId)).status, "completed");
  });

  it("needs as many different people as it says, not the requester, and only those named", async () => {
    const { jobId, approval } = await asking(`{ message: "Wipe?", who: ["role:author", "user:bob", "user:eve"], minimum: 2, notRequester: true }`);
    await assert.rejects(decide(approval.id, ADA), /ada has asked for the job/);
    await assert.rejects(decide(approval.id, MAX), /max is none of those who may decide/);
    await assert.rejects(decide(approval.id, person("ann", "author", "/elsewhere")), /none of those/);
    await assert.rejects(decide(approval.id, { ...BOB, id: "prn_other", kind: "service" }), /none of those/);
    await decide(approval.id, BOB);
    assert.equal((await engine.store.read.jobs.get(jobId))?.status, "waiting");
    await assert.rejects(decide(approval.id, BOB), /bob has approved .* already; 2 different people must/);
    await decide(approval.id, EVE);
    assert.equal((await engine.finish(jobId)).status, "completed");
    await assert.rejects(decide(approval.id, person("ann", "author")), /was approved by bob, eve/);
  });

  it("counts two who decide at the same moment as two, and the same one twice as one", async () => {
    const { jobId, approval } = await asking(`{ message: "Both?", minimum: 2 }`);
    const answers = await Promise.allSettled([decide(approval.id, BOB), decide(approval.id, BOB), decide(approval.id, EVE)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ["fulfilled", "fulfilled", "rejected"]);
    assert.equal((await engine.finish(jobId)).status, "completed");
  });

  it("fails the call when someone refuses, which the runbook may handle", async () => {
    const { jobId, approval } = await asking(`{ message: "Sure?" }).catch((error) => ({ code: error.code, message: error.message })`);
    await assert.rejects(decide(approval.id, EVE, "reject", {}, "a\0b"), /NUL/);
    await decide(approval.id, EVE, "reject", {}, "not on a Friday");
    await engine.finish(jobId);
    assert.deepEqual(await engine.outputs(jobId), [{ code: "APPROVAL_REJECTED", message: "eve has refused: not on a Friday" }]);
  });

  it("is over when its time is: the call fails, or goes on when the runbook says so; who comes late is told", async () => {
    for (const [onTimeout, status, outputs] of [
      ["reject", "failed", 0],
      ["approve", "completed", 1],
    ] as const) {
      const { jobId, approval } = await asking(`{ message: "Anyone?", timeout: "1h", onTimeout: "${onTimeout}" }`);
      offset += 3_600_001;
      await assert.rejects(decide(approval.id, BOB), /APPROVAL_CLOSED|is over since/);
      await engine.jobs.wakeDue();
      const job = await engine.finish(jobId);
      assert.equal(job.status, status, JSON.stringify(job.error));
      assert.equal((await engine.outputs(jobId)).length, outputs);
      await assert.rejects(decide(approval.id, BOB), onTimeout === "approve" ? /was approved by the passing of time/ : /is over since/);
    }
  });

  it("isn't wanted any more when its job was stopped", async () => {
    const { jobId, approval } = await asking(`{ message: "Late?" }`);
    await engine.jobs.stop(jobId, "ada");
    await assert.rejects(decide(approval.id, BOB), /its job has ended/);
    assert.deepEqual(await engine.store.read.approvals.list({ scopes: ["/"], open: { now: clock.now() }, limit: 10 }), []);
  });

  it("is asked for once, however often the engine dies while it is asked", async () => {
    const { jobId, approval } = await asking(`{ message: "Once?" }`);
    await engine.jobs.suspend(jobId, "ada");
    await engine.jobs.continue(jobId, "ada");
    await until(engine, jobId, "waiting");
    const all = await engine.store.read.approvals.list({ scopes: ["/"], jobId, limit: 10 });
    assert.deepEqual(
      all.map(({ id }) => id),
      [approval.id],
    );
    await decide(approval.id, BOB);
    assert.equal((await engine.finish(jobId)).status, "completed");
  });

  it("is told to rules once, as part of what its job belongs to", async () => {
    const { jobId, approval } = await asking(`{ message: "Go on?", timeout: "2h" }`);
    await engine.jobs.suspend(jobId, "ada");
    await engine.jobs.continue(jobId, "ada");
    await until(engine, jobId, "waiting");
    const [told, ...others] = await engine.store.read.happenings.open(10);
    assert.deepEqual([told?.kind, told?.correlationId, told?.depth, others.length], ["approval.waiting", "c1", 0, 0]);
    const expiresAt = new Date(approval.expiresAt).toISOString();
    const { id, message, scope } = approval;
    assert.deepEqual(told?.document.approval, { id, message, scope, expiresAt, job: { id: jobId, runbook: "asks" } });
  });

  it("shows no secret that the job has read, and neither does what the job waits for", async () => {
    engine.secrets.set("token", "hunter2-hunter2");
    await engine.publish(
      "tells",
      `async ({ secrets, approval, waitFor, output }) => {
        const token = await secrets.get("token");
        try { await waitFor(token, { timeout: "1h" }); } catch (error) { output(error.code); }
        await approval({ message: "Deploy with " + token + "?", form: { type: "object", properties: { why: { type: "string", description: token } } } });
      }`,
      'permissions: { secrets: ["token"] },',
    );
    const { id } = await engine.start("tells");
    await until(engine, id, "waiting");
    const [approval] = await engine.store.read.approvals.list({ scopes: ["/"], jobId: id, limit: 1 });
    assert.equal(approval?.message, "Deploy with ***?");
    const kept = JSON.stringify([approval, await engine.store.read.jobs.transitions(id), await engine.store.read.journal.calls(id, { after: 0, limit: 9 })]);
    assert.doesNotMatch(kept, /hunter2/);
    assert.deepEqual(await engine.outputs(id), ["BAD_REQUEST"]);
  });

  it("tells the author what is wrong with a rule", async () => {
    for (const [options, message] of [
      [`{ message: "x", who: "group:admins" }`, /must look like role:operator/],
      [`{ message: "x", who: ["role:boss"] }`, /none of the roles/],
      [`{ message: "x", who: ["user:bob"], minimum: 2 }`, /who names 1 only/],
      [`{ message: "x", timeout: "400d" }`, /from 1s to 365d/],
      [`{ message: "x", timeout: "soon" }`, /must look like/],
      [`{ message: "" }`, /message/],
      [`{ message: "a\\0b" }`, /NUL/],
      [`{ message: "x", form: { type: "objct" } }`, /form must be an object schema/],
    ] as const) {
      await engine.publish("wrong", `async ({ approval }) => { await approval(${options}); }`);
      const job = await engine.finish((await engine.start("wrong")).id);
      assert.match(job.error?.message ?? "", message, options);
    }
  });
});
