import assert from "node:assert/strict";
import { connect } from "node:net";
import { RunwrightError } from "../../engine/core/errors.ts";
import { testClock } from "../support/clock.ts";
import { browser, HOST, newLink, OWN_PAGE } from "./browser.ts";
import { type Rig, rig } from "./rig.ts";

/** The limit of refused requests has a test of its own. */
const PATIENT = { refused: { perSecond: 1_000, burst: 10_000 } };

describe("HTTP: sessions of browsers", function () {
  this.timeout(60_000);
  let all: Rig;
  const clock = testClock();
  before(async () => {
    all = await rig({ clock, rateLimits: PATIENT });
  });
  after(() => all.stop());

  const sessionsOf = async () => (await all.ask("GET", "/api/v1/tokens")).body.items.filter((one: any) => one.sessionOf !== null);

  it("begin with a link whose code is in the part that no server sees", async () => {
    const link = await newLink(all);
    assert.match(link.url, /^http:\/\/127\.0\.0\.1:4680\/#sign-in=[\w-]{43}$/);
    assert.equal(Date.parse(link.expiresAt), clock.now() + 600_000);
    const page = browser(all);
    const answer = await page.ask("POST", "/api/v1/session", { body: { code: link.code } });
    assert.deepEqual([answer.status, answer.body], [201, { name: "admin", expiresAt: new Date(clock.now() + 7 * 86_400_000).toISOString() }]);
    assert.match(String(answer.headers["set-cookie"]), /^runwright_session_4680=rwt_\S+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    assert.equal((await page.ask("GET", "/api/v1/whoami")).body.name, "admin");
    assert.equal((await page.ask("PUT", "/api/v1/assets/by-page", { body: { kind: "variable", value: "v" } })).status, 200);
    const texts = JSON.stringify(await all.activity()) + (await all.ask("GET", "/api/v1/tokens")).text;
    assert.ok(!texts.includes(link.code) && !texts.includes(page.token));
  });

  it("begin once for a link: again, late, wrong or empty it is refused, and the activity log says from where", async () => {
    const [used, late] = [await newLink(all), await newLink(all)];
    assert.equal((await browser(all).ask("POST", "/api/v1/session", { body: { code: used.code } })).status, 201);
    clock.advance({ minutes: 10 });
    for (const [name, code] of [
      ["used", used.code],
      ["late", late.code],
      ["wrong", "x".repeat(43)],
      ["user", "BCDF-GHJK"],
    ] as const) {
      const answer = await browser(all).ask("POST", "/api/v1/session", { body: { code }, headers: { "x-request-id": `refused-link-${name}` } });
      assert.deepEqual([answer.status, answer.body.code, answer.headers["set-cookie"]], [400, "LOGIN_EXPIRED", undefined], name);
      assert.ok(!answer.text.includes(code), name);
      const entry = (await all.activity()).find(({ correlationId }) => correlationId === `refused-link-${name}`);
      assert.deepEqual([entry?.operation, entry?.result, entry?.address, entry?.actorKind], ["session.begin", "LOGIN_EXPIRED", "127.0.0.1", "anonymous"]);
      assert.ok(!JSON.stringify(entry).includes(code), name);
    }
    for (const body of [{}, { code: "" }, { code: "x", token: "y" }, { code: 7 }, { code: "x".repeat(101) }, { code: "x", more: 1 }])
      assert.equal((await browser(all).ask("POST", "/api/v1/session", { body })).status, 400, JSON.stringify(body));
  });

  it("begin for one of ten browsers that use a link at the same moment", async () => {
    const { code } = await newLink(all);
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser(all).ask("POST", "/api/v1/session", { body: { code } })));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(400)]);
  });

  it("begin with a token, whose refusals are those of any request", async () => {
    const page = browser(all);
    const answer = await page.ask("POST", "/api/v1/session", { body: { token: all.admin } });
    assert.equal(answer.status, 201);
    assert.notEqual(page.token, all.admin, "a token of its own");
    assert.ok(!answer.text.includes("rwt_"));
    const revoked = await all.adminToken({});
    await all.ask("DELETE", `/api/v1/tokens/${revoked.id}`);
    for (const [token, code] of [
      ["nonsense", "TOKEN_MALFORMED"],
      [`rwt_${"0".repeat(26)}_${"a".repeat(43)}`, "UNAUTHENTICATED"],
      [revoked.text, "TOKEN_REVOKED"],
      [(await all.adminToken({ expiresAt: clock.now() - 1 })).text, "TOKEN_EXPIRED"],
    ] as const) {
      const refused = await browser(all).ask("POST", "/api/v1/session", { body: { token } });
      assert.deepEqual([refused.status, refused.body.code, refused.headers["set-cookie"]], [401, code, undefined]);
      assert.ok(!refused.text.includes(token));
    }
  });

  it("last no longer than the token that they were made from", async () => {
    const token = await all.adminToken({ expiresAt: clock.now() + 90_500 });
    const page = browser(all);
    const answer = await page.signIn(token.text);
    assert.match(String(answer.headers["set-cookie"]), /Max-Age=90;/);
    clock.advance({ seconds: 91 });
    const refused = await page.ask("GET", "/api/v1/whoami");
    assert.deepEqual([refused.status, refused.body.code], [401, "TOKEN_EXPIRED"]);
    assert.match(refused.body.detail, /runwright login --browser/);
  });

  it("of a narrowed token make nothing wider: neither tokens nor links nor sessions", async () => {
    const narrow = await all.adminToken({ role: "reader", scope: "/prod" });
    const page = browser(all);
    await page.signIn(narrow.text);
    const grants = [{ role: "reader", scope: "/prod" }];
    assert.deepEqual((await page.ask("GET", "/api/v1/whoami")).body.grants, grants);
    assert.equal((await page.ask("POST", "/api/v1/tokens", { body: { name: "wider" } })).status, 403);
    assert.equal((await page.ask("PUT", "/api/v1/assets/x", { body: { kind: "secret", value: "v" } })).status, 403);
    const { body: link } = await page.ask("POST", "/api/v1/login/link", { body: {} });
    const telephone = browser(all);
    await telephone.ask("POST", "/api/v1/session", { body: { code: link.url.split("=")[1] } });
    assert.deepEqual((await telephone.ask("GET", "/api/v1/whoami")).body.grants, grants);
  });

  it("are listed among tokens, and end at once when they or what they were made from is revoked there", async () => {
    const origin = await all.adminToken({});
    const pages = [browser(all), browser(all)];
    for (const page of pages) await page.signIn(origin.text);
    const [second, first] = (await sessionsOf()).filter((one: any) => one.sessionOf === origin.id);
    assert.deepEqual([first.name, first.principal, first.createdBy], ["dashboard session", "admin", "admin"]);
    await all.ask("DELETE", `/api/v1/tokens/${second.id}`);
    assert.deepEqual(await Promise.all(pages.map(async (page) => (await page.ask("GET", "/api/v1/whoami")).status)), [200, 401]);
    await all.ask("DELETE", `/api/v1/tokens/${origin.id}`);
    const { status, body } = (await pages[0]?.ask("GET", "/api/v1/whoami")) ?? {};
    assert.deepEqual([status, body.code], [401, "TOKEN_REVOKED"]);
  });

  it("end at once when their principal is disabled", async () => {
    const token = await all.tokenFor("mona", { role: "operator", scope: "/" });
    const page = browser(all);
    await page.signIn(token);
    const { id } = (await page.ask("GET", "/api/v1/whoami")).body;
    assert.equal((await all.ask("PUT", `/api/v1/principals/${id}/disabled`, { body: { disabled: true } })).status, 204);
    assert.deepEqual((await page.ask("GET", "/api/v1/whoami")).body.code, "TOKEN_REVOKED");
  });

  it("can be signed out of, also when they have expired, which forgets the cookie and ends nobody else's", async () => {
    const token = await all.adminToken({ expiresAt: clock.now() + 60_000 });
    const [page, other] = [browser(all), browser(all)];
    await page.signIn(token.text);
    await other.signIn();
    const kept = page.cookie;
    clock.advance({ minutes: 2 });
    const answer = await page.ask("DELETE", "/api/v1/session");
    assert.deepEqual([answer.status, answer.headers["set-cookie"]], [204, "runwright_session_4680=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"]);
    assert.equal(page.cookie, "");
    assert.equal((await all.ask("GET", "/api/v1/whoami", { token: null, headers: { ...OWN_PAGE, cookie: kept } })).body.code, "TOKEN_REVOKED");
    assert.equal((await page.ask("DELETE", "/api/v1/session")).status, 204, "nobody is signed in: fine");
    const planted = { ...OWN_PAGE, cookie: `runwright_session_4680=${all.admin}` };
    assert.equal((await all.ask("DELETE", "/api/v1/session", { token: null, headers: planted })).status, 204);
    assert.equal((await all.ask("GET", "/api/v1/whoami")).status, 200, "only a session is ended by this");
    assert.equal((await other.ask("GET", "/api/v1/whoami")).status, 200);
    assert.equal((await all.activity()).filter(({ operation }) => operation === "session.end").length, 1);
  });

  it("count where no header says who asks, and only there", async () => {
    const page = browser(all);
    await page.signIn();
    const reader = await all.tokenFor("reader-by-header", { role: "reader", scope: "/" });
    assert.equal((await page.ask("GET", "/api/v1/whoami", { headers: { authorization: `Bearer ${reader}` } })).body.name, "reader-by-header");
    for (const authorization of ["Bearer nonsense", "Basic eDp5", ""])
      assert.equal((await page.ask("GET", "/api/v1/whoami", { headers: { authorization } })).status, 401, authorization);
  });

  it("have a cookie for each port and, over TLS, one that only the engine can set", async () => {
    const page = browser(all);
    await page.signIn();
    const at = (host: string, cookie: string) => all.ask("GET", "/api/v1/whoami", { token: null, headers: { host, cookie } });
    assert.equal((await at(HOST, page.cookie)).status, 200);
    assert.equal((await at("127.0.0.1:4681", page.cookie)).status, 401, "a cookie of the engine at another port isn't looked at");
    const both = `runwright_session_4681=rwt_other; ${page.cookie}`;
    assert.equal((await at(HOST, both)).status, 200);
    const elsewhere = await rig({ rateLimits: PATIENT });
    try {
      const renamed = { host: HOST, cookie: page.cookie };
      assert.deepEqual((await elsewhere.ask("GET", "/api/v1/whoami", { token: null, headers: renamed })).body.code, "UNAUTHENTICATED");
    } finally {
      await elsewhere.stop();
    }
  });

  for (const [what, cookie] of [
    ["nothing", () => ""],
    ["a name alone", () => "runwright_session_4680"],
    ["no value", () => "runwright_session_4680="],
    ["rubbish", () => "runwright_session_4680=%00%ff<script>"],
    ["a line end", (good: string) => `x=1\r\nSet-Cookie: a=b; ${good}\r\n`],
    ["quotes", (good: string) => good.replace("=", '="').concat('"')],
    ["two of the name, of which one may be planted", (good: string) => `${good}; ${good}`],
    ["a name that only ends so", (good: string) => `my_${good}`],
    ["100 KB", () => `runwright_session_4680=${"a".repeat(100_000)}`],
    ["100 KB of others", (good: string) => `${"a=b; ".repeat(20_000)}${good.replace("4680", "4681")}`],
  ] as const) {
    it(`aren't found in a cookie with ${what}`, async () => {
      const page = browser(all);
      await page.signIn();
      const answer = await all.ask("GET", "/api/v1/whoami", { token: null, headers: { host: HOST, cookie: cookie(page.cookie) } });
      assert.equal(answer.status, 401, answer.text);
      assert.ok(!answer.text.includes(page.token) && !answer.text.includes("aaaa") && !answer.text.includes("script"));
      assert.equal(answer.headers["set-cookie"], undefined);
    });
  }

  it("survive rubbish on the wire: line ends within a cookie, and one of 100 KB", async () => {
    const { url } = await all.http.listen();
    for (const rubbish of ["a\rb", "a\nb", "a".repeat(100_000)]) {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      let said = "";
      socket.on("data", (chunk) => {
        said += String(chunk);
      });
      socket.on("error", () => {}); // a reset is an answer to rubbish
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.write(`GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: runwright_session_80=${rubbish}\r\n\r\n`);
      await closed;
      assert.match(said, /^HTTP\/1\.1 4\d\d |^$/);
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("can't be guessed: refused attempts count against their address, as tokens do, and hold up nobody who is signed in", async () => {
    const one = await rig({ clock: testClock() });
    try {
      const page = browser(one);
      await page.signIn();
      const guesses = [{ code: "x".repeat(43) }, { token: `rwt_${"0".repeat(26)}_${"a".repeat(43)}` }];
      let refused = 0;
      while ((await browser(one).ask("POST", "/api/v1/session", { body: guesses[refused % 2] })).status !== 429) refused++;
      assert.equal(refused, 29, "thirty, of which one was the sign-in");
      const entries = (await one.activity()).length;
      for (let i = 0; i < 10; i++) {
        assert.equal((await browser(one).ask("POST", "/api/v1/session", { body: guesses[0] })).status, 429);
        assert.equal((await browser(one).ask("DELETE", "/api/v1/session", { headers: { "x-runwright-request": "" } })).status, 429);
      }
      assert.equal((await one.activity()).length, entries, "and fill no log");
      assert.equal((await page.ask("GET", "/api/v1/whoami")).status, 200);
      assert.equal((await one.ask("GET", "/api/v1/whoami")).status, 200);
    } finally {
      await one.stop();
    }
  });

  it("can be signed out of while others at the same address use up its limit of refused requests", async () => {
    const one = await rig({ clock: testClock() });
    try {
      const [page, gone] = [browser(one), browser(one)];
      await page.signIn();
      await gone.signIn();
      const kept = { page: page.cookie, gone: gone.cookie };
      assert.equal((await gone.ask("DELETE", "/api/v1/session")).status, 204);
      const start = () => one.ask("POST", "/api/v1/login/device", { token: null, body: { client: "x" } });
      while ((await start()).status !== 429);
      const forged = { ...OWN_PAGE, origin: "http://evil.example", cookie: kept.page };
      assert.equal((await one.ask("DELETE", "/api/v1/session", { token: null, headers: forged })).status, 429, "what others forge is counted");
      assert.equal(
        (await one.ask("DELETE", "/api/v1/session", { token: null, headers: { ...OWN_PAGE, cookie: kept.gone } })).status,
        429,
        "a session that has ended",
      );
      const answer = await page.ask("DELETE", "/api/v1/session");
      assert.deepEqual([answer.status, page.cookie], [204, ""]);
      assert.equal((await one.ask("GET", "/api/v1/whoami", { token: null, headers: { ...OWN_PAGE, cookie: kept.page } })).status, 429, "it has ended, too");
    } finally {
      await one.stop();
    }
  });

  it("are forgotten by the browser that signs out also when the store can't be told", async () => {
    const one = await rig();
    try {
      const page = browser(one);
      await page.signIn();
      const { write } = one.store;
      one.store.write = () => Promise.reject(new RunwrightError("DATABASE_UNAVAILABLE", "it is away"));
      const answer = await page.ask("DELETE", "/api/v1/session");
      one.store.write = write;
      assert.deepEqual([answer.status, page.cookie], [503, ""]);
    } finally {
      await one.stop();
    }
  });

  it("end when another one begins in the same browser, and only then", async () => {
    const [page, other] = [browser(all), browser(all)];
    await page.signIn();
    await other.signIn();
    const first = page.cookie;
    const stateOf = async (cookie: string) => (await all.ask("GET", "/api/v1/whoami", { token: null, headers: { ...OWN_PAGE, cookie } })).status;
    assert.equal((await page.ask("POST", "/api/v1/session", { body: { code: "x".repeat(43) } })).status, 400);
    assert.equal(await stateOf(first), 200, "nothing has begun");
    const mona = await all.tokenFor("mona-replaces", { role: "reader", scope: "/" });
    const answer = await page.ask("POST", "/api/v1/session", { body: { token: mona }, headers: { "x-request-id": "replaced-session" } });
    assert.deepEqual([answer.status, await stateOf(first), await stateOf(other.cookie)], [201, 401, 200]);
    const entries = (await all.activity()).filter(({ correlationId }) => correlationId === "replaced-session");
    assert.deepEqual(entries.map(({ operation, actorName }) => `${operation} ${actorName}`).sort(), ["session.begin mona-replaces", "session.end admin"]);
    const { body: link } = await page.ask("POST", "/api/v1/login/link", { body: {} });
    const second = page.cookie;
    assert.equal((await page.ask("POST", "/api/v1/session", { body: { code: link.url.split("=")[1] } })).status, 201);
    assert.notEqual(page.cookie, second);
    assert.deepEqual([await stateOf(page.cookie), await stateOf(second)], [200, 200], "one that was made from the other would end with it");
    const planted = { cookie: `runwright_session_4680=${all.admin}` };
    assert.equal((await browser(all).ask("POST", "/api/v1/session", { body: { token: mona }, headers: planted })).status, 201);
    assert.equal((await all.ask("GET", "/api/v1/whoami")).status, 200, "a token that is no session stays");
  });

  it("can be asked for without an error where there is none", async () => {
    const page = browser(all);
    const name = async (headers = {}) => (await page.ask("GET", "/api/v1/session", { headers })).body.name;
    assert.equal(await name(), null);
    assert.equal(await name({ cookie: "runwright_session_4680=nonsense" }), null);
    await page.signIn();
    assert.equal(await name(), "admin");
    assert.equal((await page.ask("GET", "/api/v1/session", { headers: { origin: "http://evil.example" } })).status, 403);
  });

  it("are behind a link that leads to where the engine was asked, or to where it says that it is", async () => {
    const linkAt = async (one: Rig, headers: Record<string, string>) => (await one.ask("POST", "/api/v1/login/link", { body: {}, headers })).body.url ?? null;
    assert.match(await linkAt(all, { host: "runwright.lan:8443" }), /^http:\/\/runwright\.lan:8443\/#/);
    for (const host of ["a b", "user@elsewhere", "x/../y", "[::1", "x:99999"]) assert.equal(await linkAt(all, { host }), null, host);
    const known = await rig({ options: { publicUrl: "https://runwright.example" } });
    try {
      assert.match(await linkAt(known, { host: "elsewhere.example" }), /^https:\/\/runwright\.example\/#sign-in=/);
    } finally {
      await known.stop();
    }
  });

  it("are told of in what the engine says of itself", async () => {
    const { body } = await all.ask("GET", "/api/openapi.json", { token: null });
    assert.deepEqual(body.paths["/api/v1/whoami"].get.security, [{ token: [] }, { session: [] }]);
    assert.deepEqual(body.paths["/api/v1/debug/{session}"].get.security, [{ token: [] }]);
    assert.equal(body.components.securitySchemes.session.in, "cookie");
  });
});
