import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findAdapter, unsupported } from "../../../engine/agent/packages/adapter.ts";
import { createApt } from "../../../engine/agent/packages/apt.ts";
import { programRunner, type RunProgram } from "../../../engine/agent/packages/program.ts";
import { systemClock } from "../../../engine/clock.ts";
import { skip } from "../../support/skip.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const DPKG = [
  "adduser\tall\t3.134\tinstall\tinstalled\tok",
  "gone\tamd64\t1.0\tdeinstall\tconfig-files\tok",
  "half\tamd64\t1.0\tinstall\thalf-configured\treinstreq",
  "held\tamd64\t1.0-1\thold\tinstalled\tok",
  "libc6\tamd64\t2.36-9\tinstall\tinstalled\tok",
  "libc6\ti386\t2.36-8\tinstall\tinstalled\tok",
  "pinned\tamd64\t2.0\tinstall\tinstalled\tok",
  "slow\tamd64\t1.0\tinstall\tinstalled\tok",
  "tool\tamd64\t1.0-1\tinstall\tinstalled\tok",
].join("\n");
const INDEXES = [
  "http://deb.example/debian bookworm/main amd64 Packages\tDebian\tDebian\tstable\t12.5",
  "http://deb.example/debian bookworm-updates/main amd64 Packages\tDebian\tDebian\tstable-updates\t",
  "http://deb.example/debian-security bookworm-security/main amd64 Packages\tDebian\tDebian-Security\toldstable-security\t12",
].join("\n");
const policy = (name: string, installed: string, candidate: string, ...rows: string[]) =>
  [`${name}:`, `  Installed: ${installed}`, `  Candidate: ${candidate}`, "  Version table:", ...rows].join("\n");
const MAIN = "        500 http://deb.example/debian bookworm/main amd64 Packages";
const UPDATES = "        500 http://deb.example/debian bookworm-updates/main amd64 Packages";
const SECURITY = "        500 http://deb.example/debian-security bookworm-security/main amd64 Packages";
const STATUS = "        100 /var/lib/dpkg/status";
const POLICY = [
  policy("adduser", "3.134", "3.134", " *** 3.134 500", MAIN, STATUS),
  policy("half", "1.0", "(none)", " *** 1.0 100", STATUS),
  policy("held", "1.0-1", "1.0-2", "     1.0-2 500", UPDATES, " *** 1.0-1 500", MAIN, STATUS),
  policy("libc6", "2.36-9", "2.36-9", " *** 2.36-9 500", MAIN, STATUS),
  policy("libc6:i386", "2.36-8", "2.36-9", "     2.36-9 500", MAIN, " *** 2.36-8 100", STATUS),
  policy(
    "pinned",
    "2.0",
    "1.0",
    "     2.0 -10",
    "        -10 http://deb.example/debian bookworm/main amd64 Packages",
    " *** 2.0 100",
    STATUS,
    "     1.0 1001",
    "       1001 http://deb.example/debian bookworm/main amd64 Packages",
  ),
  policy("slow", "1.0", "1.1", "     1.1 500 (phased 20%)", UPDATES, " *** 1.0 500", MAIN, STATUS),
  // The candidate comes from -updates and lies above a security fix.
  policy("tool", "1.0-1", "1.2-1", "     1.2-1 500", UPDATES, "     1.1-1 500", SECURITY, " *** 1.0-1 500", MAIN, STATUS),
].join("\n");
const SIMULATION =
  "Inst libc6:i386 [2.36-8] (2.36-9 Debian:12.5/stable [i386])\nInst tool [1.0-1] (1.2-1 Debian:stable-updates [amd64])\nConf tool (1.2-1 Debian:stable-updates [amd64])\n";

/** Programs that print what they printed elsewhere. */
const printing =
  (texts: Record<string, string>): RunProgram =>
  async (file, args) => {
    const text = texts[`${file} ${args[0]}`];
    if (text === undefined) throw new Error(`${file} ${args[0]}: it failed`);
    return text;
  };
