import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { useAptLab } from "../../support/lab.ts";
import { aptOn } from "./apt-rig.ts";

describe("listing by apt, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();

  it("finds every update with its origin: security hidden below the candidate, held, phased, needing more, impossible", async () => {
    const host = await lab.host();
    const { updates, installed, problems, packageManager } = await aptOn(host).inventory();
    assert.deepEqual([packageManager, problems], ["apt", []]);
    assert.deepEqual(
      updates.map(({ name, installedVersion, candidateVersion, classification, held, phased }) =>
        [name, installedVersion, candidateVersion, classification, held ? "held" : "", phased ? "phased" : ""].join(" ").trim(),
      ),
      [
        "lab-arch 1.0-1 1.1-1 other",
        "lab-broken 1.0-1 1.1-1 other",
        "lab-conf 1.0-1 1.1-1 other",
        "lab-curl 1.0-1 1.2-1 security",
        "lab-epoch 1:2.0~rc1-1 1:2.0-1 other",
        "lab-fail 1.0-1 1.1-1 other",
        "lab-gate 1.0-1 1.1-1 other",
        "lab-held 1.0-1 1.1-1 other held",
        "lab-kernel 1.0-1 1.1-1 security",
        "lab-libssl 1.0-1 1.0-1+deb12u1 security",
        "lab-newdep 1.0-1 1.1-1 other",
        "lab-phased 1.0-1 1.1-1 other  phased",
        "lab-restart 1.0-1 1.1-1 other",
        "lab-rival 1.0-1 1.1-1 other",
        "lab-rude 1.0-1 1.1-1 other",
        "lab-slow 1.0-1 1.1-1 other",
        "lab-ssl 1.0-1 1.0-1+deb12u1 security",
        "lab-tools 1.0-1 1.1-1 other",
      ],
    );
    const curl = updates.find((one) => one.name === "lab-curl");
    assert.equal(curl?.origin, "Debian:12/stable-updates, Debian-Security:12/stable-security");
    assert.deepEqual(
      installed.find((one) => one.name === "lab-libssl"),
      { name: "lab-libssl", architecture: "all", version: "1.0-1", held: false, source: { name: "lab-ssl", version: "1.0-1" } },
    );
    assert.equal(installed.find((one) => one.name === "lab-tools")?.source, undefined);
  });

  it("knows how much there is to download, and what installing means for a reboot as far as that can be known", async () => {
    const host = await lab.host({ packages: ["lab-kernel", "lab-tools", "lab-fail", "lab-arch"] });
    const info = join(host.directory, "var/lib/dpkg/info");
    await mkdir(info, { recursive: true });
    await writeFile(join(info, "lab-kernel.postinst"), "#!/bin/sh\ntouch /run/reboot-required\n"); // as a kernel's installed version has it
    const { updates } = await aptOn(host).inventory();
    for (const { name, sizeBytes } of updates) assert.ok(sizeBytes !== undefined && sizeBytes > 500 && sizeBytes < 5_000, `${name}: ${sizeBytes}`);
    const behaviour = Object.fromEntries(updates.map((one) => [one.name, one.rebootBehaviour]));
    assert.deepEqual(behaviour, { "lab-arch": "unknown", "lab-fail": "unknown", "lab-kernel": "possible", "lab-tools": "unknown" });
  });

  it("needs no lock and changes nothing", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const before = await aptOn(host).stamp();
    await aptOn(host).inventory();
    assert.equal(await aptOn(host).stamp(), before);
  });
});
