import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";
import { browser, HOST, ORIGIN, OWN_PAGE } from "./browser.ts";
import { type Rig, rig } from "./rig.ts";

const PATIENT = { refused: { perSecond: 1_000, burst: 10_000 } };
const EVIL = "http://evil.example";
/** Another program of the same computer: the same site, so that browsers send it the cookie. */
const NEIGHBOUR = "http://127.0.0.1:3000";
const HEADER = { "x-runwright-request": "dashboard" };

describe("HTTP: requests that a browser's session signs", function () {
  this.timeout(60_000);
  let all: Rig;
  let page: ReturnType<typeof browser>;
  before(async () => {
    all = await rig({ rateLimits: PATIENT });
    page = browser(all);
    await page.signIn();
  });
  after(() => all.stop());

  /** With the session's cookie and nothing else of the own page. */
  const signed = (method: string, headers: Record<string, string>, url = "/api/v1/tokens") =>
    all.ask(method, url, {
      token: null,
      headers: { host: HOST, cookie: page.cookie, ...headers },
      ...(method === "POST" ? { body: { name: "forged", expiresIn: "1d" } } : {}),
    });

  for (const [what, headers, status] of [
    ["the own page", OWN_PAGE, 201],
    ["a browser that says nothing of where the page is", HEADER, 201],
    ["the own page without its header", { origin: ORIGIN, "sec-fetch-site": "same-origin" }, 403],
    ["the own page with another header", { ...OWN_PAGE, "x-runwright-request": "extension" }, 403],
    ["a form of another site", { origin: EVIL, "sec-fetch-site": "cross-site" }, 403],
    ["a page of another site that sends the header", { ...HEADER, origin: EVIL, "sec-fetch-site": "cross-site" }, 403],
    ["a page of another site in a browser that says only its origin", { ...HEADER, origin: EVIL }, 403],
    ["a page of another site in a browser that says only that", { ...HEADER, "sec-fetch-site": "cross-site" }, 403],
    ["a page of another port of this computer", { ...HEADER, origin: NEIGHBOUR, "sec-fetch-site": "same-site" }, 403],
    ["another port, seen only by its origin", { ...HEADER, origin: NEIGHBOUR }, 403],
    ["a sandboxed frame or a file", { ...HEADER, origin: "null" }, 403],
    ["the same address over another scheme", { ...HEADER, origin: `https://${HOST}` }, 403],
    ["an origin that only begins like ours", { ...HEADER, origin: `${ORIGIN}0` }, 403],
    ["an origin that names us as a user", { ...HEADER, origin: `http://${HOST}@evil.example` }, 403],
    ["several origins", { ...HEADER, origin: `${ORIGIN}, ${EVIL}` }, 403],
    ["an empty origin", { ...HEADER, origin: "" }, 403],
    ["a site that no browser says", { ...HEADER, "sec-fetch-site": "same-origin, cross-site" }, 403],
    ["an address bar, which sends no changes", { ...HEADER, "sec-fetch-site": "none" }, 403],
    ["a page of another name of this computer", { ...HEADER, origin: "http://localhost:4680" }, 403],
  ] as const) {
    it(`${status === 201 ? "may" : "may not"} change things when they come from ${what}`, async () => {
      const before = (await all.ask("GET", "/api/v1/tokens")).body.items.length;
      const answer = await signed("POST", { ...headers, "x-request-id": `forged-${what.replace(/\W+/g, "-").slice(0, 80)}` });
      assert.equal(answer.status, status, answer.text);
      assert.equal((await all.ask("GET", "/api/v1/tokens")).body.items.length, before + (status === 201 ? 1 : 0));
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
      if (status === 201) return;
      assert.equal(answer.body.code, "FORGERY_SUSPECTED");
      const entry = (await all.activity()).find(({ correlationId }) => correlationId === answer.headers["x-request-id"]);
      assert.deepEqual([entry?.operation, entry?.result], ["token.create", "FORGERY_SUSPECTED"]);
    });
  }

  for (const [what, headers, status] of [
    ["the own page", { "sec-fetch-site": "same-origin" }, 200],
    ["the address bar", { "sec-fetch-site": "none" }, 200],
    ["a browser that says nothing", {}, 200],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another port of this computer", { "sec-fetch-site": "same-site" }, 403],
    ["a page that asks to read the answer", { origin: EVIL }, 403],
  ] as const) {
    it(`${status === 200 ? "may" : "may not"} read when they come from ${what}`, async () => {
      for (const method of ["GET", "HEAD"]) assert.equal((await signed(method, headers, "/api/v1/whoami")).status, status);
    });
  }

  it("may come from wherever they like with a token in the header, as programs do", async () => {
    const headers = { host: HOST, origin: EVIL, "sec-fetch-site": "cross-site" };
    assert.equal((await all.ask("POST", "/api/v1/tokens", { body: { name: "by a program" }, headers })).status, 201);
  });

  it("are never allowed to pages of others when a browser asks first", async () => {
    const answer = await all.ask("OPTIONS", "/api/v1/tokens", {
      token: null,
      headers: { host: HOST, origin: EVIL, "access-control-request-method": "POST", "access-control-request-headers": "x-runwright-request" },
    });
    assert.ok(answer.status >= 400);
    assert.ok(!Object.keys(answer.headers).some((name) => name.startsWith("access-control-")));
  });

  it("don't sign anyone in or out for pages of others", async () => {
    const before = (await all.ask("GET", "/api/v1/tokens")).body.items.length;
    const others: Record<string, string>[] = [
      { origin: EVIL },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { origin: NEIGHBOUR, "sec-fetch-site": "same-site" },
    ];
    for (const headers of others) {
      const signIn = await all.ask("POST", "/api/v1/session", { token: null, body: { token: all.admin }, headers: { host: HOST, ...HEADER, ...headers } });
      assert.deepEqual([signIn.status, signIn.body.code, signIn.headers["set-cookie"]], [403, "FORGERY_SUSPECTED", undefined]);
      const signOut = await signed("DELETE", { ...HEADER, ...headers }, "/api/v1/session");
      assert.deepEqual([signOut.status, signOut.headers["set-cookie"]], [403, undefined]);
    }
    assert.equal((await signed("DELETE", { origin: ORIGIN }, "/api/v1/session")).status, 403, "without the header");
    const form = { host: HOST, "content-type": "text/plain" };
    assert.ok((await all.ask("POST", "/api/v1/session", { token: null, body: JSON.stringify({ token: all.admin }), headers: form })).status >= 400);
    assert.equal((await all.ask("GET", "/api/v1/tokens")).body.items.length, before);
    assert.equal((await page.ask("GET", "/api/v1/whoami")).status, 200);
  });

  it("fill no log: beyond the address's limit they are only counted", async () => {
    const one = await rig();
    try {
      const victim = browser(one);
      await victim.signIn();
      const forge = () => victim.ask("POST", "/api/v1/tokens", { body: { name: "x" }, headers: { origin: EVIL } });
      let refused = 0;
      while ((await forge()).status === 403) refused++;
      assert.ok(refused <= 31, String(refused));
      assert.equal((await victim.ask("GET", "/api/v1/whoami")).status, 200, "and the victim works on");
    } finally {
      await one.stop();
    }
  });
});

