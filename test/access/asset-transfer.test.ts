import assert from "node:assert/strict";
import { createAssetTransfer } from "../../engine/access/asset-transfer.ts";
import { seal } from "../../engine/access/cipher.ts";
import type { Json } from "../../engine/core/json.ts";
import { actor, callerOf, openAccess, root } from "./access.ts";
import { issue } from "./certificates.ts";

const key = Buffer.alloc(32, 5);
const header = '{"format":"test"}';
const CRM = { type: "object", properties: { url: { type: "string" }, token: { type: "string", writeOnly: true } } };

describe("export and import of assets", function () {
  this.timeout(60_000);
  type Access = Awaited<ReturnType<typeof openAccess>>;
  let from: Access;
  let to: Access;
  beforeEach(async () => {
    [from, to] = [await openAccess(), await openAccess()];
  });
  afterEach(async () => {
    await from[Symbol.asyncDispose]();
    await to[Symbol.asyncDispose]();
  });

  const transfer = ({ store, clock, assets }: Access) => createAssetTransfer({ store, clock, assets });
  const take = (sealed: Uint8Array, { dry = false, caller = root, over = key, under = header } = {}) =>
    transfer(to).import({ key: over, header: under, sealed, dry }, caller);
  /** A file that someone made who knows the passphrase. */
  const crafted = (content: unknown) => seal(key, Buffer.from(typeof content === "string" ? content : JSON.stringify(content)), `runwright assets ${header}`);
  const job = (scope: string) => ({ jobId: "job_1", scope, actor: root.actor, correlationId: "c" });

  async function fill({ assets }: Access) {
    const { certificate, key: privateKey } = await issue("CN=www");
    await assets.set({ scope: "/", name: "token", kind: "secret", value: "hunter2-hunter2" }, root);
    await assets.set({ scope: "/team", name: "db", kind: "credential", value: { user: "ada", password: "correct-horse" } }, root);
    await assets.set({ scope: "/team", name: "www", kind: "certificate", value: { certificate, key: privateKey } }, root);
    await assets.set({ scope: "/team/web", name: "crm", kind: "connection", value: { url: "u", token: "t0ken-t0ken" }, schema: CRM }, root);
    await assets.set({ scope: "/", name: "pin", kind: "variable", value: 123456, encrypted: true }, root);
    await assets.set({ scope: "/", name: "region", kind: "variable", value: "eu", type: "json" }, root);
  }

  it("carries everything over, says what it changes, and the second time nothing", async () => {
    await fill(from);
    const { sealed, items } = await transfer(from).export({ key, header }, root);
    assert.equal(items.length, 6);
    assert.ok(!Buffer.from(sealed).includes("hunter2"));
    assert.ok((await take(sealed, { dry: true })).every((item) => item.change === "created"));
    assert.deepEqual(await to.assets.list(root.actor), [], "dry");
    assert.equal((await take(sealed)).length, 6);
    for (const [kind, name, scope] of [
      ["secret", "token", "/"],
      ["credential", "db", "/team"],
      ["certificate", "www", "/team"],
      ["connection", "crm", "/team/web"],
      ["variable", "pin", "/"],
      ["variable", "region", "/"],
    ] as const)
      assert.deepEqual(await to.assets.read(kind, name, null, job(scope)), await from.assets.read(kind, name, null, job(scope)), name);
    const facts = async ({ assets }: Access) =>
      (await assets.list(root.actor)).map(({ name, type, encrypted, subject, notAfter }) => [name, type, encrypted, subject, notAfter]);
    assert.deepEqual(await facts(to), await facts(from));
    await to.assets.set({ scope: "/", name: "token", kind: "secret", value: "changed" }, root);
    const again = await take(sealed);
    assert.deepEqual(
      again.filter((item) => item.change !== "unchanged"),
      [{ kind: "secret", scope: "/", name: "token", change: "changed" }],
    );
    assert.equal((await to.assets.read("secret", "token", null, job("/"))).version, 3);
  });

  it("is in the activity log by name, never by value", async () => {
    await fill(from);
    const { sealed } = await transfer(from).export({ key, header, scope: "/team" }, root);
    await take(sealed);
    for (const [{ store }, operation] of [
      [from, "asset.export"],
      [to, "asset.import"],
    ] as const) {
      const entries = await store.read.activity.list({ scopes: ["/"], limit: 100 });
      const targets = entries.filter((entry) => entry.operation === operation).map((entry) => `${entry.target} ${entry.scope}`);
      assert.deepEqual(targets.sort(), ["certificate:www /team", "connection:crm /team/web", "credential:db /team"]);
      assert.doesNotMatch(JSON.stringify(entries), /hunter2|correct-horse|t0ken|PRIVATE/);
    }
  });

  it("is for administrators of the scopes concerned", async () => {
    await fill(from);
    const team = callerOf(actor("ada", { role: "admin", scope: "/team" }));
    const author = callerOf(actor("bob", { role: "author", scope: "/" }));
    assert.deepEqual((await transfer(from).export({ key, header }, team)).items.map((item) => item.name).sort(), ["crm", "db", "www"]);
    await assert.rejects(transfer(from).export({ key, header, scope: "/" }, team), { code: "PERMISSION_DENIED" });
    assert.deepEqual((await transfer(from).export({ key, header }, author)).items, []);
    const { sealed } = await transfer(from).export({ key, header }, root);
    for (const caller of [team, author]) await assert.rejects(take(sealed, { caller }), { code: "PERMISSION_DENIED" });
    assert.deepEqual(await to.assets.list(root.actor), []);
  });

  it("opens with the right passphrase and the whole file only", async () => {
    await fill(from);
    const { sealed } = await transfer(from).export({ key, header }, root);
    const wrong = { code: "BAD_REQUEST", message: /passphrase is wrong, or the file was altered \(nothing was changed\)/ };
    await assert.rejects(take(sealed, { over: Buffer.alloc(32, 6) }), wrong);
    await assert.rejects(take(sealed, { under: '{"format":"test","kdf":"weaker"}' }), wrong);
    for (const at of [0, 20, sealed.length - 1]) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await assert.rejects(take(changed), wrong);
    }
    for (const length of [0, 10, sealed.length - 1]) await assert.rejects(take(sealed.subarray(0, length)), wrong);
  });

  it("takes all or nothing", async () => {
    await fill(from);
    await to.assets.set({ scope: "/", name: "token", kind: "variable", value: "in the way" }, root);
    const { sealed } = await transfer(from).export({ key, header }, root);
    await assert.rejects(take(sealed), { code: "CONFLICT", message: /is a variable in \/, and a secret in the file/ });
    assert.equal((await to.assets.list(root.actor)).length, 1);
    const good = { scope: "/", name: "a-good-one", kind: "secret", value: "v" };
    await assert.rejects(take(crafted({ assets: [good, { ...good, name: "bad", value: 5 }] })), { code: "BAD_REQUEST" });
    assert.equal((await to.assets.list(root.actor)).length, 1);
  });

  const one = { scope: "/", name: "x", kind: "secret", value: "v" };
  const hostile: [what: string, content: unknown, code: string][] = [
    ["no JSON", "nothing", "BAD_REQUEST"],
    ["another shape", { assets: {} }, "BAD_REQUEST"],
    ["JSON that nests without end", "[".repeat(100_000), "BAD_REQUEST"],
    ["an unknown kind", { assets: [{ ...one, kind: "__proto__" }] }, "BAD_REQUEST"],
    ["an unknown member", { assets: [{ ...one, id: "ast_1" }] }, "BAD_REQUEST"],
    ["a scope that is none", { assets: [{ ...one, scope: "/../x" }] }, "SCOPE_INVALID"],
    ["a name that is none", { assets: [{ ...one, name: "a b" }] }, "BAD_REQUEST"],
    ["the same twice", { assets: [one, one] }, "BAD_REQUEST"],
    ["a value that is too large", { assets: [{ ...one, value: "x".repeat(1_100_000) }] }, "TOO_LARGE"],
    ["too many", { assets: Array.from({ length: 10_001 }, (_, i) => ({ ...one, name: `x${i}` })) }, "BAD_REQUEST"],
    [
      "a schema that can't be checked in time",
      {
        assets: [
          { ...one, kind: "connection", value: { a: `${"a".repeat(40)}!` } as Json, schema: { type: "object", properties: { a: { pattern: "^(a+)+$" } } } },
        ],
      },
      "BAD_REQUEST",
    ],
  ];
  for (const [what, content, code] of hostile) {
    it(`refuses a file that holds ${what}`, async () => {
      await assert.rejects(take(crafted(content)), { code });
      assert.deepEqual(await to.assets.list(root.actor), []);
    });
  }
});
