import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

const RESTS = "async ({ sleep }) => { await sleep('1h'); }";

describe("HTTP: priorities and concurrency limits", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
    for (const overflow of ["queue", "skip", "cancelRunning"]) {
      const name = overflow.toLowerCase();
      const declared = `parameters: { type: "object", properties: { key: {} } }, concurrency: { limit: 1, overflow: "${overflow}", key: (p) => p.key },`;
      const published = await all.ask("POST", `/api/v1/runbooks/${name}/publish`, { body: upload(name, RESTS, declared) });
      assert.equal(published.status, 201, published.text);
    }
  });
  after(() => all.stop());

  const run = (name: string, body: object = {}, query = "") =>
    all.ask("POST", `/api/v1/runbooks/${name}/jobs${query}`, { body: { params: { key: "a" }, ...body } });

  it("take a priority from -100 to 100, and show it", async () => {
    const { status, body } = await run("queue", { priority: -100 });
    assert.deepEqual([status, body.priority, body.concurrencyKey, body.heldBack], [202, -100, "a", false]);
    for (const priority of [101, -101, 1.5, "high"]) assert.equal((await run("queue", { priority })).status, 400, String(priority));
    const held = (await run("queue")).body;
    assert.deepEqual([held.status, held.heldBack, held.priority], ["queued", true, 0]);
    const stopped = await all.ask("POST", `/api/v1/jobs/${held.id}/stop`);
    assert.deepEqual([stopped.body.status, stopped.body.heldBack], ["stopped", false]);
  });

  it("answer with the job that was skipped, list it with its reason, and give it again for the same idempotency key", async () => {
    const first = (await run("skip")).body;
    const ask = () => all.ask("POST", "/api/v1/runbooks/skip/jobs?wait=20s", { body: { params: { key: "a" } }, headers: { "idempotency-key": "once" } });
    const skipped = await ask();
    assert.deepEqual([skipped.status, skipped.body.status, skipped.body.error.name], [200, "stopped", "Skipped"]);
    assert.equal((await ask()).body.id, skipped.body.id);
    const { items } = (await all.ask("GET", "/api/v1/jobs?runbook=skip&status=stopped")).body;
    assert.deepEqual(
      items.map((job: any) => job.id),
      [skipped.body.id],
    );
    assert.match(items[0].error.message, new RegExp(`^${first.id} is in its way: at most 1 job with the concurrency key "a"`));
    const entries = (await all.ask("GET", "/api/v1/activity?operation=job.run&limit=50")).body.items;
    assert.equal(entries.find((entry: any) => entry.target === `job:${skipped.body.id}`)?.details.status, "stopped");
  });

  it("write down whose place a job takes", async () => {
    const first = (await run("cancelrunning")).body;
    const second = (await run("cancelrunning")).body;
    assert.equal((await all.ask("GET", `/api/v1/jobs/${first.id}?wait=20s`)).body.status, "stopped");
    const entries = (await all.ask("GET", "/api/v1/activity?operation=job.run&limit=50")).body.items;
    assert.deepEqual(entries.find((entry: any) => entry.target === `job:${second.id}`)?.details.superseded, [first.id]);
  });

  it("refuse parameters of which no key can be made", async () => {
    const { status, body } = await run("queue", { params: { key: 7 } });
    assert.deepEqual([status, body.code], [400, "PARAMETERS_INVALID"]);
    assert.match(body.detail, /concurrency\.key of queue .*1 to 200 characters/);
  });
});