describe("HTTP: the engine's own origin", function () {
  this.timeout(60_000);

  /** What an engine with these options says to a change that the page at `origin` asks for, with a session made there. */
  async function statusOf(options: NonNullable<Parameters<typeof rig>[0]>["options"], host: string, headers: Record<string, string>): Promise<number> {
    const all = await rig({ options, rateLimits: PATIENT });
    try {
      const page = browser(all, { host, ...HEADER, ...headers });
      const { origin: _, ...rest } = headers;
      const signedIn = await browser(all, { host, ...rest }).ask("POST", "/api/v1/session", { body: { token: all.admin } });
      const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] ?? "";
      return (await page.ask("POST", "/api/v1/tokens", { body: { name: "t" }, headers: { cookie } })).status;
    } finally {
      await all.stop();
    }
  }
  const PROXY = { trustedProxies: ["127.0.0.0/8"] };
  const PUBLIC = { publicUrl: "https://runwright.example" };
  const forwarded = { "x-forwarded-host": "runwright.example", "x-forwarded-proto": "https" };

  for (const [what, options, host, headers, status] of [
    ["is the host that was asked", {}, "runwright.lan:4680", { origin: "http://runwright.lan:4680" }, 201],
    ["is written as browsers write it", {}, "RUNWRIGHT.lan:80", { origin: "http://runwright.lan" }, 201],
    ["has its brackets", {}, "[::1]:4680", { origin: "http://[::1]:4680" }, 201],
    ["isn't what a stranger says that was forwarded", {}, HOST, { ...forwarded, origin: "https://runwright.example" }, 403],
    ["is what a trusted proxy forwards", PROXY, HOST, { ...forwarded, origin: "https://runwright.example" }, 201],
    ["isn't the proxy's inner address", PROXY, HOST, { ...forwarded, origin: ORIGIN }, 403],
    ["isn't over another scheme than the proxy says", PROXY, HOST, { ...forwarded, origin: "http://runwright.example" }, 403],
    ["isn't made by a proxy that others are told of", { trustedProxies: ["198.51.100.7"] }, HOST, { ...forwarded, origin: "https://runwright.example" }, 403],
    ["is what the operator says, however the proxy asks", PUBLIC, HOST, { origin: "https://runwright.example" }, 201],
    ["is besides it the host that was asked", PUBLIC, HOST, { origin: ORIGIN }, 201],
    ["isn't a name below the operator's", PUBLIC, HOST, { origin: "https://x.runwright.example" }, 403],
    ["isn't any host, when a page names another one", {}, "evil.example", { origin: ORIGIN }, 403],
  ] as const) {
    it(what, async () => assert.equal(await statusOf(options, host, headers), status));
  }

  it("isn't `null` when a proxy forwards a scheme that has no origins", async () => {
    const all = await rig({ options: PROXY, rateLimits: PATIENT });
    try {
      const headers = { host: HOST, "x-forwarded-proto": "foo", origin: "null", ...HEADER };
      for (const host of [HOST, "a b", "x@y"]) {
        const answer = await all.ask("POST", "/api/v1/session", { token: null, body: { token: all.admin }, headers: { ...headers, host } });
        assert.deepEqual([answer.status, answer.body.code], [403, "FORGERY_SUSPECTED"], host);
      }
    } finally {
      await all.stop();
    }
  });

  it("over TLS, also behind a trusted proxy, gives a cookie that only TLS carries", async () => {
    const all = await rig({ options: PROXY, rateLimits: PATIENT });
    try {
      const page = browser(all, { ...OWN_PAGE, host: HOST, origin: "https://runwright.example", ...forwarded });
      const answer = await page.ask("POST", "/api/v1/session", { body: { token: all.admin } });
      assert.match(String(answer.headers["set-cookie"]), /^__Host-runwright_session_443=rwt_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
      assert.equal((await page.ask("GET", "/api/v1/whoami")).status, 200);
      const plain = { host: "runwright.example", cookie: page.cookie };
      assert.equal((await all.ask("GET", "/api/v1/whoami", { token: null, headers: plain })).status, 401, "and counts there alone");
      assert.match(String((await page.ask("DELETE", "/api/v1/session")).headers["set-cookie"]), /^__Host-.*Max-Age=0;.*Secure$/);
    } finally {
      await all.stop();
    }
  });
});

