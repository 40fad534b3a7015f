import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP: approvals and events", function () {
  this.timeout(30_000);
  let all: Rig;
  let bob: string;
  before(async () => {
    all = await rig();
    bob = await all.tokenFor("bob", { role: "operator", scope: "/" });
    await all.ask("POST", "/api/v1/runbooks/asks/publish", {
      body: upload(
        "asks",
        `async ({ approval, output }) => output((await approval({ message: "Restart?", minimum: 2, who: ["role:operator"], form: { type: "object", required: ["ticket"], properties: { ticket: { type: "string" } } } })).answers)`,
      ),
    });
    await all.ask("POST", "/api/v1/runbooks/waits/publish", {
      body: upload("waits", `async ({ waitFor, output }) => output((await waitFor("built")).payload)`),
    });
  });
  after(() => all.stop());

  /** Waits for the job to ask. */
  async function asked(): Promise<{ job: string; id: string }> {
    const job = (await all.ask("POST", "/api/v1/runbooks/asks/jobs", { body: {} })).body.id;
    for (;;) {
      const { body } = await all.ask("GET", `/api/v1/approvals?job=${job}&open=true`);
      if (body.items[0]) return { job, id: body.items[0].id };
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it("show what is asked, take decisions with reason and answers, and record each in the activity log", async () => {
    const { job, id } = await asked();
    const shown = (await all.ask("GET", `/api/v1/approvals/${id}`, { token: bob })).body;
    assert.deepEqual(
      [shown.message, shown.status, shown.who, shown.minimum, shown.requester, shown.runbook, shown.job, shown.decisions],
      ["Restart?", "pending", ["role:operator"], 2, "admin", "asks", job, []],
    );
    assert.equal(shown.form.properties.ticket.type, "string");
    const unfilled = await all.ask("POST", `/api/v1/approvals/${id}/approve`, { token: bob, body: { reason: "ok" } });
    assert.deepEqual([unfilled.status, unfilled.body.code, unfilled.body.errors], [400, "PARAMETERS_INVALID", [{ field: "/ticket", message: "is required" }]]);
    const first = await all.ask("POST", `/api/v1/approvals/${id}/approve`, {
      token: bob,
      body: { reason: "planned", answers: { ticket: "OPS-1" } },
      headers: { "x-request-id": "approve-1" },
    });
    assert.deepEqual([first.status, first.body.status, first.body.decisions[0].by], [200, "pending", "bob"]);
    const twice = await all.ask("POST", `/api/v1/approvals/${id}/approve`, { token: bob, body: { answers: { ticket: "OPS-1" } } });
    assert.deepEqual([twice.status, twice.body.code], [409, "CONFLICT"]);
    const second = await all.ask("POST", `/api/v1/approvals/${id}/approve`, { body: { answers: { ticket: "OPS-2" } } });
    assert.deepEqual([second.status, second.body.status], [200, "approved"]);
    const done = (await all.ask("GET", `/api/v1/jobs/${job}?wait=20s`)).body;
    assert.deepEqual([done.status, done.outputs], ["completed", [{ ticket: "OPS-2" }]]);
    const late = await all.ask("POST", `/api/v1/approvals/${id}/reject`, { body: {} });
    assert.deepEqual([late.status, late.body.code], [409, "APPROVAL_CLOSED"]);
    const entry = (await all.activity()).find((one) => one.correlationId === "approve-1");
    assert.deepEqual(
      [entry?.operation, entry?.target, entry?.actorName, entry?.result, entry?.details],
      ["approval.approve", `approval:${id}`, "bob", "ok", { job, reason: "planned" }],
    );
  });

  it("are closed to readers, and don't exist for who can't see the job's scope", async () => {
    const { id } = await asked();
    const reader = await all.tokenFor("rita", { role: "reader", scope: "/" });
    const stranger = await all.tokenFor("sam", { role: "admin", scope: "/prod" });
    assert.equal((await all.ask("GET", `/api/v1/approvals/${id}`, { token: reader })).status, 200);
    assert.equal((await all.ask("POST", `/api/v1/approvals/${id}/approve`, { token: reader, body: {} })).status, 403);
    for (const [method, url] of [
      ["GET", `/api/v1/approvals/${id}`],
      ["POST", `/api/v1/approvals/${id}/approve`],
    ] as const)
      assert.equal((await all.ask(method, url, { token: stranger, ...(method === "POST" ? { body: {} } : {}) })).status, 404);
    assert.deepEqual((await all.ask("GET", "/api/v1/approvals", { token: stranger })).body.items, []);
    const refused = await all.ask("POST", `/api/v1/approvals/${id}/reject`, { token: bob, body: { reason: "no" } });
    assert.equal(refused.body.status, "rejected");
  });

  it("wake the jobs that wait for an event, only in scopes where one may publish", async () => {
    const job = (await all.ask("POST", "/api/v1/runbooks/waits/jobs", { body: {} })).body.id;
    const prod = await all.tokenFor("pat", { role: "operator", scope: "/prod" });
    assert.equal((await all.ask("POST", "/api/v1/events/built", { token: prod, body: { scope: "/", payload: 1 } })).status, 403);
    assert.deepEqual((await all.ask("POST", "/api/v1/events/built", { token: prod, body: { payload: "elsewhere" } })).body.scope, "/prod");
    const published = await all.ask("POST", "/api/v1/events/built", { token: bob, body: { payload: { commit: "abc" } } });
    assert.deepEqual([published.status, published.body.seq, published.body.scope], [201, 2, "/"]);
    const done = (await all.ask("GET", `/api/v1/jobs/${job}?wait=20s`)).body;
    assert.deepEqual([done.status, done.outputs], ["completed", [{ commit: "abc" }]]);
    const wrong = await all.ask("POST", "/api/v1/events/with%20space", { body: {} });
    assert.deepEqual([wrong.status, wrong.body.code], [400, "BAD_REQUEST"]);
  });
});
