import assert from "node:assert/strict";
import { type TestClock, testClock } from "../support/clock.ts";
import { type Rig, rig, upload } from "./rig.ts";
import { type Hooks, SECRET, webhooksOf } from "./webhook-rig.ts";

describe("HTTP: signed webhooks", function () {
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

  const HMAC = { header: "X-Sig", algorithm: "sha512", encoding: "base64", prefix: "sha512=" } as const;
  const verifyOf = (scheme: string) => ({ scheme, secret: "hook-secret", ...(scheme === "hmac" ? { hmac: HMAC } : {}) });
  const signed = (scheme: string, body: string, more: object = {}) =>
    hooks.signed(scheme as "hmac", body, { ...(scheme === "hmac" ? { hmac: HMAC } : {}), ...more } as never);

  for (const scheme of ["standard", "github", "slack", "stripe", "hmac"]) {
    it(`takes what is signed as ${scheme} says, over the bytes as they came, and refuses all else with its reason`, async () => {
      const path = await hooks.make(`signed-${scheme}`, { verify: verifyOf(scheme) });
      const body = '{ "a" :  1 }';
      const good = await hooks.send(path, body, signed(scheme, body));
      assert.equal(good.status, 202, good.text);
      const { headers } = (await hooks.params(good.body.jobIds[0])).webhook;
      for (const name of Object.keys(headers)) assert.ok(!/signature|x-sig/.test(name), `${name} is passed on`);
      const cases = [
        [{}, /^header_missing: /],
        [signed(scheme, '{"a":1}', { id: "msg_2" }), /^signature_mismatch: /],
        [signed(scheme, body, { id: "msg_2", secret: `whsec_${Buffer.alloc(24, 6).toString("base64")}` }), /^signature_mismatch: /],
        ...(["standard", "slack", "stripe"].includes(scheme)
          ? ([
              [signed(scheme, body, { id: "msg_2", now: clock.now() - 301_000 }), /^timestamp_too_old: /],
              [signed(scheme, body, { id: "msg_2", now: clock.now() + 301_000 }), /^timestamp_too_new: /],
            ] as const)
          : []),
      ] as const;
      for (const [given, words] of cases) {
        const refused = await hooks.send(path, body, given);
        assert.deepEqual([refused.status, refused.body.code], [401, "SIGNATURE_INVALID"], refused.text);
        assert.match(refused.body.detail, words);
      }
      const kept = await hooks.deliveries(`signed-${scheme}`, "?status=refused");
      assert.equal(kept.length, cases.length);
      const shown = await all.ask("GET", `/api/v1/webhooks/signed-${scheme}/deliveries/${kept[0].id}`);
      assert.deepEqual([shown.body.body, shown.body.bodyKept], [null, false], "what isn't proven isn't kept");
      assert.equal((await all.ask("POST", `/api/v1/webhooks/signed-${scheme}/deliveries/${kept[0].id}/replay`)).body.code, "CONFLICT");
    });
  }

  it("gives the same job ids for the same signed id, whatever key comes with it", async () => {
    const path = await hooks.make("once-standard", { verify: verifyOf("standard") });
    const first = await hooks.send(path, "{}", signed("standard", "{}", { id: "msg_once" }));
    clock.advance({ seconds: 30 });
    const retried = signed("standard", "{}", { id: "msg_once" });
    for (const more of [{}, { "idempotency-key": "other" }, { "x-github-delivery": "other" }] as Record<string, string>[]) {
      const again = await hooks.send(path, "{}", { ...retried, ...more });
      assert.deepEqual([again.status, again.body.jobIds], [202, first.body.jobIds]);
    }
    assert.notDeepEqual((await hooks.send(path, "{}", signed("standard", "{}", { id: "msg_two" }))).body.jobIds, first.body.jobIds);
  });

  for (const scheme of ["slack", "stripe"]) {
    it(`starts nothing for a signature of ${scheme} that was received before, however the header is written`, async () => {
      const path = await hooks.make(`nonce-${scheme}`, { verify: verifyOf(scheme) });
      const headers = signed(scheme, "{}");
      assert.equal((await hooks.send(path, "{}", headers)).status, 202);
      const [name = "", value = ""] = Object.entries(headers).at(-1) ?? [];
      const rewritten = scheme === "stripe" ? `v1=${"0".repeat(64)},${value},v0=1` : value.toUpperCase().replace("V0=", "v0=");
      for (const replayed of [
        headers,
        { ...headers, "idempotency-key": "new" },
        { ...headers, [name]: rewritten },
        { ...headers, "x-github-delivery": "new" },
      ]) {
        const answer = await hooks.send(path, "{}", replayed);
        assert.deepEqual([answer.status, answer.body.code], [409, "REPLAYED"], answer.text);
      }
      assert.equal((await hooks.deliveries(`nonce-${scheme}`)).length, 1);
    });

    it(`gives the same job ids for the key of the first try of ${scheme}, signed anew or not`, async () => {
      const path = await hooks.make(`key-${scheme}`, { verify: verifyOf(scheme) });
      const first = await hooks.send(path, "{}", { ...signed(scheme, "{}"), "idempotency-key": "k1" });
      assert.deepEqual((await hooks.send(path, "{}", { ...signed(scheme, "{}"), "idempotency-key": "k1" })).body, first.body);
      clock.advance({ seconds: 5 });
      const second = signed(scheme, "{}");
      for (let i = 0; i < 2; i++) assert.deepEqual((await hooks.send(path, "{}", { ...second, "idempotency-key": "k1" })).body, first.body);
      const stolen = await hooks.send(path, "{}", { ...second, "idempotency-key": "k2" });
      assert.deepEqual([stolen.status, stolen.body.code], [409, "REPLAYED"], "the second signature was taken note of, too");
      assert.deepEqual(
        (await hooks.deliveries(`key-${scheme}`)).map((one) => one.status),
        ["repeated", "started"],
      );
    });
  }

  it("gives the same job ids for the same Idempotency-Key, or GitHub's id of a delivery, of one webhook", async () => {
    const path = await hooks.make("keyed");
    const other = await hooks.make("keyed-too");
    for (const name of ["idempotency-key", "x-github-delivery"]) {
      const first = await hooks.send(path, "{}", { [name]: "same" });
      const again = await hooks.send(path, "{}", { [name]: "same" });
      assert.deepEqual([again.status, again.body], [202, first.body]);
      assert.notDeepEqual((await hooks.send(path, "{}", { [name]: "another" })).body, first.body);
      assert.notDeepEqual((await hooks.send(other, "{}", { [name]: "same" })).body, first.body);
    }
    for (const key of ["a b", "x".repeat(201)]) assert.equal((await hooks.send(path, "{}", { "idempotency-key": key })).status, 400);
  });

  it("makes one delivery of many that arrive at the same moment", async () => {
    const path = await hooks.make("racing");
    const answers = await Promise.all(Array.from({ length: 50 }, () => hooks.send(path, "{}", { "idempotency-key": "race" })));
    assert.deepEqual(new Set(answers.map((one) => `${one.status} ${one.body.jobIds}`)).size, 1);
    assert.equal((await hooks.deliveries("racing")).length, 1);
  });

  it("takes a delivery again that was held back or refused before", async () => {
    const path = await hooks.make("later", { where: [{ at: "/body/go", equals: true }] });
    assert.equal((await hooks.send(path, "{}", { "idempotency-key": "k" })).status, 200);
    assert.equal((await hooks.send(path, '{"go":true}', { "idempotency-key": "k" })).status, 202);
  });

  it("says 503 when its secret is gone or unusable, takes a new value at once, and tells strangers nothing of it", async () => {
    await hooks.secret("short-lived");
    const path = await hooks.make("secretless", { verify: { scheme: "standard", secret: "short-lived" } });
    assert.equal((await hooks.send(path, "{}", signed("standard", "{}", { id: "a" }))).status, 202);
    const value = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
    await hooks.secret("short-lived", value);
    assert.equal((await hooks.send(path, "{}", signed("standard", "{}", { id: "b" }))).status, 401);
    assert.equal((await hooks.send(path, "{}", signed("standard", "{}", { id: "b", secret: value }))).status, 202);
    await hooks.secret("short-lived", "not base64!");
    const unusable = await hooks.send(path, "{}", signed("standard", "{}", { id: "c" }));
    assert.equal((await all.ask("DELETE", "/api/v1/assets/short-lived?breakTriggers=true")).status, 204);
    const gone = await hooks.send(path, "{}", signed("standard", "{}", { id: "d" }));
    for (const { status, body, text } of [unusable, gone]) {
      assert.deepEqual([status, body.code], [503, "WEBHOOK_UNUSABLE"]);
      assert.ok(!text.includes("short-lived"));
    }
  });

  it("is refused as a resource when its secret is missing, not for its author to see, or doesn't go with its scheme", async () => {
    const runs = [{ runbook: "team-echo" }];
    const author = await all.tokenFor("tina", { role: "author", scope: "/team" });
    const put = (verify: object) => all.ask("PUT", "/api/v1/webhooks/checked", { token: author, body: { spec: { verify, runs } } });
    assert.equal((await all.ask("POST", "/api/v1/runbooks/team-echo/publish", { token: author, body: upload("team-echo", "async () => {}") })).status, 201);
    for (const [verify, words] of [
      [{ scheme: "github", secret: "hook-secret" }, /could read the one in \/, where tina needs the role "reader"/],
      [{ scheme: "github", secret: "nowhere" }, /there is no secret "nowhere"/],
      [{ scheme: "github" }, /must name the secret/],
      [{ scheme: "none", secret: "x" }, /none takes whatever comes/],
      [{ scheme: "hmac", secret: "nowhere" }, /goes with the scheme hmac/],
      [{ scheme: "hmac", secret: "nowhere", hmac: { header: "a b" } }, /is no name of a header/],
      [{ secret: "x" }, /must have scheme/],
    ] as const) {
      const refused = await put(verify);
      assert.deepEqual([refused.status, refused.body.code], [400, "RESOURCE_INVALID"], JSON.stringify(verify));
      assert.match(refused.body.detail, words);
    }
    await hooks.secret("team-secret", SECRET, "/team");
    assert.equal((await put({ scheme: "github", secret: "team-secret" })).status, 201);
    for (const [field, value] of [
      ["allowedAddresses", ["10.0.0.0/33"]],
      ["allowedAddresses", ["example.com"]],
      ["rateLimit", { perSecond: 3_000, burst: 1 }],
      ["wiat", true],
    ] as const)
      assert.equal((await hooks.put("checked-too", { [field]: value })).body.code, "RESOURCE_INVALID", field);
  });
});