const TEXTS = {
  "dpkg-query -W": DPKG,
  "apt-get indextargets": INDEXES,
  "dpkg --print-architecture": "amd64\n",
  "apt-cache policy": POLICY,
  "apt-get -s": SIMULATION,
};

describe("packages by apt", () => {
  const inventoryOf = async (texts: Record<string, string>) => {
    await using root = await temporaryDirectory();
    await mkdir(join(root.path, "var/lib/apt/lists"), { recursive: true });
    return createApt({ clock: systemClock, run: printing(texts), root: root.path }).inventory();
  };

  it("lists what is installed, not what has left only its configuration", async () => {
    const { installed } = await inventoryOf(TEXTS);
    assert.deepEqual(
      installed.map(({ name, architecture }) => `${name}:${architecture}`),
      ["adduser:all", "half:amd64", "held:amd64", "libc6:amd64", "libc6:i386", "pinned:amd64", "slow:amd64", "tool:amd64"],
    );
    assert.deepEqual(
      installed.filter((one) => one.held).map((one) => one.name),
      ["held"],
    );
  });

  it("lists what is missing: a hidden security fix, a held and a phased update, another architecture; no pinned downgrade", async () => {
    const { updates } = await inventoryOf(TEXTS);
    assert.deepEqual(
      updates.map(({ name, architecture, installedVersion, candidateVersion, classification, held, phased, origin }) =>
        [`${name}:${architecture} ${installedVersion} ${candidateVersion} ${classification}`, held ? "held" : "", phased ? "phased" : "", origin].join("|"),
      ),
      [
        "held:amd64 1.0-1 1.0-2 other|held||Debian:stable-updates",
        "libc6:i386 2.36-8 2.36-9 other|||Debian:12.5/stable",
        "slow:amd64 1.0 1.1 other||phased|Debian:stable-updates",
        "tool:amd64 1.0-1 1.2-1 security|||Debian:stable-updates, Debian-Security:12/oldstable-security",
      ],
    );
  });

  it("asks about more packages than fit on a command line part by part", async () => {
    const names = Array.from({ length: 25_000 }, (_, n) => `package-${n}`);
    const asked: number[] = [];
    const run: RunProgram = async (file, args) => {
      if (file === "apt-cache") asked.push(args.length);
      if (file === "dpkg-query") return names.map((name) => `${name}\tamd64\t1.0\tinstall\tinstalled\tok`).join("\n");
      if (`${file} ${args[0]}` !== "apt-cache policy") return printing({ ...TEXTS, "apt-get -s": "", "apt-cache show": "" })(file, args);
      const some = args.slice(1).map((name) => name.replace(":amd64", ""));
      return some.map((name) => policy(name, "1.0", "1.1", "     1.1 500", UPDATES, " *** 1.0 500", MAIN, STATUS)).join("\n");
    };
    await using root = await temporaryDirectory();
    const { updates } = await createApt({ clock: systemClock, run, root: root.path }).inventory();
    assert.equal(updates.length, 25_000);
    assert.equal(asked.length, 6);
    assert.ok(Math.max(...asked) <= 10_001);
  });

  it("says that packages are half installed", async () => {
    assert.match((await inventoryOf(TEXTS)).problems.join(), /half installed \(half\); run dpkg --configure -a/);
  });

  it("says that lists were never fetched, and that it knows no date of them", async () => {
    const { problems, listsUpdatedAt, updates } = await inventoryOf({ ...TEXTS, "apt-get indextargets": "", "apt-cache policy": "", "apt-get -s": "" });
    assert.ok(problems.includes("package lists were never fetched; run apt-get update"));
    assert.equal(listsUpdatedAt, null);
    assert.deepEqual(updates, []);
  });

  it("reports what it could find out when one of the programs fails", async () => {
    const { "apt-get -s": _, ...rest } = TEXTS;
    const { problems, installed, updates } = await inventoryOf(rest);
    assert.ok(problems.includes("apt-get -s: it failed"));
    assert.equal(installed.length, 8);
    assert.equal(updates.length, 4);
  });

  it("has problems, not updates, when every program fails", async () => {
    const { problems, installed, updates } = await inventoryOf({});
    assert.deepEqual({ installed, updates }, { installed: [], updates: [] });
    assert.ok(problems.includes("dpkg knows no installed package"));
  });

  it("says that a reboot is pending, and who asked for it", async () => {
    await using root = await temporaryDirectory();
    await mkdir(join(root.path, "run"));
    await writeFile(join(root.path, "run/reboot-required"), "*** System restart required ***\n");
    await writeFile(join(root.path, "run/reboot-required.pkgs"), "linux-base\nlibc6\nlibc6\n");
    const { rebootPending, rebootReasons } = await createApt({ clock: systemClock, run: printing(TEXTS), root: root.path }).inventory();
    assert.equal(rebootPending, true);
    assert.deepEqual(rebootReasons, ["asked for by linux-base, libc6"]);
  });

  it("isn't found where there is no dpkg; such a machine reports that it isn't supported", async () => {
    await using root = await temporaryDirectory();
    const adapter = await findAdapter([createApt({ clock: systemClock, run: printing({}), root: root.path })]);
    assert.equal(adapter, unsupported);
    assert.deepEqual((await adapter.inventory()).problems, ["no supported package manager"]);
  });

  it("ends a program that takes too long, and says so", async () => {
    await assert.rejects(programRunner({}, 50)("sleep", ["60"]), /sleep 60: it took longer than 0.05 s/);
  });

  describe("of this machine", () => {
    const ask = (file: string, ...args: string[]) =>
      execFileSync(file, args, {
        encoding: "utf8",
        env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" },
        maxBuffer: 64 * 1024 * 1024,
        stdio: ["ignore", "pipe", "ignore"],
      });

    it("agrees with dpkg-query and with apt-get's own simulation", async function () {
      this.timeout(180_000); // apt takes up to 16 seconds a question where its package cache is switched off
      const apt = createApt({ clock: systemClock, run: programRunner() });
      if (!(await apt.detect())) {
        skip(this, "this machine isn't kept by apt");
      }
      const inventory = await apt.inventory();
      const byDpkg = ask("dpkg-query", "-W", "-f", "${Package} ${Architecture} ${Version} ${db:Status-Status}\n")
        .split("\n")
        .filter((line) => line && !/ (config-files|not-installed)$/.test(line));
      assert.deepEqual(
        inventory.installed.map(({ name, architecture, version }) => `${name} ${architecture} ${version}`).sort(),
        byDpkg.map((line) => line.split(" ").slice(0, 3).join(" ")).sort(),
      );
      assert.ok(inventory.installed.length > 0);

      const simulated = ask("apt-get", "-s", "dist-upgrade")
        .split("\n")
        .flatMap((line) => /^Inst (\S+?)(?::\S+)? \[(\S+)\] \((\S+) /.exec(line)?.slice(1).join(" ") ?? []);
      const reported = inventory.updates.map(({ name, installedVersion, candidateVersion }) => `${name} ${installedVersion} ${candidateVersion}`);
      assert.deepEqual(
        simulated.filter((one) => !reported.includes(one)),
        [],
        "apt would upgrade what isn't reported",
      );
      const keptBack = inventory.updates.filter((_, index) => !simulated.includes(reported[index] ?? ""));
      const upgradable = ask("apt", "list", "--upgradable")
        .split("\n")
        .flatMap((line) => /^([^/]+)\//.exec(line)?.[1] ?? []);
      for (const update of keptBack)
        assert.ok(update.held || update.phased || upgradable.includes(update.name), `${update.name} is reported, and apt knows nothing of it`);
      if (inventory.listsUpdatedAt === null) assert.match(inventory.problems.join(), /never fetched/);
      else assert.ok(inventory.listsUpdatedAt <= Date.now());
    });
  });
});