describe("HTTP: the session's cookie behind a proxy that nobody trusts", function () {
  this.timeout(60_000);
  let all: Rig;
  before(async () => {
    all = await rig({ options: { publicUrl: "https://runwright.example" }, rateLimits: PATIENT });
  });
  after(() => all.stop());

  for (const [what, host, origin, cookie] of [
    [
      "is carried by TLS alone where the engine was asked by its public address",
      "runwright.example",
      "https://runwright.example",
      /^__Host-runwright_session_443=\S+; .*; Secure$/,
    ],
    ["also with the port in it", "runwright.example:443", "https://runwright.example", /^__Host-runwright_session_443=\S+; .*; Secure$/],
    ["and with capitals", "RunWright.Example", "https://runwright.example", /^__Host-runwright_session_443=\S+; .*; Secure$/],
    ["goes by the request where another host was asked", HOST, ORIGIN, /^runwright_session_4680=\S+; .*SameSite=Strict$/],
    [
      "goes by the request at another port of that name",
      "runwright.example:4680",
      "http://runwright.example:4680",
      /^runwright_session_4680=\S+; .*SameSite=Strict$/,
    ],
  ] as const) {
    it(what, async () => {
      const page = browser(all, { ...OWN_PAGE, host, origin });
      assert.match(String((await page.ask("POST", "/api/v1/session", { body: { token: all.admin } })).headers["set-cookie"]), cookie);
      assert.equal((await page.ask("GET", "/api/v1/whoami")).status, 200);
      assert.match(String((await page.ask("DELETE", "/api/v1/session")).headers["set-cookie"]), /Max-Age=0;/);
      assert.equal((await page.ask("GET", "/api/v1/session")).body.name, null);
    });
  }
});

