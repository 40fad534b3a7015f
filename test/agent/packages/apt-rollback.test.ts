import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { holdLock, type LabHost, useAptLab } from "../../support/lab.ts";
import { code } from "../command-rig.ts";
import { all, aptOn, changing } from "./apt-rig.ts";

const KEEP = { configurationFiles: "keep" } as const;

describe("going back by apt, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();
  const rollbackOn = (host: LabHost) => {
    const { change } = aptOn(host);
    assert.ok(change.rollback);
    return { install: change.install, rollback: change.rollback };
  };
  /** No repository offers anything any more. */
  const forgetRepositories = async (host: LabHost) => {
    await writeFile(join(host.directory, "etc/apt/sources.list.d/lab.sources"), "");
    await host.run("apt-get", "update");
  };

  it("installs exactly the versions before, with epochs, siblings together, and without touching others", async () => {
    const host = await lab.host({ packages: ["lab-ssl", "lab-libssl", "lab-epoch", "lab-tools"] });
    const { install, rollback } = rollbackOn(host);
    const newer = [all("lab-ssl", "1.0-1+deb12u1"), all("lab-libssl", "1.0-1+deb12u1"), all("lab-epoch", "1:2.0-1"), all("lab-tools")];
    await install(newer, KEEP, changing(host));
    const older = [all("lab-ssl", "1.0-1"), all("lab-libssl", "1.0-1"), all("lab-epoch", "1:2.0~rc1-1")];
    assert.deepEqual([...(await rollback.obstacles(older))], []);
    assert.deepEqual([...(await rollback.install(older, KEEP, changing(host))).failed], []);
    const states = await Promise.all(["lab-ssl", "lab-libssl", "lab-epoch", "lab-tools"].map(host.state));
    assert.deepEqual(states, ["1.0-1 ii", "1.0-1 ii", "1:2.0~rc1-1 ii", "1.1-1 ii"]);
  });

  it("follows a package back that had another architecture before", async () => {
    const host = await lab.host({ packages: ["lab-arch"] });
    const { install, rollback } = rollbackOn(host);
    const architecture = (await host.run("dpkg", "--print-architecture")).output.trim();
    await install([{ name: "lab-arch", architecture, version: "1.1-1" }], KEEP, changing(host));
    const older = { name: "lab-arch", architecture, version: "1.0-1" };
    assert.deepEqual([...(await rollback.obstacles([older]))], []);
    assert.deepEqual([...(await rollback.install([older], KEEP, changing(host))).failed], []);
    assert.equal(await host.state("lab-arch"), "1.0-1 ii");
  });

  it("says of a version that is gone from repositories that it is, unless the archive cache has it", async () => {
    const host = await lab.host({ packages: ["lab-epoch", "lab-tools"] });
    const { install, rollback } = rollbackOn(host);
    await install([all("lab-epoch", "1:2.0-1"), all("lab-tools")], KEEP, changing(host));
    await forgetRepositories(host);
    const older = [all("lab-epoch", "1:2.0~rc1-1"), all("lab-tools", "1.0-1")];
    assert.deepEqual([...(await rollback.obstacles(older)).keys()], ["lab-epoch:all", "lab-tools:all"]);
    const archives = join(host.directory, "var/cache/apt/archives");
    await mkdir(archives, { recursive: true });
    const pool = join(lab.repository(), "debian/pool/main/l/lab-epoch/lab-epoch_2.0~rc1-1_all.deb");
    await copyFile(pool, join(archives, "lab-epoch_1%3a2.0~rc1-1_all.deb"));
    const obstacles = await rollback.obstacles(older);
    assert.deepEqual([...obstacles], [["lab-tools:all", "1.0-1 of lab-tools (all) isn't offered by any repository any more, and isn't in the archive cache"]]);
    const { failed } = await rollback.install(older, KEEP, changing(host));
    assert.deepEqual([...failed.keys()], ["lab-tools:all"]);
    assert.deepEqual(await Promise.all(["lab-epoch", "lab-tools"].map(host.state)), ["1:2.0~rc1-1 ii", "1.1-1 ii"]);
  });

  it("tries neither a held one nor a name that apt could take for something else", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-held"] });
    const { rollback } = rollbackOn(host);
    const hostile = [all("lab-held", "1.0-1"), all("-oX=y", "1.0-1"), all("lab-tools", "1.0-1 lab-curl"), all("lab-*", "1.0-1")];
    const obstacles = await rollback.obstacles(hostile);
    assert.equal(obstacles.size, 4);
    assert.match(obstacles.get("lab-held:all") ?? "", /is held at/);
    for (const update of hostile.slice(1)) assert.equal(obstacles.get(`${update.name}:all`), "that isn't a name, architecture and version of a package");
  });

  it("says who holds the lock, and changes nothing", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const { install, rollback } = rollbackOn(host);
    await install([all("lab-tools")], KEEP, changing(host));
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    await assert.rejects(rollback.install([all("lab-tools", "1.0-1")], KEEP, changing(host, { lockTimeoutMs: 40 })), code("PACKAGE_MANAGER_BUSY"));
    await holder.release();
    assert.equal(await host.state("lab-tools"), "1.1-1 ii");
  });
});
