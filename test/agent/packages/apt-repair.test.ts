import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { holdLock, type LabHost, useAptLab } from "../../support/lab.ts";
import { code } from "../command-rig.ts";
import { all, aptOn, changing } from "./apt-rig.ts";

const KEEP = { configurationFiles: "keep" } as const;

describe("what an interrupted apt has left, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();

  /** Kills everything on the host with −9 while lab-gate is being unpacked or configured; then the power comes back. */
  async function killedWhile(phase: "unpack" | "configure", host: LabHost): Promise<void> {
    const gate = join(host.directory, `etc/lab-gate.${phase}`);
    await writeFile(gate, "");
    const installing = aptOn(host).change.install([all("lab-gate"), all("lab-tools")], KEEP, changing(host));
    await eventually(`the ${phase}`, async () =>
      (await readFile(join(host.directory, "var/log/lab-gate.log"), "utf8").catch(() => "")).split("\n").includes(phase),
    );
    assert.ok((await host.kill()) > 1);
    const { failed } = await installing;
    assert.ok(failed.has("lab-gate:all"), "what was killed counted as installed");
    await rm(gate);
  }

  it("is nothing on a machine that is well: no lock is taken, nothing is said", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    assert.deepEqual(await aptOn(host).change.repair(changing(host)), []);
    await holder.release();
  });

  it("is finished when it was killed while a package was being configured", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    await killedWhile("configure", host);
    assert.match(await host.state("lab-gate"), /^1\.1-1 iF/);
    assert.deepEqual([...((await aptOn(host).change.states?.([all("lab-gate")])) ?? [])], [["lab-gate:all", { version: "1.1-1", whole: false }]]);
    assert.match((await aptOn(host).change.repair(changing(host))).join("\n"), /^dpkg --configure -a finished \d packages? \(.*lab-gate.*\)$/);
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
    assert.deepEqual((await aptOn(host).inventory()).problems, []);
  });

  it("is installed again when it was killed while a package was being unpacked, which apt itself overlooks", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    await killedWhile("unpack", host);
    assert.match(await host.state("lab-gate"), /iHR$/);
    assert.match((await aptOn(host).change.repair(changing(host))).join("\n"), /installed lab-gate 1\.0-1 again, which was half unpacked/);
    assert.equal(await host.state("lab-gate"), "1.0-1 ii");
    assert.deepEqual([...(await aptOn(host).change.install([all("lab-gate")], KEEP, changing(host))).failed], []);
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
  });

  it("is installed in the newest version when no repository has the old one any more", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    await killedWhile("unpack", host);
    const sources = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    await writeFile(sources, (await readFile(sources, "utf8")).replace("Suites: bookworm bookworm-updates", "Suites: bookworm-updates"));
    await aptOn(host).change.refresh(changing(host));
    assert.match((await aptOn(host).change.repair(changing(host))).join("\n"), /installed the newest lab-gate, as 1\.0-1 was half unpacked and isn't offered/);
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
  });

  it("is told when it can't be mended: no repository has the package", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    await killedWhile("unpack", host);
    await rm(join(host.directory, "etc/apt/sources.list.d/lab.sources"));
    await aptOn(host).change.refresh(changing(host));
    await assert.rejects(
      aptOn(host).change.repair(changing(host)),
      code("REPAIR_FAILED", /lab-gate is half unpacked and can't be installed again: .*can't find an archive/),
    );
  });

  it("is completed when packages lack what they need", async () => {
    const host = await lab.host({ packages: ["lab-newdep", "lab-tools"] });
    const newer = join(lab.repository(), "debian/pool/main/l/lab-newdep/lab-newdep_1.1-1_all.deb");
    await host.run("dpkg", `--root=${host.directory}`, "--force-not-root,script-chrootless,bad-path", "--unpack", newer);
    assert.match(await host.state("lab-newdep"), /iU$/);
    const repairs = await aptOn(host).change.repair(changing(host));
    assert.ok(repairs.includes("apt-get --fix-broken install added what packages need"), repairs.join("; "));
    assert.deepEqual(await Promise.all(["lab-newdep", "lab-newlib"].map(host.state)), ["1.1-1 ii", "1.1-1 ii"]);
  });

  it("is told and left when a package's own script goes on failing, and is finished once its cause is gone", async () => {
    const host = await lab.host({ packages: ["lab-fail", "lab-tools"] });
    const { change } = aptOn(host);
    await change.install([all("lab-fail")], KEEP, changing(host));
    assert.match(
      (await change.repair(changing(host))).join(),
      /lab-fail is still half installed: lab-fail: cannot start the service; installed lab-fail package/,
    );
    await writeFile(join(host.directory, "etc/lab-fail.fixed"), "");
    assert.deepEqual(await change.repair(changing(host)), ["dpkg --configure -a finished 1 package (lab-fail)"]);
  });

  it("isn't touched while another living process works on it", async () => {
    const host = await lab.host({ packages: ["lab-fail"] });
    await aptOn(host).change.install([all("lab-fail")], KEEP, changing(host));
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    await assert.rejects(aptOn(host).change.repair(changing(host)), code("PACKAGE_MANAGER_BUSY", new RegExp(`perl \\(process ${holder.pid}\\)`)));
    await holder.release();
  });

  it("lets a package manager go on that was started by an agent which is gone", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    const gate = join(host.directory, "etc/lab-gate.configure");
    await writeFile(gate, "");
    void aptOn(host).change.install([all("lab-gate")], KEEP, changing(host)); // nobody waits for it, as if its agent were gone
    await eventually("its script", async () => (await readFile(join(host.directory, "var/log/lab-gate.log"), "utf8").catch(() => "")).includes("configure"));
    const repairing = aptOn(host).change.repair(changing(host, { lockTimeoutMs: 30_000 }));
    await rm(gate);
    await repairing;
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
    assert.deepEqual(
      (await readdir(join(host.directory, "var/lib/dpkg/updates"))).filter((name) => /^\d/.test(name)),
      [],
    );
  });
});
