import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installEngine, type ServiceParts, showEngine, uninstallEngine } from "../../engine/cli/systemd/installation.ts";
import { engineUnit, UNIT, type UnitParts } from "../../engine/cli/systemd/unit.ts";
import { writableOf } from "../../engine/cli/systemd/writable.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { commandHome } from "./command.ts";

const command = [process.execPath, "/opt/run wright/50%/$HOME/runwright.mjs", "serve"];
const UNITS: [name: string, unit: UnitParts][] = [
  ["of a user that systemd makes", { manager: "system", command, data: "/var/lib/runwright", writable: [], runAs: "dynamic" }],
  ["of root", { manager: "system", command, data: "/srv/run $wright", writable: ["/mnt/back ups"], runAs: "root" }],
  ["of a named user", { manager: "system", command, data: "/srv/runwright", writable: [], runAs: "runwright" }],
  ["of a person", { manager: "user", command, data: "/home/ada/.local/share/runwright", writable: [], runAs: "dynamic" }],
];

describe("runwright service", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  for (const [name, unit] of UNITS) {
    it(`writes a unit ${name} that systemd accepts without a word`, async function () {
      const file = join(directory.path, UNIT);
      await writeFile(file, engineUnit(unit));
      const mode = unit.manager === "user" ? ["--user"] : [];
      const env = { PATH: process.env.PATH, LC_ALL: "C", XDG_RUNTIME_DIR: directory.path, HOME: directory.path };
      const { error, status, stderr, stdout } = spawnSync("systemd-analyze", ["verify", "--man=no", ...mode, file], { encoding: "utf8", env });
      if (error) return skip(this, "systemd-analyze isn't installed here");
      const said = `${stdout}${stderr}`
        .split("\n")
        .filter((line) => line.includes(UNIT) && !/is not executable: No such file/.test(line))
        .join("\n");
      assert.equal(said, "");
      assert.ok(status === 0 || /not executable/.test(stderr), stderr);
    });

    it(`keeps the walls of runners possible in a unit ${name}`, () => {
      const settings = engineUnit(unit)
        .split("\n")
        .filter((line) => !line.startsWith("#"));
      for (const wall of [
        "RestrictNamespaces",
        "ProtectKernelTunables",
        "ProtectProc",
        "ProcSubset",
        "PrivateUsers",
        "MemoryDenyWriteExecute",
        "ProtectKernelLogs",
      ])
        assert.ok(!settings.some((line) => line.startsWith(wall)), wall);
      const filter = settings.find((line) => line.startsWith("SystemCallFilter="));
      assert.ok(filter === undefined || filter.includes("@mount"));
      assert.ok(settings.includes("NoNewPrivileges=yes"));
    });
  }

  describe("with a systemd", () => {
    let asked: string[];
    let given: string[];
    let parts: ServiceParts;
    beforeEach(() => {
      asked = [];
      given = [];
      parts = {
        manager: "system",
        unitFile: join(directory.path, "system", UNIT),
        bootedDirectory: directory.path,
        isRoot: true,
        give: async (path, user) => void given.push(`${path} to ${user}`),
        systemctl: async (...args) => {
          asked.push(args.join(" "));
          return "active\n";
        },
      };
    });
    const unit: UnitParts = { manager: "system", command, data: "/var/lib/runwright", writable: [], runAs: "dynamic" };

    it("installs, does nothing the second time, shows and uninstalls", async () => {
      await installEngine(parts, unit);
      assert.deepEqual(asked, ["daemon-reload", `enable ${UNIT}`, `restart ${UNIT}`]);
      asked.length = 0;
      assert.match(String(await installEngine(parts, unit)), /installed already/);
      assert.deepEqual(asked, [`enable ${UNIT}`, `start ${UNIT}`]);
      assert.equal((await showEngine(parts)).active, "active");
      assert.equal((await showEngine(parts)).unit, await readFile(parts.unitFile, "utf8"));
      await uninstallEngine(parts);
      assert.equal((await showEngine(parts)).unit, null);
      assert.match(String(await uninstallEngine(parts)), /isn't installed/);
    });

    it("gives a data directory that it makes to the user that the engine runs as, and leaves one that is there alone", async () => {
      const named: UnitParts = { ...unit, data: join(directory.path, "srv/data"), runAs: "runwright" };
      await installEngine(parts, named);
      assert.deepEqual(given, [`${join(directory.path, "srv")} to runwright`]);
      await installEngine(parts, named);
      await installEngine(parts, { ...named, data: join(directory.path, "root"), runAs: "root" });
      assert.equal(given.length, 1);
    });

    it("says what is missing: systemd, or root", async () => {
      const refusal = (more: Partial<ServiceParts>) =>
        installEngine({ ...parts, ...more }, unit).then(
          () => "",
          (error) => (isRunwrightError(error, "SERVICE_UNUSABLE") ? error.message : String(error)),
        );
      assert.match(await refusal({ bootedDirectory: join(directory.path, "none") }), /systemd doesn't run this machine/);
      assert.match(await refusal({ isRoot: false }), /made by root.*--user/);
      assert.deepEqual(asked, []);
    });
  });

  it("names a data directory as each setting reads it: a dollar sign stands for a variable in a command alone", () => {
    const text = engineUnit({ manager: "system", command: ["/bin/node", "--data", "/srv/a$b"], data: "/srv/a$b", writable: ["/mnt/%b"], runAs: "root" });
    for (const line of ['ExecStart=/bin/node --data "/srv/a$$b"', 'ReadWritePaths="/srv/a$b" "-/mnt/%%b"', "WorkingDirectory=/srv/a$b"])
      assert.ok(text.includes(`${line}\n`), line);
  });

  describe("names where backups go outside of the data directory", () => {
    const FOLDER = "/mnt/backups";
    const cases: [what: string, config: string, environment: string | null, writable: string[]][] = [
      ["from its settings", `backupFolder: ${FOLDER}\n`, null, [FOLDER]],
      ["from the unit's environment file", "port: 1\n", `# secrets\nRUNWRIGHT_DATABASE=postgres://x\nRUNWRIGHT_BACKUP_FOLDER="${FOLDER}"\n`, [FOLDER]],
      [
        "from the environment file rather than from the settings, as the engine does",
        "backupFolder: /elsewhere\n",
        `RUNWRIGHT_BACKUP_FOLDER=${FOLDER}\n`,
        [FOLDER],
      ],
      ["unless it is in it, as a relative path is", "backupFolder: backups\n", "", []],
      ["unless there is none", "port: 1\n", "RUNWRIGHT_PORT=1\n", []],
    ];
    for (const [what, config, environment, writable] of cases) {
      it(what, async () => {
        const environmentFile = join(directory.path, "engine.env");
        await writeFile(join(directory.path, "config.yaml"), config);
        if (environment !== null) await writeFile(environmentFile, environment);
        assert.deepEqual(writableOf({ data: directory.path, environmentFile }), writable);
      });
    }

    it("and says when it can't know", async () => {
      await mkdir(join(directory.path, "engine.env"));
      const asked = () => writableOf({ data: directory.path, environmentFile: join(directory.path, "engine.env") });
      assert.throws(asked, (error) => isRunwrightError(error, "CONFIG_INVALID"));
    });
  });

  it("prints the unit and changes nothing", async () => {
    const home = await commandHome();
    try {
      await mkdir(join(home.path, "data"));
      await writeFile(join(home.path, "data/config.yaml"), "backupFolder: /mnt/backups\n");
      const ofMachine = await home.run(["service", "install", "--run-as", "root", "--data", "data", "--print"]);
      assert.ok(ofMachine.stdout.includes(" -/mnt/backups\n"), ofMachine.stdout);
      const { stdout, code } = await home.run(["service", "install", "--user", "--data", "data", "--print"]);
      assert.equal(code, 0);
      assert.ok(stdout.includes(`WorkingDirectory=${join(home.path, "data")}`));
      assert.match((await home.run(["service", "install", "--data", "/srv/x", "--print"])).stderr, /BAD_REQUEST/);
      assert.match((await home.run(["service", "install", "--run-as", "a b", "--print"])).stderr, /BAD_REQUEST/);
      for (const data of ["x\\", "x "]) assert.match((await home.run(["service", "install", "--user", "--data", data, "--print"])).stderr, /BAD_REQUEST/);
      assert.match((await home.run(["service", "install", "--user", "--data", "x\nExecStartPre=/bin/false", "--print"])).stderr, /BAD_REQUEST/);
    } finally {
      await home.remove();
    }
  });
});