describe("HTTP: WebSockets that a browser's session opens", function () {
  this.timeout(60_000);
  let all: Rig;
  let page: ReturnType<typeof browser>;
  let host: string;
  before(async () => {
    all = await rig({ rateLimits: PATIENT });
    host = new URL((await all.http.listen()).url).host;
    page = browser(all, { ...OWN_PAGE, host, origin: `http://${host}` });
    await page.signIn();
  });
  after(() => all.stop());

  function open(path: string, headers: Record<string, string>, protocols: string[] = []): Promise<WebSocket | number> {
    const socket = new WebSocket(`ws://${host}${path}`, protocols, { headers });
    return new Promise((resolve, reject) => {
      socket.on("unexpected-response", (_, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      socket.on("open", () => resolve(socket));
      socket.on("error", reject);
    });
  }
  const statusOf = async (...args: Parameters<typeof open>): Promise<number> => {
    const opened = await open(...args);
    if (typeof opened === "number") return opened;
    opened.close();
    await once(opened, "close");
    return 101;
  };

  it("need an origin, and it must be ours: other ports of this computer aren't", async () => {
    const own = `http://${host}`;
    for (const [headers, status] of [
      [{ origin: own }, 101],
      [{ origin: own, "sec-fetch-site": "same-origin" }, 101],
      [{}, 403],
      [{ origin: "null" }, 403],
      [{ origin: EVIL }, 403],
      [{ origin: NEIGHBOUR }, 403],
      [{ origin: own.replace("http", "https") }, 403],
      [{ origin: own, "sec-fetch-site": "same-site" }, 403],
      [{ origin: own, "sec-fetch-site": "cross-site" }, 403],
      [{ origin: own, "sec-fetch-site": "none" }, 403],
    ] as const)
      assert.equal(await statusOf("/api/v1/events", { ...headers, cookie: page.cookie }), status, JSON.stringify(headers));
    assert.equal(await statusOf("/api/v1/events", { origin: own }), 401);
    assert.equal(await statusOf("/api/v1/events", {}, ["runwright.events", `bearer.${all.admin}`]), 101, "programs need none");
    const bad = { origin: own, cookie: page.cookie };
    assert.equal(await statusOf("/api/v1/events", bad, ["runwright.events", "bearer.nonsense"]), 401, "what was offered counts, not the cookie");
  });

  it("say what happens to jobs, and end soon after the session was revoked", async () => {
    const other = browser(all, { ...OWN_PAGE, host, origin: `http://${host}` });
    await other.signIn();
    const socket = await open("/api/v1/events", { origin: `http://${host}`, cookie: other.cookie });
    assert.ok(typeof socket !== "number");
    socket.send(JSON.stringify({ subscribe: { job: "job_nope" } }));
    const [data] = await once(socket, "message");
    assert.equal(JSON.parse(String(data)).code, "JOB_NOT_FOUND");
    const closed = once(socket, "close");
    await other.ask("DELETE", "/api/v1/session");
    const [code, reason] = await closed;
    assert.deepEqual([code, String(reason)], [4401, "TOKEN_REVOKED"]);
  });

  it("don't debug: that is for programs", async () => {
    const headers = { origin: `http://${host}`, cookie: page.cookie };
    assert.equal(await statusOf("/api/v1/debug/dbg_1", headers), 401);
    assert.equal(await statusOf("/api/v1/debug/dbg_1", headers, ["runwright.debug", "ticket.x"]), 401);
    assert.equal(await statusOf("/api/v1/debug/dbg_1", {}, ["runwright.debug", `bearer.${all.admin}`, "ticket.x"]), 404);
  });
});
