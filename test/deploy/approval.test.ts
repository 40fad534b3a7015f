import assert from "node:assert/strict";
import { type DeployWorld, deployWorld, publishRoll } from "./world.ts";

describe("the approval of a plan", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  let bea: string;
  let cid: string;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    await all.machine("web1");
    bea = await all.tokenFor("bea", { role: "operator", scope: "/" });
    cid = await all.tokenFor("cid", { role: "operator", scope: "/" });
  });
  afterEach(() => all.stop());
  const decide = (word: "approve" | "reject", { id, planHash }: { id: string; planHash: string }, token?: string, more: object = {}) =>
    all.post(`/deployments/${id}/${word}`, { planHash, ...more }, token);
  const planned = async (approval: object) => {
    await all.window("nightly", { approval: { count: 1, ...approval } });
    await all.pass({ hours: 1 });
    return all.only();
  };

  it("is bound to its hash: without it nothing starts, with it exactly that does", async () => {
    const plan = await planned({});
    assert.deepEqual([plan.status, plan.reason], ["awaitingApproval", "0 of 1 have approved"]);
    await all.pass({ hours: 13, minutes: 5 });
    assert.equal((await all.only()).status, "awaitingApproval", "its window is open, and nobody has approved");
    const { status, body } = await decide("approve", { ...plan, planHash: plan.planHash.slice(0, 12) }, bea, { reason: "read it" });
    assert.deepEqual([status, body.status, body.reason], [200, "approved", "approved by bea"]);
    assert.deepEqual(
      body.decisions.map(({ by, planHash, reason }: any) => [by, planHash, reason]),
      [["bea", plan.planHash, "read it"]],
    );
    await all.pass({ seconds: 1 });
    assert.equal((await all.only()).status, "running");
    const entry = (await all.activity()).find(({ operation }) => operation === "deployment.approve");
    assert.deepEqual([entry?.actorName, entry?.target], ["bea", `deployment:${plan.id}`]);
  });

  it("says nothing about another plan: an approval after the hash has changed is refused with both hashes, and the earlier one doesn't count", async () => {
    const first = await planned({ count: 2 });
    assert.equal((await decide("approve", first, bea)).body.reason, "1 of 2 have approved (bea)");
    await all.machine("web2");
    const { body: second } = await all.post("/windows/nightly/plan");
    assert.notEqual(second.planHash, first.planHash);
    const { status, body } = await decide("approve", first, cid);
    assert.deepEqual([status, body.code], [409, "PLAN_CHANGED"]);
    assert.ok(body.detail.includes(first.planHash) && body.detail.includes(second.planHash), body.detail);
    assert.equal((await all.only()).reason, "0 of 2 have approved");
    await decide("approve", second, cid);
    const { body: approved } = await decide("approve", second, bea);
    assert.equal(approved.status, "approved");
    assert.equal(approved.decisions.length, 3, "what was said about the first plan stays on record");
  });

  it("stays when the plan is made again and is the same", async () => {
    const first = await planned({});
    await decide("approve", first, bea);
    const { body: again } = await all.post("/windows/nightly/plan");
    assert.deepEqual([again.planHash, again.status, again.reason], [first.planHash, "approved", "approved by bea"]);
  });

  it("isn't given by whoever asked for the plan, unless the window allows it", async () => {
    await planned({});
    const { body: asked } = await all.post("/windows/nightly/plan", {}, bea);
    assert.equal(asked.requestedBy, "bea");
    const refused = await decide("approve", asked, bea);
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.detail],
      [403, "PERMISSION_DENIED", "bea has asked for this plan, so someone else must approve it"],
    );
    assert.equal((await decide("approve", asked, cid)).body.status, "approved");
    await all.window("own", { approval: { count: 1, byRequester: true } });
    const { body: own } = await all.post("/windows/own/plan", {}, bea);
    assert.equal((await decide("approve", own, bea)).body.status, "approved");
  });

  it("isn't given by whoever has changed the window last, unless the window allows it", async () => {
    const plan = await planned({});
    const refused = await decide("approve", plan);
    assert.deepEqual(
      [refused.body.code, refused.body.detail],
      ["PERMISSION_DENIED", "admin has changed its window last, so someone else must approve what it plans"],
    );
    const ann = await all.tokenFor("ann", { role: "author", scope: "/" });
    const { body: window } = await all.ask("GET", "/api/v1/windows/nightly");
    const changed = await all.ask("PUT", "/api/v1/windows/nightly", { body: { spec: { ...window.spec, errorBudget: "50%" } }, token: ann });
    assert.equal(changed.status, 200, changed.text);
    await all.pass({ seconds: 1 });
    const now = await all.only();
    assert.match((await decide("approve", now, ann)).body.detail, /^ann has changed its window last/);
    assert.equal((await decide("approve", now)).body.status, "approved", "who has changed it before, and neither last nor asked for this plan, may");
    await all.window("own", { approval: { count: 1, byRequester: true } });
    const { body: own } = await all.post("/windows/own/plan", {}, bea);
    assert.equal((await decide("approve", own)).body.status, "approved");
  });

  it("isn't given by whoever has last changed what the window does, also when somebody has described it better since", async () => {
    await planned({});
    const [ann, bob] = [await all.tokenFor("ann", { role: "author", scope: "/" }), await all.tokenFor("bob", { role: "author", scope: "/" })];
    async function put(token: string, change: object) {
      const { body: window } = await all.ask("GET", "/api/v1/windows/nightly");
      const { status, text } = await all.ask("PUT", "/api/v1/windows/nightly", { body: { spec: { ...window.spec, ...change } }, token });
      assert.equal(status, 200, text);
      await all.pass({ seconds: 1 });
    }
    const approvedBy = async (token: string) => (await decide("approve", await all.only(), token)).body;
    await put(ann, { allowRemovals: true });
    for (const change of [{ description: "typo fixed" }, { planAhead: "20h" }, { enabled: false }, { enabled: true }]) {
      await put(bob, change);
      assert.match((await approvedBy(ann)).detail, /^ann has changed its window last/, JSON.stringify(change));
    }
    assert.equal((await approvedBy(bob)).status, "approved", "who describes it isn't its author");
    // What bob has approved is theirs by now: changed, and changed back.
    await put(bob, { allowRemovals: false });
    await put(bob, { allowRemovals: true });
    const { status, reason } = await all.only();
    assert.deepEqual([status, reason], ["awaitingApproval", "0 of 1 have approved"]);
    assert.match((await approvedBy(bob)).detail, /^bob has changed its window last/);
    assert.equal((await approvedBy(ann)).status, "approved");
  });

  it("doesn't count any more when whoever gave it asks for the plan themselves", async () => {
    const first = await planned({ count: 2 });
    await decide("approve", first, bea);
    await decide("approve", first, cid);
    const { body: again } = await all.post("/windows/nightly/plan", {}, bea);
    assert.deepEqual([again.planHash, again.status, again.reason], [first.planHash, "awaitingApproval", "1 of 2 have approved (cid)"]);
    await all.pass({ hours: 13, minutes: 5 });
    assert.equal((await all.only()).status, "awaitingApproval");
  });

  it("counts different people, and one person once", async () => {
    const plan = await planned({ count: 2 });
    await decide("approve", plan, bea);
    assert.equal((await decide("approve", plan, bea)).body.reason, "1 of 2 have approved (bea)");
    assert.equal((await decide("approve", plan, cid)).body.reason, "approved by bea, cid");
  });

  it("needs one of the roles that the window names, or a higher one, where the window lies", async () => {
    const plan = await planned({ roles: ["author"] });
    assert.equal((await decide("approve", plan, bea)).body.detail, "bea has none of the roles that may approve: author at /");
    const dan = await all.tokenFor("dan", { role: "author", scope: "/prod" });
    assert.equal((await decide("approve", plan, dan)).status, 404, "dan doesn't see what lies in /");
    const eve = await all.tokenFor("eve", { role: "reader", scope: "/" });
    assert.equal((await decide("approve", plan, eve)).status, 403);
    const ann = await all.tokenFor("ann", { role: "admin", scope: "/" });
    assert.equal((await decide("approve", plan, ann)).body.status, "approved", "an administrator may");
  });

  it("can be refused: nothing starts by that plan, and another one may be approved", async () => {
    const plan = await planned({});
    assert.equal((await decide("reject", plan, bea, { reason: "not on a Monday" })).body.reason, "rejected by bea: not on a Monday");
    assert.equal((await decide("approve", plan, cid)).body.reason, "rejected by bea: not on a Monday", "one who rejects is enough");
    await all.machine("web2");
    const { body: other } = await all.post("/windows/nightly/plan");
    assert.equal((await decide("approve", other, cid)).body.status, "approved");
    assert.equal((await decide("reject", other, bea)).body.status, "awaitingApproval", "whoever has second thoughts stops it");
    await all.pass({ hours: 15 });
    const ended = (await all.rows())[0];
    assert.equal(ended.status, "expired");
    assert.match(ended.reason, /its plan wasn't approved: rejected by bea/);
  });

  it("is too late when the window has closed, and isn't asked for by a window that needs none", async () => {
    const plan = await planned({});
    all.clock.advance({ hours: 15 });
    assert.equal((await decide("approve", plan, bea)).body.code, "APPROVAL_CLOSED");
    await all.pass({ seconds: 1 });
    const ended = (await all.rows())[0];
    assert.match(ended.reason, /^the window closed at .*, and its plan wasn't approved: 0 of 1 have approved$/);
    assert.equal((await decide("approve", plan, bea)).body.code, "APPROVAL_CLOSED");
    await all.window("free", { cron: "0 23 * * *" });
    const { body: free } = await all.post("/windows/free/plan");
    assert.equal((await decide("approve", free, bea)).body.code, "APPROVAL_CLOSED");
  });

  it("takes no hash that is none, and no short one", async () => {
    const plan = await planned({});
    for (const planHash of ["", plan.planHash.slice(0, 11), "x".repeat(64), `${plan.planHash}0`])
      assert.equal((await decide("approve", { ...plan, planHash }, bea)).status, 400);
  });

  it("covers no code that nobody has seen: what was planned without its runbook doesn't start with a later one, until it is planned and approved anew", async () => {
    await all.window("nightly", { approval: { count: 1 } });
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/roll?breakTriggers=true")).status, 204);
    await all.pass({ hours: 1 });
    const plan = await all.only();
    assert.equal(plan.settings.runbookVersion, null);
    await decide("approve", plan, bea);
    await all.post("/runbooks/roll/restore");
    await all.pass({ hours: 13 });
    const held = await all.only();
    assert.deepEqual([held.status, held.jobId], ["approved", null]);
    assert.match(
      held.reason,
      /^held back: the runbook roll wasn't published when this was planned; `runwright deployment plan nightly` plans it anew when it is/,
    );
    const { body: anew } = await all.post("/windows/nightly/plan");
    assert.deepEqual([anew.status, anew.settings.runbookVersion, anew.planHash === plan.planHash], ["awaitingApproval", 1, false]);
    await decide("approve", anew, bea);
    await all.pass({ seconds: 1 });
    assert.equal((await all.only()).status, "running");
  });

  it("covers the code: a runbook that was published since isn't what runs", async () => {
    const plan = await planned({});
    await decide("approve", plan, bea);
    const { publish } = await import("../triggers/world.ts");
    await publish(all, "roll", "async () => {}", `parameters: { type: "object", properties: { deployment: { type: "string" } } },`);
    await all.pass({ hours: 13 });
    const running = await all.only();
    assert.equal((await all.ask("GET", `/api/v1/jobs/${running.jobId}`)).body.version, 1);
  });
});
