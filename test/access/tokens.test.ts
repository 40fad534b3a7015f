import assert from "node:assert/strict";
import { narrow } from "../../engine/access/authorize.ts";
import { ensureLocalAdmin } from "../../engine/access/bootstrap.ts";
import type { Grant } from "../../engine/core/role.ts";
import { actor, callerOf, openAccess, root } from "./access.ts";

type Access = Awaited<ReturnType<typeof openAccess>>;

describe("API tokens", () => {
  let access: Access;
  beforeEach(async () => {
    access = await openAccess();
  });
  afterEach(() => access[Symbol.asyncDispose]());

  const someone = (name: string, ...grants: Grant[]) => access.principals.create({ kind: "user", name, grants }, root);
  async function tokenFor(name: string, grants: Grant[], limits: { role?: Grant["role"]; scope?: string; expiresAt?: number } = {}) {
    const principal = await someone(name, ...grants);
    const request = { name: "laptop", principalId: principal.id, role: limits.role ?? null, scope: limits.scope ?? null, expiresAt: limits.expiresAt ?? null };
    return access.tokens.create(request, root);
  }

  it("tell who their holder is, and store no secret", async () => {
    const { text, token } = await tokenFor("ada", [{ role: "author", scope: "/prod" }]);
    const who = await access.tokens.authenticate(text);
    assert.deepEqual(
      { name: who.name, grants: who.grants, tokenId: who.tokenId },
      { name: "ada", grants: [{ role: "author", scope: "/prod" }], tokenId: token.id },
    );
    const stored = JSON.stringify(await access.store.read.principals.tokens());
    assert.ok(!stored.includes(text.slice(-43)));
    assert.ok(!JSON.stringify(token).includes("hash"));
  });

  for (const text of ["", "rwt_", "Bearer x", "rwt_01j9_short", `rwt_${"0".repeat(26)}_${"a".repeat(44)}`, "x".repeat(1_000_000)]) {
    it(`are refused as malformed: ${text.slice(0, 20) || "nothing"}`, async () => {
      await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_MALFORMED" });
    });
  }

  it("are refused when the secret is another one, as if the token didn't exist, even if it was revoked", async () => {
    const { text, token } = await tokenFor("ada", [{ role: "reader", scope: "/" }]);
    const guessed = text.slice(0, -43) + "A".repeat(43);
    await assert.rejects(access.tokens.authenticate(guessed), { code: "UNAUTHENTICATED" });
    await access.tokens.revoke(token.id, root);
    await assert.rejects(access.tokens.authenticate(guessed), { code: "UNAUTHENTICATED" });
    await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_REVOKED", message: /laptop.*login/s });
  });

  it("expire at their time, and say so", async () => {
    const { text } = await tokenFor("ada", [{ role: "reader", scope: "/" }], { expiresAt: access.clock.now() + 1_000 });
    await access.tokens.authenticate(text);
    access.clock.advance(1_000);
    await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_EXPIRED" });
  });

  it("end at once when this engine revokes them, and within two seconds when another one does", async () => {
    const { text, token } = await tokenFor("ada", [{ role: "reader", scope: "/" }]);
    await access.tokens.authenticate(text);
    await access.store.write((tx) => tx.principals.patchToken(token.id, { revokedAt: access.clock.now() }));
    access.clock.advance({ seconds: 2 });
    await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_REVOKED" });
  });

  it("lose what their principal loses", async () => {
    const principal = await someone("ada", { role: "admin", scope: "/prod" });
    const { text } = await access.tokens.create({ name: "t", principalId: principal.id, role: null, scope: null, expiresAt: null }, root);
    assert.deepEqual((await access.tokens.authenticate(text)).grants, [{ role: "admin", scope: "/prod" }]);
    await ensureLocalAdmin({ ...access, correlationId: "c" }, null);
    await access.principals.setGrants(principal.id, [{ role: "reader", scope: "/prod" }], root);
    assert.deepEqual((await access.tokens.authenticate(text)).grants, [{ role: "reader", scope: "/prod" }]);
    await access.principals.setDisabled(principal.id, "disabled", root);
    await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_REVOKED" });
  });

  it("never carry more than their principal has, nor more than they were given", () => {
    const grants: Grant[] = [
      { role: "admin", scope: "/prod" },
      { role: "reader", scope: "/" },
    ];
    assert.deepEqual(narrow(grants, "operator", "/prod/web"), [
      { role: "operator", scope: "/prod/web" },
      { role: "reader", scope: "/prod/web" },
    ]);
    assert.deepEqual(narrow(grants, null, "/dev"), [{ role: "reader", scope: "/dev" }]);
    assert.deepEqual(narrow([{ role: "admin", scope: "/prod" }], null, "/production"), []);
    assert.deepEqual(narrow(grants, "admin", null), grants);
  });

  it("can't be made for more than the maker holds", async () => {
    const boss = await someone("boss", { role: "admin", scope: "/" });
    const request = { name: "t", principalId: boss.id, role: null, scope: null, expiresAt: null };
    const prodAdmin = callerOf(actor("kim", { role: "admin", scope: "/prod" }));
    await assert.rejects(access.tokens.create(request, prodAdmin), { code: "PERMISSION_DENIED", message: /admin" at \/ .*kim|kim.*admin" at \// });
    await access.tokens.create({ ...request, scope: "/prod" }, prodAdmin);
    const author = callerOf(actor("lee", { role: "author", scope: "/" }));
    await assert.rejects(access.tokens.create({ ...request, role: "reader" }, author), { code: "PERMISSION_DENIED" });
    await assert.rejects(access.principals.create({ kind: "user", name: "x", grants: [{ role: "reader", scope: "/dev" }] }, prodAdmin), {
      code: "PERMISSION_DENIED",
    });
  });

  it("that could do nothing aren't made", async () => {
    await assert.rejects(tokenFor("ada", [{ role: "reader", scope: "/prod" }], { scope: "/dev" }), { code: "BAD_REQUEST" });
  });

  it("are listed to their owner and to whoever may revoke them", async () => {
    const { text } = await tokenFor("ada", [{ role: "reader", scope: "/prod" }]);
    const ada = await access.tokens.authenticate(text);
    await tokenFor("bob", [{ role: "reader", scope: "/dev" }]);
    assert.deepEqual(
      (await access.tokens.list(ada)).map((token) => token.principal),
      ["ada"],
    );
    assert.deepEqual(
      (await access.tokens.list(actor("kim", { role: "admin", scope: "/dev" }))).map((token) => token.principal),
      ["bob"],
    );
    assert.equal((await access.tokens.list(root.actor)).length, 2);
  });

  it("land in the activity log when they are made and revoked", async () => {
    const { token } = await tokenFor("ada", [{ role: "reader", scope: "/" }]);
    await access.tokens.revoke(token.id, root);
    await access.tokens.revoke(token.id, root);
    const entries = await access.store.read.activity.list({ scopes: ["/"], limit: 10 });
    assert.deepEqual(
      entries.map((entry) => [entry.operation, entry.actorName, entry.address, entry.result]),
      [
        ["token.revoke", "root", "192.0.2.1", "ok"],
        ["token.create", "root", "192.0.2.1", "ok"],
        ["principal.create", "root", "192.0.2.1", "ok"],
      ],
    );
    assert.deepEqual(await access.store.read.activity.verify(), { entries: 3, removed: 0, firstBroken: null });
  });
});

describe("the local administrator", () => {
  it("gets a token at first start, keeps it, and gets another when it is lost or revoked", async () => {
    await using access = await openAccess();
    const ensure = (known: string | null) => ensureLocalAdmin({ ...access, correlationId: "start" }, known);
    const first = await ensure(null);
    assert.ok(first);
    const who = await access.tokens.authenticate(first);
    assert.deepEqual([who.name, who.grants], ["admin", [{ role: "admin", scope: "/" }]]);
    assert.equal(await ensure(first), first);
    const second = await ensure("rubbish");
    assert.ok(second && second !== first);
    await access.tokens.revoke(String(who.tokenId), root);
    const third = await ensure(first);
    assert.ok(third && third !== first);
    assert.equal((await access.store.read.principals.list()).length, 1);
  });

  it("stays disabled when an administrator has disabled it, and the last administrator can't be removed", async () => {
    await using access = await openAccess();
    await ensureLocalAdmin({ ...access, correlationId: "start" }, null);
    const admin = await access.store.read.principals.byName("admin");
    assert.ok(admin);
    await assert.rejects(access.principals.setDisabled(admin.id, "disabled", root), { code: "CONFLICT" });
    await assert.rejects(access.principals.setGrants(admin.id, [], root), { code: "CONFLICT" });
    await access.principals.create({ kind: "user", name: "other", grants: [{ role: "admin", scope: "/" }] }, root);
    await access.principals.setDisabled(admin.id, "disabled", root);
    assert.equal(await ensureLocalAdmin({ ...access, correlationId: "start" }, null), null);
  });
});
