import assert from "node:assert/strict";
import { readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { masterKeyOf, openMasterKey } from "../../engine/access/master-key.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { actor, callerOf, openAccess, root } from "./access.ts";

describe("assets", () => {
  let access: Awaited<ReturnType<typeof openAccess>>;
  beforeEach(async () => {
    access = await openAccess();
  });
  afterEach(() => access[Symbol.asyncDispose]());

  const job = (scope: string) => ({ jobId: "job_1", scope, actor: actor("op", { role: "operator", scope: "/" }), correlationId: "c" });
  const set = (scope: string, name: string, value: string) => access.assets.set({ scope, name, kind: "secret", value }, root);

  it("are read from the nearest scope upwards, and by pinned version", async () => {
    await set("/", "token", "root-1");
    await set("/prod", "token", "prod-1");
    await set("/prod", "token", "prod-2");
    assert.deepEqual(await access.assets.read("secret", "token", null, job("/prod/web")), { value: "prod-2", version: 2, secrets: ["prod-2"] });
    assert.deepEqual(await access.assets.read("secret", "token", 1, job("/prod")), { value: "prod-1", version: 1, secrets: ["prod-1"] });
    assert.deepEqual(await access.assets.read("secret", "token", null, job("/dev")), { value: "root-1", version: 1, secrets: ["root-1"] });
    await assert.rejects(access.assets.read("secret", "token", 9, job("/prod")), { code: "ASSET_NOT_FOUND" });
    await assert.rejects(access.assets.read("secret", "other", null, job("/prod")), { code: "ASSET_NOT_FOUND" });
    await assert.rejects(access.assets.read("variable", "token", null, job("/prod")), { code: "ASSET_NOT_FOUND" });
  });

  it("may be declared only by who sees them: in the runbook's own scope and in all above it, whichever is nearer", async () => {
    await set("/", "token", "root-1");
    await set("/team", "token", "team-1");
    await set("/team", "own", "team-2");
    await set("/other", "elsewhere", "other-1");
    await access.assets.set({ scope: "/", name: "shown", kind: "variable", value: 1 }, root);
    const author = actor("ada", { role: "author", scope: "/team" });
    const visible = (names: string[], scope: string, who = author) => access.assets.requireVisible({ secrets: names, variables: names }, scope, who);
    const denied = {
      code: "PERMISSION_DENIED",
      message: /secret "token" could read the one in \/, where ada needs the role "reader" and has author at \/team/,
    };
    await assert.rejects(visible(["own", "token"], "/team/web"), denied);
    await visible(["own", "elsewhere", "shown", "not-there"], "/team/web");
    await visible([], "/team");
    await visible(["token"], "/team", actor("eve", { role: "author", scope: "/team" }, { role: "reader", scope: "/" }));
    await assert.rejects(visible(["own"], "/team/web", actor("bob", { role: "author", scope: "/team/web" })), /secret "own" could read the one in \/team/);
    await access.assets.delete({ scope: "/", name: "token" }, root);
    await visible(["token"], "/team");
  });

  it("keep variables as JSON, and the values of both kinds sealed", async () => {
    await access.assets.set({ scope: "/", name: "limits", kind: "variable", value: { max: 3, names: ["plain-text-here"] } }, root);
    assert.deepEqual((await access.assets.read("variable", "limits", null, job("/prod"))).value, { max: 3, names: ["plain-text-here"] });
    const row = await access.store.read.assets.anyVersion();
    assert.ok(row && !Buffer.from(row.ciphertext).includes("plain-text-here"));
  });

  it("record each reading of a secret before it is handed out, by name only", async () => {
    await set("/", "token", "hunter2-value");
    await access.assets.read("secret", "token", null, job("/"));
    const [entry] = await access.store.read.activity.list({ scopes: ["/"], limit: 5 });
    assert.deepEqual([entry?.operation, entry?.target, entry?.actorName, entry?.details], ["secret.read", "secret:token", "op", { version: 1, job: "job_1" }]);
    assert.ok(!JSON.stringify(await access.store.read.activity.list({ scopes: ["/"], limit: 50 })).includes("hunter2"));
  });

  it("are changed by authors of their scope only", async () => {
    const author = callerOf(actor("kim", { role: "author", scope: "/prod" }));
    await access.assets.set({ scope: "/prod/web", name: "a", kind: "secret", value: "v" }, author);
    await assert.rejects(access.assets.set({ scope: "/", name: "a", kind: "secret", value: "v" }, author), {
      code: "PERMISSION_DENIED",
      message: /"author" at \//,
    });
    await set("/", "b", "v");
    await assert.rejects(access.assets.delete({ scope: "/", name: "b" }, author), { code: "PERMISSION_DENIED" });
    assert.deepEqual(
      (await access.assets.list(author.actor)).map((asset) => asset.name),
      ["a"],
    );
  });

  it("are gone with all their values when they are deleted, and a name can be used again", async () => {
    await set("/", "token", "one");
    await access.assets.delete({ scope: "/", name: "token" }, root);
    await assert.rejects(access.assets.read("secret", "token", null, job("/")), { code: "ASSET_NOT_FOUND" });
    assert.equal(await access.store.read.assets.anyVersion(), undefined);
    await access.assets.set({ scope: "/", name: "token", kind: "variable", value: 1 }, root);
    await assert.rejects(set("/", "token", "x"), { code: "CONFLICT" });
  });

  it("refuse names and values that don't fit", async () => {
    for (const name of ["", "1a", "a b", "a/b", "a".repeat(129)]) await assert.rejects(set("/", name, "v"), { code: "BAD_REQUEST" });
    await assert.rejects(set("/", "big", "x".repeat(1_048_577)), { code: "TOO_LARGE" });
    await assert.rejects(access.assets.set({ scope: "/", name: "n", kind: "secret", value: 5 }, root), { code: "BAD_REQUEST" });
  });

  it("keep five versions of a value for jobs that have pinned them", async () => {
    for (let i = 1; i <= 7; i++) await set("/", "token", `value-${i}`);
    assert.equal((await access.assets.read("secret", "token", 3, job("/"))).value, "value-3");
    await assert.rejects(access.assets.read("secret", "token", 2, job("/")), { code: "ASSET_NOT_FOUND" });
  });
});

describe("what is sealed", () => {
  const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 1))));

  it("opens with the same key and context only", () => {
    const { wrapped, key } = sealer.newKey();
    const sealed = key.seal("häl\u0000lo", "job 1");
    assert.equal(sealer.unwrap(wrapped).open(sealed, "job 1"), "häl\u0000lo");
    assert.throws(() => key.open(sealed, "job 2"), { code: "DATABASE_DAMAGED" });
    assert.throws(() => sealer.newKey().key.open(sealed, "job 1"), { code: "DATABASE_DAMAGED" });
    assert.throws(() => createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 2)))).unwrap(wrapped), { code: "MASTER_KEY_WRONG" });
  });

  it("doesn't open when any byte was changed or cut off", () => {
    const { key } = sealer.newKey();
    const sealed = key.seal("value", "c");
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.throws(() => key.open(changed, "c"), { code: "DATABASE_DAMAGED" });
      assert.throws(() => key.open(sealed.subarray(0, i), "c"), { code: "DATABASE_DAMAGED" });
    }
  });
});

