import assert from "node:assert/strict";
import { ACTIONS, type Action, type Grant, ROLES } from "../../engine/core/role.ts";
import { type Rig, rig, upload } from "./rig.ts";

const PUBLIC = [
  "/healthz",
  "/readyz",
  "/metrics",
  "/api/openapi.json",
  "/api/v1/login/device",
  "/api/v1/login/device/token",
  "/api/v1/session",
  "/schemas/:file",
  "/hooks/:token",
];
/** The dashboard's files: the same for everyone, and not part of the interface that OpenAPI describes. */
const PLACES = [
  "machines",
  "updates",
  "deployments",
  "windows",
  "reports",
  "runbooks",
  "jobs",
  "schedules",
  "webhooks",
  "approvals",
  "assets",
  "activity",
  "settings",
];
const PAGES = ["/", "/files/:name", ...PLACES.flatMap((place) => [`/${place}`, `/${place}/*`])];

describe("HTTP: every door", function () {
  this.timeout(60_000);
  let all: Rig;
  before(async () => {
    // The limits of refused requests have a test of their own; here hundreds are refused on purpose.
    all = await rig({ rateLimits: { refused: { perSecond: 1_000, burst: 10_000 } } });
  });
  after(() => all.stop());

  const concrete = (path: string) => path.replace(/:version/, "1").replace(/:\w+/g, "nothing");
  const knock = (method: string, path: string, token: string | null) =>
    all.ask(method, concrete(path), { token, ...(["POST", "PUT"].includes(method) ? { body: {} } : {}) });

  it("is public only where this list says so", () => {
    const open = all.http.routes.filter((route) => route.door === "public").map((route) => route.path);
    assert.deepEqual([...new Set(open)].sort(), [...PUBLIC, ...PAGES].sort());
    assert.ok(all.http.routes.length > 40, `${all.http.routes.length} routes`);
  });

  it("names an action of the catalogue, or asks for a sign-in", () => {
    for (const { door, path } of all.http.routes) assert.ok(["public", "signedIn"].includes(door) || Object.hasOwn(ACTIONS, door), `${path}: ${door}`);
  });

  it("is closed without a token, and with a malformed, unknown, expired or revoked one", async () => {
    const expired = await all.adminToken({ expiresAt: all.clock.now() - 1 });
    const revoked = await all.adminToken({});
    assert.equal((await all.ask("DELETE", `/api/v1/tokens/${revoked.id}`)).status, 204);
    const cases = [
      [null, "UNAUTHENTICATED"],
      ["nonsense", "TOKEN_MALFORMED"],
      [`rwt_${"0".repeat(26)}_${"a".repeat(43)}`, "UNAUTHENTICATED"],
      [expired.text, "TOKEN_EXPIRED"],
      [revoked.text, "TOKEN_REVOKED"],
    ] as const;
    for (const { method, path, door } of all.http.routes) {
      if (door === "public") continue;
      for (const [token, code] of cases) {
        const answer = await knock(method, path, token);
        assert.deepEqual([answer.status, answer.body.code], [401, code], `${method} ${path}`);
        assert.match(String(answer.headers["www-authenticate"]), /^Bearer/);
      }
    }
  });

  for (const role of ROLES) {
    it(`lets ${role} through exactly where the table of actions does`, async () => {
      const token = await all.tokenFor(`roles-${role}`, { role, scope: "/" });
      for (const { method, path, door } of all.http.routes) {
        if (door === "public") continue;
        const answer = await knock(method, path, token);
        const allowed = door === "signedIn" || ROLES.indexOf(role) >= ROLES.indexOf(ACTIONS[door as Action]);
        if (allowed) assert.ok(![401, 403].includes(answer.status), `${method} ${path} as ${role}: ${answer.status} ${answer.text.slice(0, 200)}`);
        else assert.deepEqual([answer.status, answer.body.code], [403, "PERMISSION_DENIED"], `${method} ${path} as ${role}`);
        assert.notEqual(answer.status, 500, `${method} ${path}: ${answer.text}`);
      }
    });
  }

  it("says which role is missing where", async () => {
    const token = await all.tokenFor("rita", { role: "reader", scope: "/prod" });
    const answer = await all.ask("POST", "/api/v1/principals", { token, body: { kind: "user", name: "x", grants: [] } });
    assert.match(answer.body.detail, /rita needs the role "admin" for role\.write, and has reader at \/prod/);
  });

  it("shows and changes things of one scope to whoever has a role there only", async () => {
    const grants: Record<string, Grant> = { prod: { role: "admin", scope: "/prod" }, dev: { role: "admin", scope: "/dev" } };
    const prod = await all.tokenFor("scope-prod", grants.prod as Grant);
    const dev = await all.tokenFor("scope-dev", grants.dev as Grant);
    const made = await all.ask("POST", "/api/v1/runbooks/prod-only/publish", { token: prod, body: upload("prod-only", "async ({ output }) => output(1)") });
    assert.equal(made.status, 201, made.text);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/prod-only")).body.scope, "/prod", "it went where its author may publish");
    const job = (await all.ask("POST", "/api/v1/runbooks/prod-only/jobs", { token: prod, body: {} })).body;
    for (const [method, url] of [
      ["GET", "/api/v1/runbooks/prod-only"],
      ["GET", "/api/v1/runbooks/prod-only/versions/1"],
      ["POST", "/api/v1/runbooks/prod-only/jobs"],
      ["DELETE", "/api/v1/runbooks/prod-only"],
      ["GET", `/api/v1/jobs/${job.id}`],
      ["GET", `/api/v1/jobs/${job.id}/streams`],
      ["GET", `/api/v1/jobs/${job.id}/journal`],
      ["POST", `/api/v1/jobs/${job.id}/stop`],
    ] as const) {
      const answer = await all.ask(method, url, { token: dev, ...(method === "POST" ? { body: {} } : {}) });
      assert.equal(answer.status, 404, `${method} ${url}`);
    }
    assert.deepEqual((await all.ask("GET", "/api/v1/jobs", { token: dev })).body.items, []);
    assert.deepEqual((await all.ask("GET", "/api/v1/runbooks", { token: dev })).body.items, []);
    assert.equal(
      (await all.ask("POST", "/api/v1/runbooks/mine/publish", { token: dev, body: { ...upload("mine", "async () => {}"), scope: "/prod" } })).status,
      403,
    );
    assert.equal((await all.ask("POST", "/api/v1/runbooks/prod-only/publish", { token: dev, body: upload("prod-only", "async () => {}") })).status, 403);
    assert.equal((await all.ask("POST", "/api/v1/join-tokens", { token: dev, body: { scope: "/" } })).status, 403);
    const entries = (await all.ask("GET", "/api/v1/activity?limit=500", { token: dev })).body.items;
    assert.ok(entries.every((entry: any) => entry.scope.startsWith("/dev")));
  });

  it("is no wider for a narrowed token than that token says", async () => {
    const narrow = await all.adminToken({ role: "reader", scope: "/prod" });
    assert.equal((await all.ask("GET", "/api/v1/runbooks", { token: narrow.text })).status, 200);
    assert.equal((await all.ask("PUT", "/api/v1/assets/x", { token: narrow.text, body: { kind: "secret", value: "v" } })).status, 403);
    const wider = await all.ask("POST", "/api/v1/tokens", { token: narrow.text, body: { name: "wider" } });
    assert.equal(wider.status, 403);
  });

  it("records refused writes, with who and from where, and no refused reads", async () => {
    const token = await all.tokenFor("mallory", { role: "reader", scope: "/" });
    await all.ask("PUT", "/api/v1/assets/evil", { token, body: { kind: "secret", value: "x" }, headers: { "x-request-id": "refused-write-1" } });
    await all.ask("GET", "/api/v1/activity", { token, headers: { "x-request-id": "refused-read-1" } });
    await all.ask("DELETE", "/api/v1/runbooks/some", { token: null, headers: { "x-request-id": "refused-anon-1" } });
    const entries = await all.activity();
    const of = (id: string) =>
      entries
        .filter((entry) => entry.correlationId === id)
        .map(({ operation, target, result, actorName, actorKind, address }) => ({ operation, target, result, actorName, actorKind, address }));
    assert.deepEqual(of("refused-write-1"), [
      { operation: "asset.write", target: "/api/v1/assets/evil", result: "PERMISSION_DENIED", actorName: "mallory", actorKind: "user", address: "127.0.0.1" },
    ]);
    assert.deepEqual(of("refused-read-1"), []);
    assert.deepEqual(of("refused-anon-1"), [
      { operation: "runbook.delete", target: "/api/v1/runbooks/some", result: "UNAUTHENTICATED", actorName: "", actorKind: "anonymous", address: "127.0.0.1" },
    ]);
  });

  it("never gives the value of a secret back", async () => {
    const value = "correct-horse-battery-staple";
    const texts: string[] = [];
    texts.push((await all.ask("PUT", "/api/v1/assets/secret-one", { body: { kind: "secret", value } })).text);
    await all.ask("POST", "/api/v1/runbooks/reads-secret/publish", {
      body: upload(
        "reads-secret",
        "async ({ secrets, output, log }) => { const value = await secrets.get('secret-one'); log(value); output({ value }); }",
        `permissions: { secrets: ["secret-one"] },`,
      ),
    });
    const job = await all.ask("POST", "/api/v1/runbooks/reads-secret/jobs?wait=20s", { body: {} });
    assert.equal(job.body.status, "completed", job.text);
    texts.push(job.text);
    for (const { method, path } of all.http.routes) {
      if (method !== "GET") continue;
      const url = path.replace(":id", job.body.id).replace(":name", "reads-secret").replace(":version", "1");
      texts.push((await all.ask("GET", url)).text, (await all.ask("GET", path.replace(":name", "secret-one"))).text);
    }
    assert.ok(texts.some((text) => text.includes("secret-one")));
    for (const text of texts) assert.ok(!text.includes(value), text.slice(0, 500));
    const read = (await all.activity()).find((entry) => entry.operation === "secret.read");
    assert.deepEqual(read?.details, { version: 1, job: job.body.id });
  });

  it("names misspelt members and wrong types of a body", async () => {
    const answer = await all.ask("POST", "/api/v1/tokens", { body: { name: "t", expiresin: "1d" } });
    assert.deepEqual([answer.status, answer.body.code], [400, "BAD_REQUEST"]);
    assert.match(answer.body.detail, /expiresin/);
    const typed = await all.ask("POST", "/api/v1/join-tokens", { body: { uses: "many" } });
    assert.match(typed.body.detail, /\/uses must be integer/);
    assert.equal((await all.ask("GET", "/api/v1/jobs?limit=5000")).status, 400);
    assert.equal((await all.ask("GET", "/api/v1/jobs?status=sleeping")).body.code, "BAD_REQUEST");
  });

  it("describes all of itself in OpenAPI", async () => {
    const { body } = await all.ask("GET", "/api/openapi.json", { token: null });
    assert.equal(body.openapi, "3.1.0");
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const expected = all.http.routes
      .filter(({ path }) => path !== "/api/openapi.json" && !PAGES.includes(path))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    assert.deepEqual(described.sort(), [...new Set(expected)].sort());
  });
});
