import assert from "node:assert/strict";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { holdLock, useAptLab } from "../../support/lab.ts";
import { skip } from "../../support/skip.ts";
import { code } from "../command-rig.ts";
import { all, aptOn, changing } from "./apt-rig.ts";

const KEEP = { configurationFiles: "keep" } as const;

describe("installing by apt, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();

  it("installs exactly what was chosen: no sibling of the same source, no newest version instead of the chosen one", async () => {
    const host = await lab.host({ packages: ["lab-ssl", "lab-libssl", "lab-curl", "lab-tools"] });
    const { failed } = await aptOn(host).change.install([all("lab-ssl", "1.0-1+deb12u1"), all("lab-curl")], KEEP, changing(host));
    assert.deepEqual([...failed], []);
    const states = ["lab-ssl", "lab-libssl", "lab-curl", "lab-tools"].map(host.state);
    assert.deepEqual(await Promise.all(states), ["1.0-1+deb12u1 ii", "1.0-1 ii", "1.1-1 ii", "1.0-1 ii"]);
  });

  it("takes along what a chosen one newly needs, and follows a package that changes its architecture", async () => {
    const host = await lab.host({ packages: ["lab-newdep", "lab-arch"] });
    const { failed } = await aptOn(host).change.install([all("lab-newdep"), all("lab-arch")], KEEP, changing(host));
    assert.deepEqual([...failed], []);
    assert.deepEqual(await Promise.all(["lab-newdep", "lab-newlib", "lab-arch"].map(host.state)), ["1.1-1 ii", "1.1-1 ii", "1.1-1 ii"]);
  });

  it("judges each by what dpkg says: a held, an impossible, a missing and a broken one keep no other from being installed", async () => {
    const host = await lab.host();
    const { change } = aptOn(host);
    const chosen = ["lab-held", "lab-broken", "lab-nowhere", "lab-fail", "lab-tools"].map((name) => all(name));
    const { failed } = await change.install(chosen, KEEP, changing(host));
    assert.deepEqual([...failed.keys()].sort(), ["lab-broken:all", "lab-fail:all", "lab-held:all", "lab-nowhere:all"]);
    assert.match(failed.get("lab-held:all") ?? "", /held at 1\.0-1/);
    assert.match(failed.get("lab-broken:all") ?? "", /lab-broken : Depends: lab-does-not-exist but it is not installable/);
    assert.match(failed.get("lab-nowhere:all") ?? "", /isn't installed/);
    assert.equal(
      failed.get("lab-fail:all"),
      "lab-fail: cannot start the service; installed lab-fail package post-installation script subprocess returned error exit status 1",
    );
    assert.equal(await host.state("lab-tools"), "1.1-1 ii");
    assert.equal(await host.state("lab-held"), "1.0-1 hi");

    // The broken one makes apt end with 100 from now on, whatever else it does.
    const next = await change.install([all("lab-epoch", "1:2.0-1")], KEEP, changing(host));
    assert.deepEqual([[...next.failed], await host.state("lab-epoch")], [[], "1:2.0-1 ii"]);
  });

  it("counts what is installed already, in this or a newer version, as installed, and asks apt for nothing", async () => {
    const host = await lab.host({ packages: ["lab-curl"] });
    const { change } = aptOn(host);
    await change.install([all("lab-curl", "1.2-1")], KEEP, changing(host));
    const context = changing(host, { logFile: join(host.directory, "second.log") });
    assert.deepEqual([...(await change.install([all("lab-curl", "1.2-1")], KEEP, context)).failed], []);
    assert.deepEqual([...(await change.install([all("lab-curl", "1.1-1")], KEEP, context)).failed], []);
    await assert.rejects(readFile(context.logFile), /ENOENT/);
  });

  it("ignores that an update is phased: whoever chose it wants it", async () => {
    const host = await lab.host({ packages: ["lab-phased"] });
    assert.deepEqual([...(await aptOn(host).change.install([all("lab-phased")], KEEP, changing(host))).failed], []);
    assert.equal(await host.state("lab-phased"), "1.1-1 ii");
  });

  it("keeps a configuration file that the owner has changed, or replaces it when told to", async () => {
    for (const [configurationFiles, expected] of [
      ["keep", "setting = mine\n"],
      ["replace", "setting = new default\n"],
    ] as const) {
      const host = await lab.host({ packages: ["lab-conf"] });
      const file = join(host.directory, "etc/lab-conf.conf");
      await writeFile(file, "setting = mine\n");
      const { failed } = await aptOn(host).change.install([all("lab-conf")], { configurationFiles }, changing(host));
      assert.deepEqual([[...failed], await readFile(file, "utf8")], [[], expected], configurationFiles);
    }
  });

  it("passes no name on that apt could take for an option, a pattern or another package", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-curl"] });
    const context = changing(host);
    const mark = join(host.directory, "mark");
    const hostile = [
      all(`-oDPkg::Pre-Invoke::=touch ${mark}`),
      all("lab-tools", "1.1-1 lab-curl"),
      all("lab-tools", "1.1-1\n-f"),
      all("?upgradable"),
      all("lab-*"),
      all("lab-tools", `1.1-1'; touch ${mark}; '`),
      { name: "lab-tools", architecture: "all;x", version: "1.1-1" },
    ];
    for (const update of hostile) {
      const { failed } = await aptOn(host).change.install([update], KEEP, context);
      assert.deepEqual([...failed.values()], ["that isn't a name, architecture and version of a package"], update.name);
    }
    assert.deepEqual(await Promise.all(["lab-tools", "lab-curl"].map(host.state)), ["1.0-1 ii", "1.0-1 ii"]);
    await assert.rejects(readFile(mark), /ENOENT/);
  });

  it("tells what a failing script wrote without what a terminal would act upon, and not all of it", async () => {
    const host = await lab.host({ packages: ["lab-rude"] });
    const { failed } = await aptOn(host).change.install([all("lab-rude")], KEEP, changing(host));
    const message = failed.get("lab-rude:all") ?? "";
    assert.match(message, /line 1000 of many; "quoted" 'single' {2}end; installed lab-rude package post-installation script subprocess returned error/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them is there
    assert.doesNotMatch(message, /[\u0000-\u001f\u007f-\u009f]/);
    assert.doesNotMatch(message, /line 900 of many/);
  });

  it("removes nothing: what could only be installed by removing another package fails alone, and says what would go", async () => {
    const host = await lab.host({ packages: ["lab-rival", "lab-loser", "lab-tools"] });
    const { failed } = await aptOn(host).change.install([all("lab-rival"), all("lab-tools")], KEEP, changing(host));
    assert.deepEqual([...failed.keys()], ["lab-rival:all"]);
    assert.match(failed.get("lab-rival:all") ?? "", /^it would remove lab-loser, and removals aren't allowed \(allowRemovals\): Packages need to be removed/);
    assert.deepEqual(await Promise.all(["lab-rival", "lab-loser", "lab-tools"].map(host.state)), ["1.0-1 ii", "1.0-1 ii", "1.1-1 ii"]);
  });

  it("removes what is in the way when that is allowed, and tells for which update it went", async () => {
    const host = await lab.host({ packages: ["lab-rival", "lab-loser", "lab-tools"] });
    const { failed, removed } = await aptOn(host).change.install([all("lab-tools"), all("lab-rival")], { ...KEEP, allowRemovals: true }, changing(host));
    assert.deepEqual([[...failed], removed?.get("lab-rival:all")], [[], ["lab-loser"]]);
    const states = await Promise.all(["lab-rival", "lab-tools"].map(host.state));
    assert.deepEqual(states, ["1.1-1 ii", "1.1-1 ii"]);
    assert.doesNotMatch(await host.state("lab-loser"), /ii/);
  });

  it("understands apt on a machine whose language is German", async function () {
    const german = { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8", LANGUAGE: "de" };
    const host = await lab.host();
    const spoken = await host.run("env", "LC_ALL=C.UTF-8", "LANGUAGE=de", "apt-get", "install", "-y", "lab-nowhere");
    if (!/Paket/.test(spoken.output)) skip(this, "apt has no German messages here");
    const { failed } = await aptOn(host, german).change.install([all("lab-broken"), all("lab-tools")], KEEP, changing(host));
    assert.match(failed.get("lab-broken:all") ?? "", /not installable/);
    assert.equal(await host.state("lab-tools"), "1.1-1 ii");
    assert.ok((await aptOn(host, german).inventory()).updates.some((one) => one.name === "lab-curl"));
  });

  it("waits for a living process that holds a lock, then says who it is", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const { change } = aptOn(host);
    for (const lock of ["var/lib/dpkg/lock-frontend", "var/lib/dpkg/lock", "var/cache/apt/archives/lock"]) {
      const holder = await holdLock(join(host.directory, lock));
      await assert.rejects(
        change.install([all("lab-tools")], KEEP, changing(host, { lockTimeoutMs: 60 })),
        code("PACKAGE_MANAGER_BUSY", lock.endsWith("dpkg/lock") ? /uses the package manager/ : new RegExp(`perl \\(process ${holder.pid}\\)`)),
        lock,
      );
      await holder.release();
    }
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    const context = changing(host, { lockTimeoutMs: 30_000 });
    const installing = change.install([all("lab-tools")], KEEP, context);
    // It has asked twice, and been refused: it waits.
    await eventually("a second try", async () => (await context.said().catch(() => "")).split("Could not get lock").length > 2);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
    await holder.release();
    assert.deepEqual([...(await installing).failed], []);
    assert.equal(await host.state("lab-tools"), "1.1-1 ii");
  });

  it("stops waiting for a lock when the signal comes, having started nothing", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    const stop = new AbortController();
    const installing = aptOn(host).change.install([all("lab-tools")], KEEP, changing(host, { lockTimeoutMs: 30_000, signal: stop.signal }));
    stop.abort();
    await assert.rejects(installing, code("COMMAND_CANCELLED"));
    await holder.release();
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("isn't stopped by lock files that nobody holds, and leaves them where they are", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const files = ["var/lib/dpkg/lock-frontend", "var/lib/dpkg/lock", "var/cache/apt/archives/lock"].map((path) => join(host.directory, path));
    for (const file of files) await writeFile(file, "4194304\n"); // as if by a process that is long gone
    assert.deepEqual([...(await aptOn(host).change.install([all("lab-tools")], KEEP, changing(host))).failed], []);
    for (const file of files) await readFile(file);
  });

  it("says that an archive can't be fetched, or isn't what its hash says", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-conf"] });
    // Its own repository, with one archive changed and another one gone.
    const copy = join(host.directory, "srv/repo");
    await host.run("cp", "-r", lab.repository(), copy);
    const sources = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    await writeFile(sources, (await readFile(sources, "utf8")).replaceAll(lab.repository(), copy));
    assert.equal((await host.run("apt-get", "update")).exitCode, 0);
    const pool = join(copy, "debian/pool/main/l");
    await writeFile(join(pool, "lab-tools/lab-tools_1.1-1_all.deb"), "not a package");
    await host.run("rm", join(pool, "lab-conf/lab-conf_1.1-1_all.deb"));
    const { failed } = await aptOn(host).change.install([all("lab-tools"), all("lab-conf")], KEEP, changing(host));
    assert.match(failed.get("lab-tools:all") ?? "", /Failed to fetch .*(unexpected size|Hash Sum mismatch)/);
    assert.match(failed.get("lab-conf:all") ?? "", /Failed to fetch .*File not found/);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("says so when the agent may not change packages", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const bin = join(host.directory, "bin-of-test");
    await mkdir(bin);
    // What apt says to somebody who isn't root, which this test may be.
    await writeFile(
      join(bin, "apt-get"),
      '#!/bin/sh\necho "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)" >&2\nexit 100\n',
    );
    await chmod(join(bin, "apt-get"), 0o755);
    await symlink("/usr/bin/dpkg-query", join(bin, "dpkg-query"));
    await assert.rejects(aptOn(host, { PATH: bin }).change.install([all("lab-tools")], KEEP, changing(host)), code("EXEC_FAILED", /as root/));
  });
});
