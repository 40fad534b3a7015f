import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCutOff, finishCutOff } from "../../engine/backup/cut-off.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { lockDirectory } from "../../engine/store/restore.ts";
import { type CommandHome, commandHome } from "./command.ts";

const POWER_CUT = fileURLToPath(new URL("power-cut.mjs", import.meta.url));

describe("a restore that is killed between putting the old directory aside and moving the new one in", function () {
  this.timeout(120_000);
  let origin: CommandHome;
  let home: CommandHome;
  const at = (name: string) => join(home.path, name);
  const data = () => at(".runwright");
  const beside = async (part: string) => (await readdir(home.path)).filter((name) => name.startsWith(part));

  /** An engine whose backup has been restored over it, but for the last step. */
  before(async () => {
    origin = await commandHome();
    const engine = await origin.serve();
    assert.equal((await origin.run(["backup", "a.backup"])).code, 0);
    await engine.stop();
    await writeFile(join(origin.path, ".runwright/config.yaml"), "runners: 1\n", { mode: 0o600 });
    const cut = await origin.run(["restore", "a.backup", "--replace"], { env: { NODE_OPTIONS: `--import=${POWER_CUT}` } });
    assert.equal(cut.code, null, cut.stderr);
    assert.ok(!(await readdir(origin.path)).includes(".runwright"));
  });
  after(() => origin.remove());
  beforeEach(async () => {
    home = await commandHome();
    await cp(origin.path, home.path, { recursive: true });
  });
  afterEach(() => home.remove());

  it("is told by doctor, which changes nothing, and finished by the engine's next start, with the settings that come with it", async () => {
    const before = (await readdir(home.path)).sort();
    const { healthy, findings } = await home.json(["doctor"]);
    assert.equal(healthy, false);
    assert.equal(findings.length, 1);
    assert.match(
      findings[0].found,
      /cut off before its last step: what it restored lies whole in .*\.restore-[0-9a-f]{12}, what was there before in .*before_/,
    );
    assert.match(findings[0].advice, /start the engine/);
    assert.deepEqual((await readdir(home.path)).sort(), before);

    const engine = await home.serve();
    const restores = await home.json(["activity", "list", "--operation", "engine.restore"]);
    assert.equal(restores.length, 1);
    const { stderr } = await engine.stop();
    assert.match(stderr, /had been cut off before its last step, which was done now\. What was there before lies in .*\.before_/);
    assert.equal(await readFile(join(data(), "config.yaml"), "utf8"), "runners: 1\n");
    const [aside = ""] = await beside(".runwright.before_");
    assert.ok((await readdir(at(aside))).includes("runwright.db"));
    for (const rest of ["..runwright.restor", ".runwright.restor"]) assert.deepEqual(await beside(rest), []);
    assert.ok(!(await home.json(["doctor"])).findings.some(({ check }: { check: string }) => check === "restore"));
  });

  it("is finished before another restore, which then finds a directory that holds data", async () => {
    const refused = await home.run(["restore", "a.backup"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /was done now.*\n.*DATA_EXISTS/);
    assert.equal((await home.run(["restore", "a.backup", "--replace"])).code, 0);
    assert.equal((await beside(".runwright.before_")).length, 2);
  });

  it("is finished over an empty directory that has come meanwhile, and through a link", async () => {
    await mkdir(data());
    assert.equal((await finishCutOff(data()))?.directory, data());
    assert.ok((await readdir(data())).includes("runwright.db"));
    assert.equal(await finishCutOff(data()), undefined, "once");

    const linked = await commandHome();
    try {
      await cp(origin.path, linked.path, { recursive: true });
      await symlink(join(linked.path, ".runwright"), at("link"));
      assert.equal((await finishCutOff(at("link")))?.directory, join(linked.path, ".runwright"));
      assert.ok((await readdir(at("link"))).includes("runwright.db"));
    } finally {
      await linked.remove();
    }
  });

  it("stays as it is where something else has taken its place, and doctor says what to do", async () => {
    await mkdir(data(), { mode: 0o700 });
    await writeFile(join(data(), "config.yaml"), "runners: 2\n", { mode: 0o600 });
    assert.equal(await finishCutOff(data()), undefined);
    assert.deepEqual(await readdir(data()), ["config.yaml"]);
    const { findings } = await home.json(["doctor"], { env: { RUNWRIGHT_PORT: "0" } });
    const [told] = findings.filter(({ check }: { check: string }) => check === "restore");
    assert.deepEqual([told?.state, /something else is in its place by now/.test(told?.found)], ["warning", true]);
  });

  it("isn't finished by others while it is still at it", async () => {
    const [aside = ""] = await beside(".runwright.before_");
    const lock = lockDirectory(at(aside));
    try {
      await assert.rejects(finishCutOff(data()), (error) => isRunwrightError(error, "DATABASE_LOCKED"));
    } finally {
      lock.release();
    }
    assert.deepEqual(await beside(".runwright").then((names) => names.filter((name) => name === ".runwright")), []);
  });

  it("is none when the mark was written and the old directory hadn't been moved yet: doctor tells what is left", async () => {
    const [aside = ""] = await beside(".runwright.before_");
    await rename(at(aside), data());
    assert.equal(await findCutOff(data()), undefined);
    const { findings } = await home.json(["doctor"], { env: { RUNWRIGHT_PORT: "0" } });
    const [told] = findings.filter(({ check }: { check: string }) => check === "restore");
    assert.match(told?.found, /ended before it had checked all, and has left .*\.restore-[0-9a-f]{12}: records in the clear/);
  });

  it("is never looked for where its mark doesn't say a name", async () => {
    const [mark = ""] = await beside("..runwright.restoring");
    const staging = (await beside("..runwright.restore-"))[0];
    for (const text of [
      "",
      "{",
      "null",
      '{"staging":"../x","aside":"y"}',
      `{"staging":"${staging}","aside":"../${staging}"}`,
      `{"staging":"${staging}","aside":".."}`,
    ]) {
      await writeFile(at(mark), text);
      assert.equal(await findCutOff(data()), undefined, text);
    }
    await rm(at(mark));
    assert.equal(await findCutOff(data()), undefined);
  });
});
