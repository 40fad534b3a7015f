import assert from "node:assert/strict";
import { emptyForm, endTone, readForm } from "../../../engine/dashboard/model/asset-form.ts";
import { grantProblems } from "../../../engine/dashboard/model/grant-rows.ts";
import { periodOf } from "../../../engine/dashboard/model/period.ts";
import { settingFacts } from "../../../engine/dashboard/model/settings-facts.ts";
import { inOrder, sessionsOf, tokenState } from "../../../engine/dashboard/model/tokens.ts";
import type { Token } from "../../../engine/protocol/http/access.ts";

const NOW = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;
const at = (ms: number) => new Date(NOW + ms).toISOString();
const aToken = (id: string, more: Partial<Token> = {}): Token => ({
  ...{ id, name: id, principal: "ada", role: null, scope: null, grants: [], createdAt: at(0), createdBy: "ada" },
  ...{ expiresAt: null, revokedAt: null, lastUsedAt: null, sessionOf: null },
  ...more,
});

describe("tokens", () => {
  it("are active until they end or are revoked", () => {
    const states = [
      aToken("a"),
      aToken("b", { expiresAt: at(1) }),
      aToken("c", { expiresAt: at(0) }),
      aToken("d", { expiresAt: at(0), revokedAt: at(-1) }),
    ].map((token) => tokenState(token, NOW));
    assert.deepEqual(states, ["active", "active", "expired", "revoked"]);
  });
  it("of browsers are one's own sessions, this browser's last", () => {
    const tokens = [
      aToken("here", { sessionOf: "x" }),
      aToken("there", { sessionOf: "x" }),
      aToken("ended", { sessionOf: "x", revokedAt: at(0) }),
      aToken("theirs", { sessionOf: "x", principal: "grace" }),
      aToken("token"),
    ];
    assert.deepEqual(
      sessionsOf(tokens, { name: "ada", tokenId: "here" }, NOW).map(({ id }) => id),
      ["there", "here"],
    );
  });
  it("are listed with those in use first, then the newest", () => {
    const tokens = [aToken("old", { createdAt: at(-2) }), aToken("gone", { revokedAt: at(0), createdAt: at(5) }), aToken("new", { createdAt: at(-1) })];
    assert.deepEqual(
      inOrder(tokens, NOW).map(({ id }) => id),
      ["new", "old", "gone"],
    );
  });
});

describe("a form of roles", () => {
  it("says what is wrong with a scope, and what stands twice", () => {
    const grants = [
      { role: "reader", scope: "/" },
      { role: "reader", scope: "prod" },
      { role: "reader", scope: "/" },
      { role: "admin", scope: "/" },
    ] as const;
    assert.deepEqual(
      grantProblems(grants).map((one) => one?.slice(0, 12)),
      [undefined, 'scope "prod"', "it stands ab", undefined],
    );
  });
});

describe("a form of an asset", () => {
  const PEM = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----";
  const VALUES: readonly (readonly [what: string, form: Partial<typeof emptyForm>, value: unknown])[] = [
    ["a secret", { kind: "secret", value: " s\n" }, " s\n"],
    ["a text", { kind: "variable", value: "1" }, "1"],
    ["a number", { kind: "variable", type: "number", value: " 1.5 " }, 1.5],
    ["a boolean", { kind: "variable", type: "boolean", value: "false" }, false],
    ["JSON", { kind: "variable", type: "json", value: "[1]" }, [1]],
    ["a credential", { kind: "credential", user: "u", value: "p" }, { user: "u", password: "p" }],
    ["a certificate", { kind: "certificate", value: PEM, key: " " }, { certificate: PEM }],
    ["a certificate with its key", { kind: "certificate", value: PEM, key: "K" }, { certificate: PEM, key: "K" }],
    ["a connection", { kind: "connection", value: '{"a":1}' }, { a: 1 }],
  ];
  for (const [what, form, value] of VALUES)
    it(`reads ${what}`, () => {
      const read = readForm({ ...emptyForm, name: "a", ...form });
      assert.ok("body" in read, JSON.stringify(read));
      assert.deepEqual(read.body.value, value);
    });

  const WRONG: readonly (readonly [field: string, form: Partial<typeof emptyForm>])[] = [
    ["name", { name: "1a", value: "x" }],
    ["scope", { scope: "prod", value: "x" }],
    ["value", { value: "" }],
    ["value", { kind: "variable", type: "number", value: "one" }],
    ["value", { kind: "variable", type: "boolean", value: "1" }],
    ["user", { kind: "credential", value: "p" }],
    ["value", { kind: "certificate", value: "AA" }],
    ["schema", { kind: "connection", value: "{}", schema: "{" }],
  ];
  for (const [field, form] of WRONG)
    it(`finds what is wrong with ${field} of ${JSON.stringify(form)}`, () => {
      const read = readForm({ ...emptyForm, name: "a", ...form });
      assert.equal("field" in read && read.field, field);
    });

  it("sends a schema and what kind of variable it is only where they belong", () => {
    const body = (form: Partial<typeof emptyForm>) => {
      const read = readForm({ ...emptyForm, name: "a", value: "1", user: "u", ...form });
      return "body" in read ? Object.keys(read.body).sort() : [];
    };
    assert.deepEqual(body({ kind: "secret", schema: "{}" }), ["kind", "scope", "value"]);
    assert.deepEqual(body({ kind: "variable" }), ["encrypted", "kind", "scope", "type", "value"]);
    assert.deepEqual(body({ kind: "connection", schema: "{}" }), ["kind", "schema", "scope", "value"]);
  });

  it("tells a certificate that has ended, and one that will soon", () => {
    assert.deepEqual(
      [-1, 0, 1, 29 * DAY_MS, 31 * DAY_MS].map((left) => endTone(at(left), NOW)),
      ["bad", "bad", "warn", "warn", "quiet"],
    );
  });
});

describe("a period", () => {
  it("begins so long ago", () => {
    assert.deepEqual([periodOf("1h", NOW), periodOf("", NOW), periodOf("2h", NOW)], [at(-3_600_000), undefined, undefined]);
  });
});

describe("settings of the engine", () => {
  it("stand on a line each, under their names in the configuration", () => {
    const facts = settingFacts({
      version: "1",
      database: { kind: "sqlite" },
      retention: { jobsMs: 30 * DAY_MS, logs: null },
      certificate: { expiresAt: at(0) },
      trustedProxies: [],
      rateLimits: { token: 1_000 },
    });
    assert.deepEqual(facts, [
      { name: "version", text: "1" },
      { name: "database.kind", text: "sqlite" },
      { name: "retention.jobs", text: "30 d" },
      { name: "certificate.expires", at: at(0), text: at(0) },
      { name: "trustedProxies", text: "none" },
      { name: "rateLimits.token", text: "1000" },
    ]);
    assert.deepEqual(settingFacts("nothing"), []);
  });
});