describe("the master key", () => {
  let directory: TemporaryDirectory;
  let store: Store;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    store = await openStore("memory:");
  });
  afterEach(async () => {
    await store.stop();
    await directory.remove();
  });
  const file = () => ({ kind: "file" as const, path: join(directory.path, "master.key") });

  it("is made at first start, readable by its owner only, and found again", async () => {
    const first = await openMasterKey({ store, source: file() });
    assert.equal((await stat(file().path)).mode & 0o777, 0o600);
    const again = await openMasterKey({ store, source: file() });
    assert.deepEqual(again.derive("x"), first.derive("x"));
    assert.notDeepEqual(first.derive("x"), first.derive("y"));
  });

  it("may come as text or from a command", async () => {
    const made = await openMasterKey({ store, source: file() });
    const text = await readFile(file().path, "utf8");
    const fromText = await openMasterKey({ store, source: { kind: "text", text, name: "RUNWRIGHT_MASTER_KEY" } });
    const fromCommand = await openMasterKey({ store, source: { kind: "command", argv: ["cat", file().path] } });
    assert.deepEqual([fromText.derive("x"), fromCommand.derive("x")], [made.derive("x"), made.derive("x")]);
    await assert.rejects(openMasterKey({ store, source: { kind: "command", argv: ["false"] } }), { code: "CONFIG_INVALID" });
  });

  it("isn't made anew when it is missing, and a wrong one changes nothing", async () => {
    const made = await openMasterKey({ store, source: file() });
    const right = await readFile(file().path);
    await writeFile(file().path, Buffer.alloc(32, 9).toString("base64"));
    await assert.rejects(openMasterKey({ store, source: file() }), { code: "MASTER_KEY_WRONG", message: /original key/ });
    await unlink(file().path);
    await assert.rejects(openMasterKey({ store, source: file() }), { code: "MASTER_KEY_WRONG", message: /missing/ });
    await assert.rejects(stat(file().path), { code: "ENOENT" });
    await writeFile(file().path, right);
    assert.deepEqual((await openMasterKey({ store, source: file() })).derive("x"), made.derive("x"));
  });

  for (const text of ["", "c2hvcnQ=", "x".repeat(44), Buffer.alloc(33).toString("base64")]) {
    it(`is refused when it isn't 32 bytes: "${text.slice(0, 12)}", ${text.length} characters`, async () => {
      await assert.rejects(openMasterKey({ store, source: { kind: "text", text, name: "RUNWRIGHT_MASTER_KEY" } }), {
        code: "CONFIG_INVALID",
        message: /RUNWRIGHT_MASTER_KEY.*32/,
      });
    });
  }
});
