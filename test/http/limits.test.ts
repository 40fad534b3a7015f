import assert from "node:assert/strict";
import { addressKey, createRateLimiter } from "../../engine/http/rate-limit.ts";
import { testClock } from "../support/clock.ts";
import { rig } from "./rig.ts";

describe("rate limits", function () {
  this.timeout(30_000);

  it("let a burst through, then as many as flow in, and say when to come back", () => {
    const clock = testClock();
    const limiter = createRateLimiter({ clock, rate: { perSecond: 2, burst: 3 }, what: "in this test" });
    for (let i = 0; i < 3; i++) limiter.take("a");
    assert.throws(() => limiter.take("a"), { code: "RATE_LIMITED", details: { retryAfterSeconds: 1 } });
    limiter.take("b");
    clock.advance(500);
    limiter.take("a");
    assert.throws(() => limiter.take("a"), { code: "RATE_LIMITED" });
    clock.advance({ hours: 1 });
    for (let i = 0; i < 3; i++) limiter.take("a");
    assert.throws(() => limiter.take("a"), { code: "RATE_LIMITED" });
  });

  it("count a household of IPv6 addresses as one", () => {
    assert.equal(addressKey("2001:db8:1:2:3:4:5:6"), addressKey("2001:db8:1:2::9"));
    assert.notEqual(addressKey("2001:db8:1:2::1"), addressKey("2001:db8:1:3::1"));
    assert.equal(addressKey("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(addressKey("192.0.2.1"), "192.0.2.1");
  });

  it("answer 429 with Retry-After, by token and by address, and let others work", async () => {
    const all = await rig({ clock: testClock(), rateLimits: { token: { perSecond: 1, burst: 5 } } });
    try {
      const other = await all.tokenFor("other", { role: "reader", scope: "/" });
      for (let i = 0; i < 5; i++) assert.equal((await all.ask("GET", "/api/v1/whoami")).status, 200);
      const refused = await all.ask("GET", "/api/v1/whoami");
      assert.deepEqual([refused.status, refused.body.code, refused.headers["retry-after"]], [429, "RATE_LIMITED", "1"]);
      assert.equal((await all.ask("GET", "/api/v1/whoami", { token: other })).status, 200);
    } finally {
      await all.stop();
    }
  });

  it("answer whoever guesses tokens 429 after thirty tries, record no more of them, and hold up nobody with a good one", async () => {
    const clock = testClock();
    const all = await rig({ clock });
    try {
      const guess = () => all.ask("POST", "/api/v1/runbooks/x/jobs", { token: `rwt_${"0".repeat(26)}_${"a".repeat(43)}`, body: {} });
      for (let i = 0; i < 30; i++) assert.equal((await guess()).status, 401);
      assert.equal((await guess()).status, 429);
      assert.equal((await all.ask("GET", "/api/v1/whoami")).status, 200);
      assert.equal((await all.ask("GET", "/healthz", { token: null })).status, 200);
      assert.equal((await all.activity()).filter((entry) => entry.result === "UNAUTHENTICATED").length, 30, "and the activity log doesn't grow meanwhile");
      clock.advance({ minutes: 1 });
      assert.equal((await guess()).status, 401);
    } finally {
      await all.stop();
    }
  });
});

describe("HTTP: sign-in and status", function () {
  this.timeout(30_000);

  it("sign a device in with a code that someone confirms", async () => {
    const clock = testClock();
    const all = await rig({ clock });
    try {
      const { body: login } = await all.ask("POST", "/api/v1/login/device", { token: null, body: { client: "laptop" } });
      const poll = () => all.ask("POST", "/api/v1/login/device/token", { token: null, body: { deviceCode: login.deviceCode } });
      assert.deepEqual([(await poll()).status, (await poll()).status], [400, 429]);
      assert.equal((await all.ask("GET", `/api/v1/login/device/${login.userCode}`)).body.client, "laptop");
      assert.equal((await all.ask("POST", `/api/v1/login/device/${login.userCode}/approve`, { token: null })).status, 401);
      assert.equal((await all.ask("POST", `/api/v1/login/device/${login.userCode}/approve`)).status, 204);
      clock.advance({ seconds: 5 });
      const { body: done } = await poll();
      assert.deepEqual((await all.ask("GET", "/api/v1/whoami", { token: done.token })).body.name, "admin");
    } finally {
      await all.stop();
    }
  });

  it("tell supervisors that it lives and is ready, and measurements and details to this machine only", async () => {
    const all = await rig({ options: { trustedProxies: ["127.0.0.1"] } });
    try {
      assert.deepEqual((await all.ask("GET", "/healthz", { token: null })).body, { status: "alive" });
      const near = await all.ask("GET", "/readyz", { token: null });
      assert.deepEqual([near.status, near.body.ready, near.body.warnings], [200, true, ["a warning"]]);
      const far = { token: null, headers: { "x-forwarded-for": "203.0.113.5" } };
      assert.deepEqual((await all.ask("GET", "/readyz", far)).body, {
        ready: true,
        version: "",
        checks: [{ name: "store", ok: true, detail: "" }],
        warnings: [],
      });
      assert.equal((await all.ask("GET", "/metrics", far)).status, 403);
      for (let i = 0; i < 50; i++) await all.ask("GET", `/api/v1/jobs/job_${i}`);
      const { text } = await all.ask("GET", "/metrics", { token: null });
      assert.match(text, /runwright_http_request_seconds_count\{method="GET",route="\/api\/v1\/jobs\/:id",status="4xx"\} 50/);
      assert.ok(!text.includes("job_7"));
    } finally {
      await all.stop();
    }
  });

  it("tell measurements and details to nobody who comes through a proxy on this machine, but with a token of a reader", async () => {
    const all = await rig();
    try {
      const told = async (headers: Record<string, string>, token: string | null = null) => [
        (await all.ask("GET", "/metrics", { token, headers })).status,
        (await all.ask("GET", "/readyz", { token, headers })).body.version,
      ];
      for (const host of ["localhost", "localhost:4680", "127.0.0.1:4680", "127.1.2.3", "[::1]:4680"])
        assert.deepEqual(await told({ host }), [200, "0.0.0"], host);
      const strange: Record<string, string>[] = [
        { host: "evil.com" },
        { host: "127.0.0.1.evil.com" },
        { host: "localhost.evil.com:4680" },
        { host: "a b" },
        { "x-forwarded-for": "8.8.8.8" },
        { "x-forwarded-host": "runwright.example" },
        { "x-forwarded-proto": "https" },
        { "x-real-ip": "8.8.8.8" },
        { forwarded: "for=8.8.8.8" },
        { via: "1.1 proxy" },
      ];
      for (const headers of strange) assert.deepEqual(await told(headers), [403, ""], JSON.stringify(headers));
      const far = { host: "runwright.example", "x-forwarded-for": "8.8.8.8" };
      const reader = await all.tokenFor("prometheus", { role: "reader", scope: "/" });
      assert.deepEqual(await told(far, reader), [200, "0.0.0"]);
      assert.deepEqual(await told(far, await all.tokenFor("of-prod", { role: "admin", scope: "/prod" })), [403, ""]);
      assert.deepEqual(await told(far, "nonsense"), [401, ""]);
    } finally {
      await all.stop();
    }
  });

  it("sends headers that keep browsers from misusing answers, and allows no other origin", async () => {
    const all = await rig();
    try {
      const { headers } = await all.ask("GET", "/api/v1/whoami", { headers: { origin: "https://evil.example" } });
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["cache-control"], "no-store");
      assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
      assert.equal(headers["access-control-allow-origin"], undefined);
    } finally {
      await all.stop();
    }
  });
});
