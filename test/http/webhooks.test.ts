import assert from "node:assert/strict";
import { WEBHOOK_TOKENS } from "../../engine/core/webhook.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { type Rig, rig } from "./rig.ts";
import { type Hooks, SECRET, webhooksOf } from "./webhook-rig.ts";

describe("HTTP: webhooks", function () {
  this.timeout(60_000);
  let all: Rig;
  let hooks: Hooks;
  let clock: TestClock;
  before(async () => {
    clock = testClock("2026-03-01T12:00:00Z");
    all = await rig({ clock });
    hooks = webhooksOf(all);
    await hooks.publish("echo");
    await hooks.publish("strict", 'parameters: { type: "object", required: ["ref"], properties: { ref: { type: "string" }, env: { type: "string" } } },');
  });
  after(() => all.stop());

  it("answers 202 with the ids of jobs that are committed, and gives the runbook name, headers, body and query", async () => {
    const path = await hooks.make("first", { runs: [{ runbook: "echo" }, { runbook: "echo" }] });
    const sent = await hooks.send(`${path}?a=1&a=2&b=x`, '{"hello":"world","__proto__":{"polluted":true}}', {
      "X-Event": "push",
      authorization: "Bearer let-me-in",
      cookie: "session=1",
      "x-forwarded-for": "192.0.2.1",
      "x-hub-signature-256": "sha256=00",
      "x-gitlab-token": "t0ken",
    });
    assert.equal(sent.status, 202, sent.text);
    assert.equal(sent.body.jobIds.length, 2);
    const { webhook } = await hooks.params(sent.body.jobIds[0]);
    assert.equal(webhook.webhookName, "first");
    assert.deepEqual(webhook.query, { a: ["1", "2"], b: "x" });
    assert.equal(JSON.stringify(webhook.body), '{"hello":"world","__proto__":{"polluted":true}}');
    assert.equal(webhook.headers["x-event"], "push");
    for (const name of ["authorization", "cookie", "x-forwarded-for", "x-hub-signature-256", "x-gitlab-token"])
      assert.ok(!Object.hasOwn(webhook.headers, name), name);
    assert.equal(({} as any).polluted, undefined);
  });

  it("lets fixed parameters win over what is mapped from the body", async () => {
    const runs = [{ runbook: "strict", parameters: { env: "prod" }, map: { ref: "/body/ref", env: "/body/env" } }];
    const path = await hooks.make("mapped", { runs });
    const sent = await hooks.send(path, '{"ref":"main","env":"dev"}');
    assert.deepEqual(await hooks.params(sent.body.jobIds[0]), { ref: "main", env: "prod" });
    const unfit = await hooks.send(path, '{"ref":7}');
    assert.deepEqual([unfit.status, unfit.body.code], [422, "DELIVERY_REFUSED"]);
    assert.match(unfit.body.detail, /\/ref must be string/);
    assert.deepEqual(
      (await hooks.deliveries("mapped")).map((one) => one.status),
      ["refused", "started"],
    );
  });

  it("keeps the secret that it verifies with from being deleted unnoticed, and not one that it doesn't find", async () => {
    await hooks.secret("held", SECRET, "/");
    await hooks.secret("held", SECRET, "/near");
    const far = await hooks.put("far", { verify: { scheme: "standard", secret: "held" } });
    assert.equal(far.status, 201, far.text);
    const remove = (query: string) => all.ask("DELETE", `/api/v1/assets/held?${query}`);
    const refused = await remove("scope=/");
    assert.deepEqual([refused.status, refused.body.code], [409, "BREAKS_TRIGGERS"], refused.text);
    assert.match(refused.body.detail, /this deletion of held would break Webhook far \(\/verify\/secret verifies requests with it\); give them another secret/);
    assert.equal((await remove("scope=/near")).status, 204);
    assert.equal((await remove("scope=/&breakTriggers=true")).status, 204);
  });

  it("starts all of its runbooks or none", async () => {
    const path = await hooks.make("both", { runs: [{ runbook: "echo" }, { runbook: "strict", map: { ref: "/body/ref" } }] });
    const before = (await all.ask("GET", "/api/v1/jobs?limit=500")).body.items.length;
    assert.equal((await hooks.send(path, "{}")).status, 422);
    assert.equal((await all.ask("GET", "/api/v1/jobs?limit=500")).body.items.length, before);
  });

  it("starts nothing where its conditions don't hold, and says so", async () => {
    const path = await hooks.make("filtered", { where: [{ at: "/body/action", in: ["opened"] }] });
    const sent = await hooks.send(path, '{"action":"closed"}');
    assert.deepEqual([sent.status, sent.body.jobIds], [200, []]);
    assert.match(sent.body.skipped, /\/body\/action is none of/);
    assert.equal((await hooks.send(path, '{"action":"opened"}')).status, 202);
    assert.deepEqual(
      (await hooks.deliveries("filtered")).map((one) => one.status),
      ["started", "filtered"],
    );
  });

  it("shows its token once, stores a hash, and writes it nowhere else", async () => {
    const path = await hooks.make("hidden", { runs: [{ runbook: "strict", map: { ref: "/body/ref" } }] });
    const token = path.split("/").at(-1) ?? "";
    assert.match(token, /^rwh_[A-Za-z0-9_-]{43}$/);
    const texts = [];
    for (const [method, url] of [
      ["POST", path],
      ["GET", path],
      ["PUT", path],
      ["DELETE", `${path}/`],
      ["POST", `//hooks/${token}`],
      ["POST", `/%68ooks/${token}`],
      ["POST", `/api/v1/hooks/${token}`],
      ["POST", `${path}/more`],
      ["POST", `${path}?wait=nonsense`],
      ["POST", `${path}%zz`],
      ["POST", `${path}${"x".repeat(400)}`],
      ["PUT", `/api/v1/assets/${token}`],
    ] as const) {
      const answer = await all.ask(method, url, { token: null, body: {} });
      assert.ok(answer.status >= 400, `${method} ${url}: ${answer.status}`);
      texts.push(answer.text);
    }
    texts.push((await all.ask("GET", "/api/v1/webhooks/hidden")).text, (await all.ask("GET", "/api/v1/webhooks/hidden/deliveries")).text);
    texts.push(JSON.stringify(await all.activity()), (await all.ask("GET", "/metrics")).text);
    for (const text of texts) assert.ok(!text.includes(token.slice(8)), text.slice(0, 500));
  });

  it("keeps the token of a webhook to other webhooks and to API tokens apart", async () => {
    const path = await hooks.make("apart");
    const token = path.split("/").at(-1) ?? "";
    assert.equal((await all.ask("GET", "/api/v1/webhooks", { token })).status, 401);
    assert.equal((await hooks.send(`/hooks/${all.admin}`)).status, 404);
  });

  it("answers unknown, disabled, expired and ended tokens, and other addresses, all alike", async () => {
    const disabled = await hooks.make("disabled");
    assert.equal((await hooks.put("disabled", { enabled: false })).status, 200);
    const expired = await hooks.make("expired", { expiresAt: "2026-03-01T12:10:00Z" });
    const ended = await hooks.make("ended");
    await hooks.rotate("ended", "0s");
    const elsewhere = await hooks.make("elsewhere", { allowedAddresses: ["192.0.2.0/24", "2001:db8::/32"] });
    const deleted = await hooks.make("deleted");
    assert.equal((await all.ask("DELETE", "/api/v1/webhooks/deleted")).status, 204);
    clock.advance({ minutes: 10 });
    const paths = [`/hooks/rwh_${"a".repeat(43)}`, "/hooks/x", disabled, expired, ended, elsewhere, deleted];
    const answers = [];
    for (const path of paths) {
      const { status, headers, body } = await hooks.send(path);
      const { requestId: _, ...told } = body;
      const { "x-request-id": __, date: ___, ...same } = headers;
      answers.push(JSON.stringify({ status, same, told }));
    }
    assert.equal(new Set(answers).size, 1, answers.join("\n"));
    assert.match(answers[0] ?? "", /"status":404.*NOT_FOUND/);
    for (const [address, status] of [
      ["192.0.2.77", 202],
      ["::ffff:192.0.2.1", 202],
      ["2001:db8::9", 202],
      ["198.51.100.1", 404],
    ] as const)
      assert.equal((await hooks.send(elsewhere, "{}", {}, address)).status, status, address);
  });

  it("takes both tokens while one is rotated, and only the new one afterwards", async () => {
    const old = await hooks.make("rotated");
    const next = await hooks.rotate("rotated", "1h");
    assert.deepEqual([(await hooks.send(old)).status, (await hooks.send(next)).status], [202, 202]);
    clock.advance({ hours: 1 });
    assert.deepEqual([(await hooks.send(old)).status, (await hooks.send(next)).status], [404, 202]);
    assert.equal((await all.ask("GET", "/api/v1/webhooks/rotated")).body.state.tokens.length, 1);
    const third = await hooks.rotate("rotated", "0s");
    assert.deepEqual([(await hooks.send(next)).status, (await hooks.send(third)).status], [404, 202]);
    assert.equal((await all.ask("POST", "/api/v1/webhooks/rotated/rotate", { body: { overlap: "31d" } })).status, 400);
  });

  it("expires after a year unless it says otherwise, at most after ten, and comes back with a new token only", async () => {
    const path = await hooks.make("yearly");
    assert.equal((await all.ask("GET", "/api/v1/webhooks/yearly")).body.state.expiresAt.slice(0, 4), "2027");
    for (const [expiresAt, words] of [
      ["2036-06-01T00:00:00Z", /more than 10 years/],
      ["2026-01-01T00:00:00Z", /over already/],
      ["soon", /isn't a moment/],
    ] as const)
      assert.match((await hooks.put("yearly", { expiresAt })).body.detail, words);
    const soon = new Date(clock.now() + 3_600_000).toISOString();
    const late = new Date(clock.now() + 7_200_000).toISOString();
    assert.equal((await hooks.put("yearly", { expiresAt: soon })).status, 200);
    assert.equal((await hooks.put("yearly", { expiresAt: late })).status, 200, "it may be extended before");
    clock.advance({ hours: 1 });
    assert.equal((await hooks.send(path)).status, 202);
    clock.advance({ hours: 1 });
    assert.equal((await hooks.send(path)).status, 404);
    assert.equal((await all.ask("POST", "/api/v1/webhooks/yearly/rotate", { body: {} })).body.code, "CONFLICT");
    assert.equal((await hooks.put("yearly", {})).status, 200);
    assert.equal((await hooks.send(path)).status, 404, "the old URL stays dead");
    assert.equal((await hooks.send(await hooks.rotate("yearly"))).status, 202);
  });

  it("takes as many a second as it says, and tells when to try again", async () => {
    const path = await hooks.make("limited", { rateLimit: { perSecond: 2, burst: 5 } });
    const other = await hooks.make("unlimited");
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await hooks.send(path)).status);
    assert.deepEqual(statuses, [202, 202, 202, 202, 202, 429, 429, 429]);
    const refused = await hooks.send(path);
    assert.deepEqual([refused.body.code, refused.headers["retry-after"]], ["RATE_LIMITED", "1"]);
    assert.equal((await hooks.send(other)).status, 202);
    clock.advance({ seconds: 1 });
    assert.equal((await hooks.send(path)).status, 202);
  });

  it("holds a thousand requests at once back to its burst", async () => {
    const path = await hooks.make("flooded", { rateLimit: { perSecond: 1, burst: 10 } });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => hooks.send(path)));
    const count = (status: number) => answers.filter((one) => one.status === status).length;
    assert.deepEqual([count(202), count(429)], [10, 990]);
    assert.equal((await hooks.deliveries("flooded", "?limit=500")).length, 10);
  });

  it("reads JSON, forms and text in UTF-8, and nothing else", async () => {
    const path = await hooks.make("kinds", { rateLimit: { perSecond: 1_000, burst: 1_000 } });
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    for (const [type, body, expected] of [
      ["application/json", '{"a":1}', { a: 1 }],
      ["application/vnd.api+json; charset=utf-8", "[1]", [1]],
      ["application/x-www-form-urlencoded", "a=1&b=%C3%A4&a=2&__proto__=x", undefined],
      ["text/plain", "just text", "just text"],
      ["application/xml", "<a/>", "<a/>"],
      ["application/json", "", null],
      ["application/json", "{oops", 400],
      ["application/json", deep, 400],
      ["application/json", Buffer.of(0x22, 0xff, 0x22), 400],
      ["text/plain", Buffer.of(0xc3, 0x28), 400],
      ["application/json; charset=iso-8859-1", "{}", 415],
      ["application/octet-stream", "x", 415],
      ["multipart/form-data; boundary=x", "x", 415],
    ] as const) {
      const sent = await hooks.send(path, body, { "content-type": type });
      const what = `${type} ${String(body).slice(0, 20)}: ${sent.text}`;
      if (typeof expected === "number") assert.equal(sent.status, expected, what);
      else {
        assert.equal(sent.status, 202, what);
        const given = (await hooks.params(sent.body.jobIds[0])).webhook.body;
        if (expected !== undefined) assert.deepEqual(given, expected, what);
        else assert.equal(JSON.stringify(given), '{"a":["1","2"],"b":"ä","__proto__":"x"}');
      }
    }
  });

  it("unpacks nothing, and takes no more than 512 KB", async () => {
    const path = await hooks.make("bounded");
    for (const encoding of ["gzip", "br", "deflate", "GZIP, identity"]) {
      const sent = await hooks.send(path, Buffer.alloc(1_000), { "content-encoding": encoding });
      assert.deepEqual([sent.status, sent.body.code], [415, "MEDIA_UNSUPPORTED"]);
    }
    assert.equal((await hooks.send(path, "{}", { "content-encoding": "identity" })).status, 202);
    const large = await hooks.send(path, JSON.stringify("x".repeat(512 * 1024)));
    assert.deepEqual([large.status, large.body.code], [413, "TOO_LARGE"]);
    const form = "a=1&".repeat(130_000);
    const began = performance.now();
    await hooks.send(path, form, { "content-type": "application/x-www-form-urlencoded" });
    assert.ok(performance.now() - began < 5_000, "many fields of one name cost no more than their number");
  });

  it("holds deliveries back in a freeze that says so, and lets them be replayed", async () => {
    const path = await hooks.make("held");
    const now = Temporal.Instant.fromEpochMilliseconds(clock.now());
    const periods = [{ from: now.subtract({ hours: 1 }).toString(), to: now.add({ hours: 1 }).toString() }];
    const freeze = (holds?: string[]) =>
      all.ask("PUT", "/api/v1/freezes/now", { body: { spec: { timeZone: "UTC", reason: "year end", periods, ...(holds ? { holds } : {}) } } });
    assert.equal((await freeze()).status, 201);
    assert.equal((await hooks.send(path)).status, 202, "not unless it says webhooks");
    assert.equal((await freeze(["webhooks"])).status, 200);
    const held = await hooks.send(path, '{"kept":true}');
    assert.deepEqual([held.status, held.body.code, held.headers["retry-after"]], [503, "WEBHOOK_FROZEN", "3600"]);
    assert.equal((await all.ask("DELETE", "/api/v1/freezes/now")).status, 204);
    const [delivery] = await hooks.deliveries("held", "?status=frozen");
    const replayed = await all.ask("POST", `/api/v1/webhooks/held/deliveries/${delivery.id}/replay`);
    assert.equal(replayed.status, 202, replayed.text);
    assert.deepEqual((await hooks.params(replayed.body.jobIds[0])).webhook.body, { kept: true });
  });

  it("says nothing of runbooks to strangers when it can't start them, and keeps the delivery", async () => {
    await hooks.publish("gone");
    const path = await hooks.make("broken", { runs: [{ runbook: "gone" }] });
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/gone?breakTriggers=true")).status, 204);
    const sent = await hooks.send(path);
    assert.deepEqual([sent.status, sent.body.code], [503, "WEBHOOK_UNUSABLE"]);
    assert.ok(!sent.text.includes("gone"));
    const [delivery] = await hooks.deliveries("broken");
    assert.match(delivery.reason, /runbook "gone" was deleted/);
    assert.equal((await all.ask("POST", "/api/v1/runbooks/gone/restore")).status, 200);
    assert.equal((await all.ask("POST", `/api/v1/webhooks/broken/deliveries/${delivery.id}/replay`)).status, 202);
  });

  it("records each job and each change, with nothing that a sender could use", async () => {
    const path = await hooks.make("recorded");
    const sent = await hooks.send(path, '{"password":"hunter22"}', { "x-request-id": "delivery-0001" });
    const entries = (await all.activity()).filter((entry) => entry.correlationId === "delivery-0001");
    assert.deepEqual(
      entries.map(({ operation, actorName }) => [operation, actorName]),
      [["job.run", "webhook:recorded"]],
    );
    assert.equal((entries[0] as any).details.job, sent.body.jobIds[0]);
    assert.ok((await all.activity()).some(({ operation, target }) => operation === "webhook.rotate" && target === "Webhook:recorded"));
    assert.ok(!WEBHOOK_TOKENS.test(JSON.stringify(await all.activity())));
  });
});
