import assert from "node:assert/strict";
import type { Caller } from "../../engine/access/activity.ts";
import { ensureLocalAdmin } from "../../engine/access/bootstrap.ts";
import { MAX_ORIGINS } from "../../engine/access/found-token.ts";
import type { TokenRequest } from "../../engine/access/tokens.ts";
import { openAccess, root } from "./access.ts";

const FROM = { address: "192.0.2.9", correlationId: "sign-in" };
const DAY_MS = 86_400_000;

describe("sessions of browsers", () => {
  let access: Awaited<ReturnType<typeof openAccess>>;
  let adminToken: string;
  let admin: Caller;
  beforeEach(async () => {
    access = await openAccess();
    adminToken = String(await ensureLocalAdmin({ ...access, correlationId: "start" }, null));
    admin = await callerBy(adminToken);
  });
  afterEach(() => access[Symbol.asyncDispose]());

  const callerBy = async (token: string): Promise<Caller> => ({ actor: await access.tokens.authenticate(token), ...FROM });
  const grantsOf = async (token: string) => (await access.tokens.authenticate(token)).grants;
  const idOf = async (token: string) => String((await access.tokens.authenticate(token)).tokenId);
  const byLink = async (caller: Caller) => access.sessions.openByLink((await access.devices.link(caller)).code, FROM);
  const newToken = (fields: Partial<TokenRequest> = {}) =>
    access.tokens.create({ name: "t", principalId: admin.actor.id, role: null, scope: null, expiresAt: null, ...fields }, admin);

  it("begin with a link, once, and are recorded with who, from where and how", async () => {
    const { code, expiresAt } = await access.devices.link(admin);
    assert.equal(expiresAt, access.clock.now() + 600_000);
    const { text, name, expiresAt: end } = await access.sessions.openByLink(code, FROM);
    assert.deepEqual([name, end], ["admin", access.clock.now() + 7 * DAY_MS]);
    assert.deepEqual(await grantsOf(text), [{ role: "admin", scope: "/" }]);
    await assert.rejects(access.sessions.openByLink(code, FROM), { code: "LOGIN_EXPIRED" });
    const entries = await access.store.read.activity.list({ scopes: ["/"], limit: 10 });
    const [begun, linked] = entries.filter(({ operation }) => ["login.link", "session.begin"].includes(operation));
    assert.deepEqual([begun?.actorName, begun?.address, begun?.target], ["admin", "192.0.2.9", `token:${await idOf(text)}`]);
    const { expiresAt: _, ...details } = Object(begun?.details);
    assert.deepEqual(details, { by: "link", login: linked?.target.slice("login:".length), sessionOf: admin.actor.tokenId }, "a session names its link");
    assert.ok(!JSON.stringify(entries).includes(code) && !JSON.stringify(entries).includes(text));
  });

  it("are given to one of those who try a link at the same moment", async () => {
    const { code } = await access.devices.link(admin);
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => access.sessions.openByLink(code, FROM)));
    assert.equal(tries.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await access.store.read.principals.tokens()).filter(({ sessionOf }) => sessionOf !== null).length, 1);
  });

  it("aren't given for codes of devices, nor tokens for codes of links", async () => {
    const login = await access.devices.start({ clientName: "laptop", address: "192.0.2.9" });
    await access.devices.approve(login.userCode, admin);
    await assert.rejects(access.sessions.openByLink(login.deviceCode, FROM), { code: "LOGIN_EXPIRED" });
    await assert.rejects(access.sessions.openByLink(login.userCode, FROM), { code: "LOGIN_EXPIRED" });
    const { code } = await access.devices.link(admin);
    await assert.rejects(access.devices.poll(code, "192.0.2.9", "poll"), { code: "LOGIN_EXPIRED" });
    assert.ok((await access.sessions.openByLink(code, FROM)).text, "that has used nothing up");
  });

  it("have the rights of what they were made from, and its time when that is shorter", async () => {
    const expiresAt = access.clock.now() + 3_600_000;
    const narrow = await newToken({ role: "reader", scope: "/prod", expiresAt });
    for (const session of [await access.sessions.openByToken(narrow.text, FROM), await byLink(await callerBy(narrow.text))]) {
      assert.equal(session.expiresAt, expiresAt);
      assert.deepEqual(await grantsOf(session.text), [{ role: "reader", scope: "/prod" }]);
      const reader = await callerBy(session.text);
      await assert.rejects(access.tokens.create({ name: "w", principalId: admin.actor.id, role: null, scope: null, expiresAt: null }, reader), {
        code: "PERMISSION_DENIED",
      });
      const further = await byLink(reader);
      assert.deepEqual([await grantsOf(further.text), further.expiresAt], [[{ role: "reader", scope: "/prod" }], expiresAt]);
    }
  });

  it("don't begin with links whose maker's token was revoked, has expired, or whose maker was disabled", async () => {
    const revoked = await newToken();
    const short = await newToken({ expiresAt: access.clock.now() + 60_000 });
    const links = await Promise.all([revoked, short].map(async ({ text }) => access.devices.link(await callerBy(text))));
    await access.tokens.revoke(revoked.token.id, root);
    access.clock.advance({ minutes: 1 });
    for (const { code } of links) await assert.rejects(access.sessions.openByLink(code, FROM), { code: "LOGIN_EXPIRED" });
    await access.principals.create({ kind: "user", name: "eve", grants: [{ role: "admin", scope: "/" }] }, root);
    const { code } = await access.devices.link(admin);
    await access.principals.setDisabled(admin.actor.id, "disabled", root);
    await assert.rejects(access.sessions.openByLink(code, FROM), { code: "LOGIN_EXPIRED" });
  });

  for (const [what, end] of [
    ["the token that it was made from is revoked", (origin: string) => access.tokens.revoke(origin, root)],
    ["it is revoked itself", async (_: string, session: string) => access.tokens.revoke(await idOf(session), root)],
    ["it signs out", (_: string, session: string) => access.sessions.close(session, FROM)],
  ] as const) {
    it(`end at once, with all that was made from them, when ${what}`, async () => {
      const origin = await newToken();
      const session = await access.sessions.openByToken(origin.text, FROM);
      const further = await byLink(await callerBy(session.text));
      const login = await access.devices.start({ clientName: "laptop", address: "192.0.2.9" });
      await access.devices.approve(login.userCode, await callerBy(further.text));
      await end(origin.token.id, session.text);
      for (const { text } of [session, further]) await assert.rejects(access.tokens.authenticate(text), { code: "TOKEN_REVOKED" });
      await assert.rejects(access.devices.poll(login.deviceCode, "192.0.2.9", "poll"), { code: "LOGIN_EXPIRED" }, "what they have confirmed gives nothing");
      assert.ok(await access.tokens.authenticate(adminToken), "others go on");
    });
  }

  it("end when their principal is disabled, and when what they were made from is gone", async () => {
    const session = await access.sessions.openByToken(adminToken, FROM);
    await access.principals.create({ kind: "user", name: "eve", grants: [{ role: "admin", scope: "/" }] }, root);
    await access.principals.setDisabled(admin.actor.id, "disabled", root);
    await assert.rejects(access.tokens.authenticate(session.text), { code: "TOKEN_REVOKED" });
    await access.principals.setDisabled(admin.actor.id, "enabled", root);
    assert.ok(await access.tokens.authenticate(session.text));
    const orphan = await access.store.write((tx) =>
      access.tokens.insert(tx, { name: "x", principalId: admin.actor.id, role: null, scope: null, expiresAt: null, sessionOf: "tok_gone" }, "test"),
    );
    await assert.rejects(access.tokens.authenticate(orphan.text), { code: "UNAUTHENTICATED" });
  });

  it("aren't made from each other without end", async () => {
    let last = await access.sessions.openByToken(adminToken, FROM);
    for (let i = 1; i < MAX_ORIGINS; i++) last = await byLink(await callerBy(last.text));
    assert.ok(await access.tokens.authenticate(last.text), "the last one works");
    const { code } = await access.devices.link(await callerBy(last.text));
    await assert.rejects(access.sessions.openByLink(code, FROM), { code: "BAD_REQUEST", message: /make the link with a token/ });
    await assert.rejects(access.sessions.openByToken(last.text, FROM), { code: "BAD_REQUEST" });
  });

  it("and links are over when the clock jumps ahead, and a used link stays used when it jumps back", async () => {
    const start = access.clock.now();
    const [used, unused] = [await access.devices.link(admin), await access.devices.link(admin)];
    const session = await access.sessions.openByLink(used.code, FROM);
    access.clock.setWallClock(start + 7 * DAY_MS);
    await assert.rejects(access.tokens.authenticate(session.text), { code: "TOKEN_EXPIRED" });
    await assert.rejects(access.sessions.openByLink(unused.code, FROM), { code: "LOGIN_EXPIRED" });
    access.clock.setWallClock(start - DAY_MS);
    await assert.rejects(access.sessions.openByLink(used.code, FROM), { code: "LOGIN_EXPIRED" });
    const early = await access.sessions.openByToken(adminToken, FROM);
    assert.equal(early.expiresAt, start + 6 * DAY_MS);
  });

  it("are forgotten a month after they have expired", async () => {
    const old = await idOf((await access.sessions.openByToken(adminToken, FROM)).text);
    access.clock.advance({ days: 36 });
    await access.sessions.openByToken(adminToken, FROM);
    assert.ok(await access.store.read.principals.token(old));
    access.clock.advance({ days: 2 });
    await access.sessions.openByToken(adminToken, FROM);
    assert.equal(await access.store.read.principals.token(old), undefined);
  });

  it("can be signed out of after they have expired; what isn't a session isn't ended, and a wrong secret ends nothing", async () => {
    const session = await access.sessions.openByToken(adminToken, FROM);
    const id = await idOf(session.text);
    const wrong = `${session.text.slice(0, -43)}${"a".repeat(43)}`;
    for (const text of [wrong, adminToken, "nonsense", ""]) await access.sessions.close(text, FROM);
    assert.ok((await access.tokens.authenticate(session.text)) && (await access.tokens.authenticate(adminToken)));
    access.clock.advance({ days: 7 });
    await assert.rejects(access.tokens.authenticate(session.text), { code: "TOKEN_EXPIRED" });
    for (let i = 0; i < 2; i++) await access.sessions.close(session.text, FROM);
    assert.equal((await access.store.read.principals.token(id))?.revokedAt, access.clock.now());
    const ends = (await access.store.read.activity.list({ scopes: ["/"], limit: 20 })).filter(({ operation }) => operation === "session.end");
    assert.deepEqual(
      ends.map(({ actorName, address, target }) => [actorName, address, target]),
      [["admin", "192.0.2.9", `token:${id}`]],
    );
  });
});
