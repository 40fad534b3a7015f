import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { syncsBy } from "../support/syncs.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { type Hooks, SECRET, type Sent, webhooksOf } from "./webhook-rig.ts";

describe("HTTP: deliveries of webhooks", function () {
  this.timeout(60_000);
  let all: Rig;
  let hooks: Hooks;
  let clock: TestClock;
  before(async () => {
    clock = testClock("2026-03-01T12:00:00Z");
    all = await rig({ clock });
    hooks = webhooksOf(all);
    await hooks.publish("echo");
    await hooks.secret();
  });
  after(() => all.stop());

  const detail = async (name: string, id: string, token?: string) =>
    (await all.ask("GET", `/api/v1/webhooks/${name}/deliveries/${id}`, token === undefined ? {} : { token })).body;

  it("keeps what came, sealed, and shows it masked: bodies to whoever may change the webhook only", async () => {
    const path = await hooks.make("masked", { verify: { scheme: "hmac", secret: "hook-secret", hmac: { header: "x-mine" } } });
    const body = JSON.stringify({ user: "ada", password: "hunter22", nested: [{ apiKey: "k-123", note: `the secret is ${SECRET}`, key: 1 }], url: path });
    const sent = await hooks.send(`${path}?token=abc&page=2`, body, {
      ...hooks.signed("hmac", body, { hmac: { header: "x-mine" } } as never),
      "x-api-key": "k-456",
    });
    assert.equal(sent.status, 202, sent.text);
    const [summary] = await hooks.deliveries("masked");
    assert.deepEqual([summary.status, summary.jobIds, summary.replayOf], ["started", sent.body.jobIds, null]);
    const shown = await detail("masked", summary.id);
    assert.deepEqual(shown.body, { user: "ada", password: "***", nested: [{ apiKey: "***", note: "the secret is ***", key: "***" }], url: "/hooks/***" });
    assert.deepEqual(shown.query, { token: "***", page: "2" });
    assert.ok(!Object.hasOwn(shown.headers, "x-api-key") && !Object.hasOwn(shown.headers, "x-mine"));
    const reader = await all.tokenFor("rita", { role: "reader", scope: "/" });
    const less = await detail("masked", summary.id, reader);
    assert.deepEqual([less.status, less.body, less.query], ["started", undefined, undefined]);
    const stranger = await all.tokenFor("otto", { role: "admin", scope: "/other" });
    assert.equal((await all.ask("GET", "/api/v1/webhooks/masked/deliveries", { token: stranger })).status, 404);
    const stored = await all.store.read.deliveries.get(summary.id);
    assert.ok(!Buffer.from(stored?.content ?? []).includes("hunter22"));
  });

  it("shows no delivery of another webhook", async () => {
    await hooks.send(await hooks.make("mine"));
    await hooks.make("yours");
    const [delivery] = await hooks.deliveries("mine");
    assert.equal((await detail("yours", delivery.id)).code, "NOT_FOUND");
    assert.equal((await all.ask("POST", `/api/v1/webhooks/yours/deliveries/${delivery.id}/replay`)).status, 404);
  });

  it("replays a delivery with new jobs, and records who did", async () => {
    const path = await hooks.make("replayed");
    const sent = await hooks.send(path, '{"n":1}', { "idempotency-key": "k" });
    const [first] = await hooks.deliveries("replayed");
    const replayed = await all.ask("POST", `/api/v1/webhooks/replayed/deliveries/${first.id}/replay`);
    assert.equal(replayed.status, 202, replayed.text);
    assert.notDeepEqual(replayed.body.jobIds, sent.body.jobIds);
    assert.deepEqual((await hooks.params(replayed.body.jobIds[0])).webhook.body, { n: 1 });
    const [second] = await hooks.deliveries("replayed");
    assert.deepEqual([second.replayOf, second.jobIds], [first.id, replayed.body.jobIds]);
    const entry = (await all.activity()).find((one) => one.operation === "webhook.replay");
    assert.deepEqual([entry?.actorName, (entry as any).details.replayOf], ["admin", first.id]);
    for (const role of ["reader", "operator"] as const) {
      const token = await all.tokenFor(`replay-${role}`, { role, scope: "/" });
      assert.equal((await all.ask("POST", `/api/v1/webhooks/replayed/deliveries/${first.id}/replay`, { token })).status, 403);
    }
  });

  it("keeps a bounded number of refused requests, and counts the rest", async () => {
    const spec = { verify: { scheme: "github", secret: "hook-secret" }, rateLimit: { perSecond: 1_000, burst: 1_000 } };
    const path = await hooks.make("attacked", spec);
    for (let i = 0; i < 150; i++) assert.equal((await hooks.send(path)).status, 401);
    assert.equal((await hooks.deliveries("attacked", "?limit=500")).length, 100);
    clock.advance({ hours: 1 });
    await hooks.send(path);
    const [newest] = await hooks.deliveries("attacked");
    assert.match(newest.reason, /signature|header_missing/);
    assert.match(newest.reason, /before it, 50 more started nothing and weren't kept/);
  });

  it("forgets deliveries after thirty days", async () => {
    await hooks.send(await hooks.make("old"));
    await all.triggers.webhooks.purge();
    assert.equal((await hooks.deliveries("old")).length, 1);
    clock.advance({ hours: 30 * 24 + 1 });
    await all.triggers.webhooks.purge();
    assert.equal((await hooks.deliveries("old")).length, 0);
  });

  it("answers ?wait= with the jobs' outputs when they end in time, else with their ids", async () => {
    await hooks.publish("slow", "", "async ({ sleep }) => { await sleep('1h'); }");
    await hooks.publish("throws", "", "async () => { throw new TypeError('went wrong'); }");
    const quick = await hooks.send(`${await hooks.make("quick")}?wait=30s`, '{"x":1}');
    assert.deepEqual([quick.status, quick.body.jobs[0].status, quick.body.jobs[0].outputs[0].webhook.body], [200, "completed", { x: 1 }], quick.text);
    const failed = await hooks.send(`${await hooks.make("fails", { runs: [{ runbook: "throws" }] })}?wait=30`);
    assert.deepEqual([failed.status, failed.body.jobs[0].failureCode], [200, "error"]);
    const slow = await hooks.send(`${await hooks.make("slow", { runs: [{ runbook: "slow" }] })}?wait=100ms`);
    assert.deepEqual([slow.status, slow.body.jobs, slow.body.jobIds.length], [202, undefined, 1]);
    const refused = await hooks.make("impatient", { wait: false });
    assert.equal((await hooks.send(`${refused}?wait=1s`)).status, 400);
    assert.equal((await hooks.send(`${refused}`)).status, 202);
    assert.equal((await hooks.deliveries("impatient")).length, 1, "nothing was started for the one that wanted to wait");
    assert.equal((await hooks.send(`${await hooks.make("quick")}?wait=61s`)).status, 400);
  });

  it("tries itself out through the same door as everyone, or only says what it would start", async () => {
    const verify = { scheme: "standard", secret: "hook-secret" };
    await hooks.make("tried", { verify, where: [{ at: "/body/go", equals: true }] });
    const test = (body: object) => all.ask("POST", "/api/v1/webhooks/tried/test", { body });
    const done = await test({ body: '{"go":true}' });
    assert.equal(done.status, 202, done.text);
    assert.deepEqual((await hooks.params(done.body.jobIds[0])).webhook.body, { go: true });
    const dry = await test({ body: '{"go":true}', dry: true });
    assert.deepEqual([dry.body.jobIds, dry.body.wouldStart[0].runbook], [[], "echo"]);
    assert.match((await test({ body: "{}", dry: true })).body.skipped, /\/body\/go isn't true/);
    assert.ok(!(done.text + dry.text).includes("signature"));
    assert.equal((await hooks.deliveries("tried")).length, 1);
    assert.ok((await all.activity()).some(({ operation }) => operation === "webhook.test"));
    const operator = await all.tokenFor("olga", { role: "operator", scope: "/" });
    assert.equal((await all.ask("POST", "/api/v1/webhooks/tried/test", { token: operator, body: {} })).status, 403);
  });
});

describe("HTTP: a delivery that is known", function () {
  this.timeout(60_000);

  it("is answered for when the disk has it, also where it would start nothing now", async () => {
    await using directory = await temporaryDirectory();
    const all = await rig({ clock: testClock("2026-03-01T12:00:00Z"), address: `sqlite:${directory.path}` });
    try {
      const hooks = webhooksOf(all);
      await hooks.publish("echo");
      const path = await hooks.make("known", { where: [{ at: "/body/go", equals: true }] });
      const held: (() => void)[] = [];
      let isHeld = true;
      using _syncs = syncsBy((sync) => (isHeld ? held.push(sync) : sync()));
      const answered: Sent[] = [];
      const send = async (body: string) => void answered.push(await hooks.send(path, body, { "idempotency-key": "k" }));
      const first = send('{"go":true}');
      await eventually("its commit", async () => (await all.store.read.jobs.list({ scopes: ["/"], limit: 1 })).length === 1);
      const second = send('{"go":false}');
      for (let turns = 0; turns < 200; turns++) await turn();
      assert.equal(answered.length, 0);
      isHeld = false;
      for (const sync of held) sync();
      await Promise.all([first, second]);
      assert.equal(answered[0]?.body.jobIds.length, 1);
      assert.deepEqual(answered[1]?.body.jobIds, answered[0]?.body.jobIds);
    } finally {
      await all.stop();
    }
  });
});
