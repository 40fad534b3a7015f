import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { type CommandHome, commandHome } from "./command.ts";

const RUNBOOKS = fileURLToPath(new URL("../../runbooks/backup", import.meta.url));
const ASKS = "async ({ engine, output }) => output(await engine.backup())";

describe("backups that the engine makes by itself", function () {
  this.timeout(120_000);
  let home: CommandHome;
  let engine: EngineProcess;
  const at = (name: string) => join(home.path, name);
  const env = () => ({ RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token });
  const backups = async () => (await readdir(at("backups"))).sort();
  const end = async (name: string) => engine.end((await engine.run(name)).id);

  before(async () => {
    home = await commandHome();
    for (const folder of ["data", "backups"]) await mkdir(at(folder));
    await writeFile(at("backup.key"), `${"5".repeat(64)}\n`, { mode: 0o600 });
    engine = await startEngineProcess(at("data"), {
      ...{ RUNWRIGHT_RUNNERS: "1", RUNWRIGHT_BACKUP_FOLDER: at("backups"), RUNWRIGHT_BACKUP_KEEP: "2" },
      RUNWRIGHT_BACKUP_KEY_FILE: at("backup.key"),
    });
    await engine.ready();
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  it("are made by the runbook and its schedule as they come: encrypted, restored, compared, and only so many", async () => {
    const applied = await home.run(["apply", "-f", RUNBOOKS, "--yes"], { env: env() });
    assert.equal(applied.code, 0, applied.stderr);
    await writeFile(at("backups/notes.txt"), "mine");
    await writeFile(at("backups/runwright-20200101T000000000Z.backup.00ff.part"), "left by a crash");
    await writeFile(at("backups/runwright-20200101T000000000Z.backup"), "the oldest");
    await writeFile(at("backups/runwright-20210101T000000000Z.backup"), "old");
    const job = await end("backup");
    assert.equal(job.status, "completed", job.error?.message ?? "");
    const [newest, ...others] = (await backups()).filter((name) => name.endsWith(".backup")).reverse();
    assert.deepEqual(others, ["runwright-20210101T000000000Z.backup"]);
    assert.deepEqual(
      (await backups()).filter((name) => !name.endsWith(".backup")),
      ["notes.txt"],
    );

    const checked = await home.json(["restore", at(`backups/${newest}`), "--check", "--key-file", at("backup.key"), "--data", at("data")]);
    assert.deepEqual([checked.whole, checked.proven], [true, true]);
    const { body } = await engine.request<{ items: { actor: unknown; details: { job: string; file: string; encrypted: boolean } }[] }>(
      "GET",
      "/api/v1/activity?operation=engine.backup",
    );
    assert.deepEqual([body.items[0]?.details.job, body.items[0]?.details.file, body.items[0]?.details.encrypted], [job.id, newest, true]);
  });

  it("are refused to runbooks that don't declare it, and to people who don't administer everything", async () => {
    const before = await backups();
    await engine.publish("undeclared", ASKS);
    const undeclared = await end("undeclared");
    assert.deepEqual([undeclared.status, undeclared.failureCode], ["failed", "permission_denied"]);
    await engine.publish("declared", ASKS, 'permissions: { engine: ["backup"] },');
    const made = await home.json(["token", "create", "narrow", "--role", "operator"], { env: env() });
    const run = await home.run(["run", "declared", "--wait", "--json"], { env: { ...env(), RUNWRIGHT_TOKEN: made.text ?? made.token } });
    const job = JSON.parse(run.stdout);
    assert.equal(job.status, "failed");
    assert.match(JSON.stringify(job.error), /PERMISSION_DENIED|may not/);
    assert.deepEqual(await backups(), before);
  });

  it("take nothing that a runbook says: neither a place nor a name", async () => {
    await engine.publish(
      "says",
      "async ({ engine, output }) => output(await engine.backup({ file: '../../x', folder: '/tmp' }))",
      'permissions: { engine: ["backup"] },',
    );
    const job = await end("says");
    assert.equal(job.status, "completed", job.error?.message ?? "");
    assert.deepEqual(
      (await backups()).filter((name) => !/^(runwright-\d{8}T\d{9}Z\.backup|notes\.txt)$/.test(name)),
      [],
    );
  });

  it("fail with advice where no folder is named", async () => {
    await mkdir(at("bare"));
    const bare = await startEngineProcess(at("bare"), { RUNWRIGHT_RUNNERS: "1" });
    try {
      await bare.ready();
      await bare.publish("declared", ASKS, 'permissions: { engine: ["backup"] },');
      const job = await bare.end((await bare.run("declared")).id);
      assert.match(job.error?.message ?? "", /no folder for backups: set backupFolder/);
    } finally {
      await bare.stop();
    }
  });
});
