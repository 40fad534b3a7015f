import assert from "node:assert/strict";
import type { GivenAsset } from "../../engine/access/asset-values.ts";
import { siftSecrets } from "../../engine/core/asset.ts";
import type { Json } from "../../engine/core/json.ts";
import { actor, openAccess, root } from "./access.ts";
import { issue } from "./certificates.ts";

const CRM = {
  type: "object",
  required: ["url", "token"],
  properties: { url: { type: "string" }, token: { type: "string", writeOnly: true }, port: { type: "integer" }, pin: { type: "integer", format: "password" } },
};

describe("kinds of assets", function () {
  this.timeout(60_000);
  let access: Awaited<ReturnType<typeof openAccess>>;
  beforeEach(async () => {
    access = await openAccess();
  });
  afterEach(() => access[Symbol.asyncDispose]());

  const job = (scope = "/") => ({ jobId: "job_1", scope, actor: actor("op", { role: "operator", scope: "/" }), correlationId: "c" });
  const set = (name: string, given: GivenAsset, scope = "/") => access.assets.set({ scope, name, ...given }, root);
  const read = (kind: GivenAsset["kind"], name: string) => access.assets.read(kind, name, null, job());
  const show = async (name: string, who = root.actor, scope = "/") => (await access.assets.show({ scope, name }, who)).value;

  describe("a variable", () => {
    const inferred: [Json, string][] = [
      ["text", "string"],
      [5, "number"],
      [false, "boolean"],
      [{ a: 1 }, "json"],
      [null, "json"],
    ];
    for (const [value, type] of inferred) {
      it(`whose first value is ${JSON.stringify(value)} has the type ${type}, and is shown`, async () => {
        assert.equal((await set("v", { kind: "variable", value })).asset.type, type);
        assert.deepEqual(await show("v"), value);
        assert.deepEqual(await read("variable", "v"), { value, version: 1, secrets: null });
      });
    }

    it("keeps its type unless another one is given", async () => {
      await set("v", { kind: "variable", value: 5 });
      await assert.rejects(set("v", { kind: "variable", value: "five" }), { code: "CONFLICT", message: /of type string, not number; give the type too/ });
      await assert.rejects(set("v", { kind: "variable", value: "five", type: "boolean" }), { code: "BAD_REQUEST" });
      await set("v", { kind: "variable", value: "five", type: "string" });
      await set("v", { kind: "variable", value: { any: 1 }, type: "json" });
      assert.equal((await set("v", { kind: "variable", value: "text is JSON as well" })).asset.type, "json");
    });

    it("that is encrypted is never shown, stays so, and is masked where a job reads it", async () => {
      await set("v", { kind: "variable", value: "as it was before" });
      await set("v", { kind: "variable", value: "hunter2-hunter2", encrypted: true });
      assert.equal(await show("v"), undefined);
      assert.deepEqual(await read("variable", "v"), { value: "hunter2-hunter2", version: 2, secrets: ["hunter2-hunter2"] });
      await set("v", { kind: "variable", value: "hunter3-hunter3" });
      assert.equal(await show("v"), undefined);
      await assert.rejects(set("v", { kind: "variable", value: "x", encrypted: false }), { code: "CONFLICT", message: /delete it first/ });
      await set("n", { kind: "variable", value: { pin: 123456, list: ["first-text"] }, encrypted: true });
      assert.deepEqual((await read("variable", "n")).secrets, ['{"pin":123456,"list":["first-text"]}', '["first-text"]', "first-text"]);
    });
  });

  it("a credential has a user and a password, and only the password is masked", async () => {
    await set("db", { kind: "credential", value: { user: "ada", password: "correct-horse" } });
    assert.deepEqual(await read("credential", "db"), { value: { user: "ada", password: "correct-horse" }, version: 1, secrets: ["correct-horse"] });
    assert.equal(await show("db"), undefined);
    for (const value of ["x", { user: "", password: "p" }, { user: "u" }, { user: "u", password: 1 }, { user: "u", password: "p", more: 1 }])
      await assert.rejects(set("wrong", { kind: "credential", value: value as Json }), { code: "BAD_REQUEST" });
  });

  describe("a certificate", () => {
    it("is read with its chain and key, and shown without the key", async () => {
      const ca = await issue("CN=Test CA");
      const leaf = await issue("CN=www.example.com, O=Example", { issuer: ca, notAfter: Date.UTC(2030, 5, 1) });
      const { asset, warnings } = await set("www", { kind: "certificate", value: { certificate: leaf.certificate + ca.certificate, key: leaf.key } });
      assert.deepEqual([asset.subject, asset.notAfter, warnings], ["CN=www.example.com, O=Example", Date.UTC(2030, 5, 1), []]);
      const { value, secrets } = await read("certificate", "www");
      assert.deepEqual(value, {
        certificate: leaf.certificate + ca.certificate,
        key: leaf.key,
        subject: "CN=www.example.com, O=Example",
        notAfter: Date.UTC(2030, 5, 1),
      });
      assert.deepEqual(secrets, [leaf.key]);
      assert.deepEqual(await show("www"), { certificate: leaf.certificate + ca.certificate });
    });

    it("may come with its key in one file: no part of the key is taken for a part of the certificate", async () => {
      const one = await issue("CN=one");
      await set("one", { kind: "certificate", value: { certificate: `# notes\n${one.key}${one.certificate.replaceAll("\n", "\r\n")}` } });
      assert.deepEqual(await show("one"), { certificate: one.certificate });
      assert.deepEqual((await read("certificate", "one")).secrets, [one.key]);
    });

    it("is refused when it, its chain or its key don't fit", async () => {
      const [ca, other] = [await issue("CN=Test CA"), await issue("CN=other")];
      const leaf = await issue("CN=www", { issuer: ca });
      const refused = (value: Json, message: RegExp) => assert.rejects(set("no", { kind: "certificate", value }), { code: "BAD_REQUEST", message });
      await refused({ certificate: "nothing" }, /no certificate was found/);
      await refused({ certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }, /can't be read/);
      await refused({ certificate: leaf.certificate + other.certificate }, /isn't in order/);
      await refused({ certificate: ca.certificate + leaf.certificate }, /isn't in order/);
      await refused({ certificate: leaf.certificate, key: other.key }, /doesn't belong/);
      await refused({ certificate: leaf.certificate, key: "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----" }, /can't be read; give it as PEM/);
      await refused({ certificate: leaf.certificate, key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----" }, /isn't encrypted/);
      // As imposter: the same name, another key.
      await refused({ certificate: leaf.certificate + (await issue("CN=Test CA")).certificate }, /isn't in order/);
      const began = performance.now();
      await refused({ certificate: "-----BEGIN CERTIFICATE-----".repeat(38_000) }, /no certificate was found/);
      assert.ok(performance.now() - began < 10_000);
    });

    it("is watched: one that has expired is accepted with a warning, and those that soon do are named, the next one first", async () => {
      const day = 86_400_000;
      const now = access.clock.now();
      const ends = { old: now - day, soon: now + 20 * day, later: now + 60 * day };
      for (const [name, notAfter] of Object.entries(ends)) {
        const { certificate } = await issue(`CN=${name}`, { notAfter });
        const { warnings } = await set(name, { kind: "certificate", value: { certificate } });
        assert.equal(warnings.length, name === "later" ? 0 : 1);
      }
      const told = await access.assets.warnings();
      assert.equal(told.length, 2);
      assert.match(told[0] ?? "", /"old" in \/ has expired on 2026-01-14/);
      assert.match(told[1] ?? "", /"soon" in \/ expires on 2026-02-04/);
      await access.assets.delete({ scope: "/", name: "old" }, root);
      access.clock.advance(40 * day);
      assert.deepEqual(
        (await access.assets.warnings()).map((text) => /"(\w+)"/.exec(text)?.[1]),
        ["soon", "later"],
      );
    });
  });

  describe("a connection", () => {
    const value = { url: "https://crm.example.com", token: "t0ken-t0ken", pin: 123456 };

    it("fits its schema, keeps it, and shows what isn't secret in it", async () => {
      await assert.rejects(set("crm", { kind: "connection", value }), { code: "BAD_REQUEST", message: /needs a schema/ });
      await set("crm", { kind: "connection", value, schema: CRM });
      assert.deepEqual(await read("connection", "crm"), { value, version: 1, secrets: ["t0ken-t0ken", "123456", "123456"] });
      assert.deepEqual(await show("crm"), { url: "https://crm.example.com" });
      await set("crm", { kind: "connection", value: { ...value, token: "another" } });
      await assert.rejects(set("crm", { kind: "connection", value: { url: "https://crm.example.com" } }), {
        code: "BAD_REQUEST",
        message: /doesn't fit its schema.*token/,
      });
    });

    it("is refused with a schema that can't be understood, or whose references lead nowhere", async () => {
      const refused = (schema: object, message: RegExp) =>
        assert.rejects(set("no", { kind: "connection", value: { a: "x" }, schema: schema as never }), { code: "BAD_REQUEST", message });
      await refused({ type: "string" }, /object schema/);
      await refused({ type: "object", properties: { a: { $ref: "#/$defs/none" } } }, /leads nowhere/);
      await refused({ type: "object", properties: { a: { $dynamicRef: "#x" } } }, /leads nowhere/);
      await refused({ type: "object", properties: { a: { type: "string", pattern: "^(x+)+$" } }, patternProperties: { "(": {} } }, /regular expression/);
    });

    const schemas: [name: string, schema: object][] = [
      ["in a member", { properties: { a: { properties: { b: { writeOnly: true } } } } }],
      ["in a list", { properties: { a: { properties: { b: {} } }, list: { items: { format: "password" } } } }],
      ["behind a reference", { properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { properties: { b: { $ref: "#/$defs/b" } } }, b: { writeOnly: true } } }],
      ["in one branch of several", { anyOf: [{}, { properties: { a: { oneOf: [{ properties: { b: { writeOnly: true } } }] } } }] }],
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      ["under a condition", { if: {}, then: { properties: { a: { additionalProperties: { writeOnly: true } } } } }],
      ["by a pattern", { properties: { a: { patternProperties: { "^b$": { format: "password" } } } } }],
      ["as a whole", { writeOnly: true }],
      ["through a schema that holds itself", { properties: { a: { $ref: "#" }, b: { writeOnly: true } } }],
    ];
    for (const [name, schema] of schemas) {
      it(`hides what its schema calls secret ${name}`, () => {
        const { shown, secrets } = siftSecrets(schema as never, { a: { b: "hidden-text" }, list: ["hidden-text"], open: "seen" });
        assert.ok(secrets.includes("hidden-text"), JSON.stringify(secrets));
        if (name !== "as a whole") assert.match(JSON.stringify(shown), /seen/);
      });
    }
  });

  it("can't be taken from elsewhere: whoever declares one must see it, plain variables aside", async () => {
    const { certificate } = await issue("CN=www");
    await set("a", { kind: "credential", value: { user: "u", password: "p-p-p-p" } });
    await set("b", { kind: "certificate", value: { certificate } });
    await set("c", { kind: "connection", value: {}, schema: { type: "object" } });
    await set("d", { kind: "variable", value: "x", encrypted: true });
    await set("e", { kind: "variable", value: "x" });
    const author = actor("ada", { role: "author", scope: "/team" });
    for (const permissions of [{ credentials: ["a"] }, { certificates: ["b"] }, { connections: ["c"] }, { variables: ["e", "d"] }]) {
      await assert.rejects(access.assets.requireVisible(permissions, "/team", author), { code: "PERMISSION_DENIED", message: /could read the one in \// });
      await access.assets.requireVisible(permissions, "/team", root.actor);
    }
    await access.assets.requireVisible({ variables: ["e"], secrets: ["a"], setVariables: ["d"] }, "/team", author);
    await assert.rejects(show("e", author), { code: "ASSET_NOT_FOUND" });
  });

  it("are recorded at each reading, by name and version", async () => {
    await set("db", { kind: "credential", value: { user: "ada", password: "correct-horse" } });
    await set("v", { kind: "variable", value: 1 });
    await read("credential", "db");
    await read("variable", "v");
    const entries = await access.store.read.activity.list({ scopes: ["/"], limit: 50 });
    const reads = entries.filter((entry) => entry.operation.endsWith(".read"));
    assert.deepEqual(
      reads.map(({ operation, target, details }) => [operation, target, details]),
      [
        ["variable.read", "variable:v", { version: 1, job: "job_1" }],
        ["credential.read", "credential:db", { version: 1, job: "job_1" }],
      ],
    );
    assert.ok(!JSON.stringify(entries).includes("correct-horse"));
  });

  it("are refused when they would take long to look at, whatever their values and schemas are", async () => {
    const began = performance.now();
    const deep = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`) as Json;
    for (const kind of ["variable", "secret", "credential", "connection"] as const)
      await assert.rejects(set("deep", { kind, value: deep }), { code: "BAD_REQUEST", message: /nests too deep/ });
    const schema = { type: "object", additionalProperties: { anyOf: Array.from({ length: 10_000 }, () => ({ items: {} })) } };
    const value = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`m${i}`, [0]]));
    await assert.rejects(set("wide", { kind: "connection", value, schema }), { code: "BAD_REQUEST" });
    assert.throws(() => siftSecrets(schema, value), { code: "BAD_REQUEST", message: /make it simpler/ });
    assert.ok(performance.now() - began < 20_000);
  });

  it("take only what belongs to them", async () => {
    for (const given of [
      { kind: "secret", value: "x", type: "string" },
      { kind: "credential", value: { user: "u", password: "p" }, encrypted: true },
      { kind: "variable", value: 1, schema: {} },
    ] as GivenAsset[])
      await assert.rejects(set("x", given), { code: "BAD_REQUEST" });
    await assert.rejects(set("x", { kind: "secret", value: JSON.stringify(Array.from({ length: 3_000 }, (_, i) => `text-${i}`)) }), {
      code: "BAD_REQUEST",
      message: /at most 2000 can each be masked/,
    });
  });
});
