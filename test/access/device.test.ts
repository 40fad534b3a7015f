import assert from "node:assert/strict";
import type { Caller } from "../../engine/access/activity.ts";
import { ensureLocalAdmin } from "../../engine/access/bootstrap.ts";
import { openAccess, root } from "./access.ts";

describe("sign-in by device code", () => {
  let access: Awaited<ReturnType<typeof openAccess>>;
  let admin: Caller;
  beforeEach(async () => {
    access = await openAccess();
    const token = await ensureLocalAdmin({ ...access, correlationId: "start" }, null);
    admin = { actor: await access.tokens.authenticate(String(token)), address: "127.0.0.1", correlationId: "confirm" };
  });
  afterEach(() => access[Symbol.asyncDispose]());

  const start = () => access.devices.start({ clientName: "runwright on laptop", address: "192.0.2.9" });
  const poll = (code: string) => access.devices.poll(code, "192.0.2.9", "poll");

  it("gives a token with the rights of whoever confirmed it, once", async () => {
    const login = await start();
    assert.match(login.userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    await assert.rejects(poll(login.deviceCode), { code: "LOGIN_PENDING" });
    assert.equal((await access.devices.show(login.userCode)).address, "192.0.2.9");
    await access.devices.approve(login.userCode.toLowerCase().replace("-", " "), admin);
    access.clock.advance({ seconds: 5 });
    const { token, principal } = await poll(login.deviceCode);
    assert.equal(principal, "admin");
    assert.deepEqual((await access.tokens.authenticate(token)).grants, [{ role: "admin", scope: "/" }]);
    access.clock.advance({ seconds: 5 });
    await assert.rejects(poll(login.deviceCode), { code: "LOGIN_EXPIRED" });
    await assert.rejects(access.devices.approve(login.userCode, admin), { code: "LOGIN_EXPIRED" });
  });

  it("gives no more than the token that confirmed it: role, scope and time", async () => {
    const expiresAt = access.clock.now() + 3_600_000;
    const narrow = await access.tokens.create({ name: "n", principalId: admin.actor.id, role: "reader", scope: "/prod", expiresAt }, admin);
    const reader = { ...admin, actor: await access.tokens.authenticate(narrow.text) };
    const login = await start();
    await access.devices.approve(login.userCode, reader);
    const { token } = await poll(login.deviceCode);
    const who = await access.tokens.authenticate(token);
    assert.deepEqual(who.grants, [{ role: "reader", scope: "/prod" }]);
    assert.equal((await access.store.read.principals.token(String(who.tokenId)))?.expiresAt, expiresAt);
  });

  it("gives nothing when the confirming token was revoked in between", async () => {
    const other = await access.tokens.create({ name: "n", principalId: admin.actor.id, role: null, scope: null, expiresAt: null }, admin);
    const login = await start();
    await access.devices.approve(login.userCode, { ...admin, actor: await access.tokens.authenticate(other.text) });
    await access.tokens.revoke(other.token.id, root);
    await assert.rejects(poll(login.deviceCode), { code: "LOGIN_EXPIRED" });
  });

  it("can be denied, expires after ten minutes, and asks impatient programs to slow down", async () => {
    const denied = await start();
    await access.devices.deny(denied.userCode, admin);
    await assert.rejects(poll(denied.deviceCode), { code: "LOGIN_DENIED" });
    await assert.rejects(poll(denied.deviceCode), { code: "RATE_LIMITED" });
    const late = await start();
    access.clock.advance({ minutes: 10 });
    await assert.rejects(access.devices.approve(late.userCode, admin), { code: "LOGIN_EXPIRED" });
    await assert.rejects(poll(late.deviceCode), { code: "LOGIN_EXPIRED" });
    await assert.rejects(poll("guessed"), { code: "LOGIN_EXPIRED" });
  });
});
