import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { skip } from "../support/skip.ts";
import { mountSmall } from "../support/small-disk.ts";
import { type CommandHome, commandHome } from "./command.ts";

describe("runwright backup and restore", function () {
  this.timeout(120_000);
  let home: CommandHome;
  let engine: EngineProcess;
  const at = (name: string) => join(home.path, name);
  const run = (...args: string[]) => home.run(args, { env: { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token } });

  const told = async <Details>(of: EngineProcess, operation: string) =>
    (await of.request<{ items: { actor: { kind: string }; details: Details }[] }>("GET", `/api/v1/activity?operation=${operation}`)).body.items;
  const backupsTold = () => told<{ records: string }>(engine, "engine.backup");

  before(async () => {
    home = await commandHome();
    await mkdir(at("data"));
    await mkdir(at("elsewhere"));
    await writeFile(at("passphrase"), "correct horse battery staple\n");
    await writeFile(at("wrong"), "another passphrase\n");
    engine = await startEngineProcess(at("data"), { RUNWRIGHT_RUNNERS: "1" });
    await engine.ready();
    await home.run(["asset", "set", "api"], { stdin: "hunter2-hunter2", env: { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token } });
    await engine.publish(
      "reads",
      "async ({ secrets, output }) => { const key = await secrets.get('api'); output({ length: key.length }); }",
      "permissions: { secrets: ['api'] },",
    );
    await engine.publish("waits", "async ({ waitFor, output }) => { output('before'); const { payload } = await waitFor('go'); output(payload); }");
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  it("moves an engine to another data directory: jobs that wait go on there, and assets can be read", async () => {
    const done = await engine.end((await engine.run("reads")).id);
    assert.equal(done.status, "completed");
    const waiting = await engine.run("waits");
    await engine.untilOutput(waiting.id, 1);
    await eventually("the job waits", async () => (await engine.request<{ status: string }>("GET", `/api/v1/jobs/${waiting.id}`)).body.status === "waiting");

    const written = await run("backup", at("a.backup"), "--passphrase-file", at("passphrase"));
    assert.equal(written.code, 0, written.stderr);
    assert.match(written.stderr, /The master key isn't in it.*fingerprint [0-9a-f]{16}/);
    assert.ok(!(await readFile(at("a.backup"))).includes(await readFile(at("data/master.key"))));
    const checked = await run("restore", at("a.backup"), "--check", "--passphrase-file", at("passphrase"), "--data", at("data"));
    assert.match(checked.stdout, /is whole/, checked.stderr);
    const restored = await run(
      "restore",
      at("a.backup"),
      "--passphrase-file",
      at("passphrase"),
      "--data",
      at("elsewhere/data"),
      "--master-key-file",
      at("data/master.key"),
    );
    assert.equal(restored.code, 0, restored.stderr);

    const other = await startEngineProcess(at("elsewhere/data"), { RUNWRIGHT_RUNNERS: "1" });
    try {
      await other.ready();
      assert.deepEqual((await other.request("GET", `/api/v1/jobs/${done.id}`)).body, (await engine.request("GET", `/api/v1/jobs/${done.id}`)).body);
      assert.equal((await other.end((await other.run("reads")).id)).status, "completed");
      assert.equal((await other.request("POST", "/api/v1/events/go", { payload: "on" })).status, 201);
      assert.equal((await other.end(waiting.id)).status, "completed");
      assert.deepEqual(await told(other, "engine.backup"), [], "the entry of the backup itself comes after what is in it");
      const restores = await told<{ file: string; records: string }>(other, "engine.restore");
      const records = (await backupsTold())[0]?.details.records;
      assert.deepEqual(
        restores.map(({ actor, details }) => [actor.kind, details.file, details.records]),
        [["local", "a.backup", records]],
      );
      assert.equal((await other.request<{ firstBroken: number | null }>("GET", "/api/v1/activity/verify")).body.firstBroken, null);
    } finally {
      await other.stop();
    }
    assert.equal((await backupsTold()).length, 1);
  });

  it("tells a wrong, a missing and a malformed master key apart before anything is written", async () => {
    assert.equal((await run("backup", at("b.backup"))).code, 0);
    await writeFile(at("other.key"), randomBytes(32).toString("base64"));
    await writeFile(at("short.key"), randomBytes(31).toString("base64"));
    const before = await readdir(home.path);
    const cases: [args: string[], said: RegExp][] = [
      [["--master-key-file", at("other.key")], /needs the master key with the fingerprint [0-9a-f]{16}, and this one has [0-9a-f]{16}.*MASTER_KEY_WRONG/],
      [["--master-key-file", at("short.key")], /must be 32 random bytes.*CONFIG_INVALID/],
      [["--master-key-file", at("no.key")], /there is no master key at .*no\.key.*MASTER_KEY_WRONG/],
      [[], /there is no master key at .*MASTER_KEY_WRONG/],
    ];
    for (const [args, said] of cases) {
      const { code, stderr } = await run("restore", at("b.backup"), "--data", at("new"), ...args);
      assert.equal(code, 1);
      assert.match(stderr, said);
      assert.deepEqual(await readdir(home.path), before);
    }
  });

  it("wants the passphrase in a file or on standard input, and says when it is the wrong one", async () => {
    const env = { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token };
    const stdin = "correct horse battery staple\n";
    assert.equal((await home.run(["backup", at("c.backup"), "--passphrase-file", "-"], { env, stdin })).code, 0);
    assert.equal((await home.run(["restore", at("c.backup"), "--check", "--passphrase-file", "-"], { env, stdin })).code, 0);
    assert.match((await run("restore", at("c.backup"), "--check", "--passphrase-file", at("wrong"))).stderr, /isn't the passphrase.*BACKUP_SEALED/);
    assert.match((await run("restore", at("c.backup"), "--check")).stderr, /encrypted with a passphrase.*BACKUP_SEALED/);
    assert.equal((await run("backup", at("d.backup"), "--passphrase", "visible")).code, 2);
  });

  it("is for administrators of all scopes alone", async () => {
    const made = await home.json(["token", "create", "narrow", "--role", "author"], { env: { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token } });
    const refused = await home.run(["backup", at("e.backup")], { env: { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: made.text ?? made.token } });
    assert.match(refused.stderr, /PERMISSION_DENIED/);
    assert.ok(!(await readdir(home.path)).some((name) => name.startsWith("e.backup")));
  });

  it("leaves nothing behind when the engine is killed in the middle, nor does the engine afterwards", async () => {
    const data = at("killed");
    await mkdir(data);
    const victim = await startEngineProcess(data, { RUNWRIGHT_RUNNERS: "1" });
    await victim.ready();
    await victim.publish("writes", "async ({ output }) => { for (let i = 0; i < 3000; i++) output('x'.repeat(2000) + i); }");
    await victim.end((await victim.run("writes")).id);
    const backup = home.run(["backup", at("f.backup")], { env: { RUNWRIGHT_URL: victim.url, RUNWRIGHT_TOKEN: victim.token } });
    await eventually("a copy is made", async () => (await readdir(join(data, "backup-work")).catch(() => [])).length > 0);
    await victim.kill();
    const { code, stderr } = await backup;
    assert.equal(code, 1);
    assert.match(stderr, /ENGINE_UNREACHABLE/);
    assert.ok(!(await readdir(home.path)).some((name) => name.startsWith("f.backup")));
    const again = await startEngineProcess(data, { RUNWRIGHT_RUNNERS: "1" });
    await again.ready();
    assert.ok(!(await readdir(data)).includes("backup-work"));
    assert.equal((await home.run(["backup", at("f.backup")], { env: { RUNWRIGHT_URL: again.url, RUNWRIGHT_TOKEN: again.token } })).code, 0);
    await again.stop();
  });

  it("says that a disk is full, and keeps nothing of it: where a backup goes, and where it is restored", async function () {
    const small = at("small");
    await mkdir(small);
    const mounted = mountSmall(small);
    if (!mounted) return skip(this, "this user can't mount a small file system; run as root to fill a disk");
    try {
      assert.equal((await run("backup", at("g.backup"))).code, 0);
      await writeFile(join(small, "ballast"), Buffer.alloc(295_000));
      const full = await run("backup", join(small, "g.backup"));
      assert.match(full.stderr, /DISK_FULL/);
      assert.deepEqual(await readdir(small), ["ballast"]);
      const restored = await run("restore", at("g.backup"), "--data", join(small, "data"), "--master-key-file", at("data/master.key"));
      assert.match(restored.stderr, /DISK_FULL/);
      assert.deepEqual(await readdir(small), ["ballast"]);
    } finally {
      mounted.unmount();
    }
  });

  it("is made of an engine whose own disk is nearly full only when the copy fits", async function () {
    const small = at("tight");
    await mkdir(small);
    const mounted = mountSmall(small, "16m");
    if (!mounted) return skip(this, "this user can't mount a small file system; run as root to fill a disk");
    try {
      const tight = await startEngineProcess(small, { RUNWRIGHT_RUNNERS: "1" });
      await tight.ready();
      const { stderr } = await home.run(["backup", at("h.backup")], { env: { RUNWRIGHT_URL: tight.url, RUNWRIGHT_TOKEN: tight.token } });
      assert.match(stderr, /DISK_FULL/);
      assert.equal((await tight.request("GET", "/readyz")).status, 200, "the engine goes on");
      await tight.stop();
    } finally {
      mounted.unmount();
    }
  });

  it("keeps the data directory that it replaces", async () => {
    assert.equal((await run("backup", at("i.backup"))).code, 0);
    await mkdir(at("used"));
    await copyFile(at("data/master.key"), at("used/master.key"));
    await (await startEngineProcess(at("used"), { RUNWRIGHT_RUNNERS: "1" })).stop();
    const args = ["restore", at("i.backup"), "--data", at("used"), "--master-key-file", at("data/master.key")];
    assert.match((await run(...args)).stderr, /DATA_EXISTS/);
    const { code, stderr } = await run(...args, "--replace");
    assert.equal(code, 0, stderr);
    const [aside = ""] = (await readdir(home.path)).filter((name) => name.startsWith("used.before_"));
    assert.ok((await readdir(at(aside))).includes("runwright.db"));
    assert.ok((await readdir(at("used"))).includes("master.key"));
  });
});
