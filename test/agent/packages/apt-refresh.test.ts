import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../support/free-port.ts";
import { holdLock, type LabHost, useAptLab } from "../../support/lab.ts";
import { code } from "../command-rig.ts";
import { aptOn, changing } from "./apt-rig.ts";

describe("fetching package lists by apt, on a real host", function () {
  this.timeout(60_000);
  const lab = useAptLab();

  /** A host whose repository the test may spoil. */
  async function withOwnRepository(): Promise<{ host: LabHost; repository: string }> {
    const host = await lab.host({ packages: ["lab-tools"] });
    const repository = join(host.directory, "srv/repo");
    await host.run("cp", "-r", lab.repository(), repository);
    await pointTo(host, `file://${repository}`);
    return { host, repository };
  }
  async function pointTo(host: LabHost, url: string): Promise<void> {
    const sources = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    await writeFile(sources, (await readFile(sources, "utf8")).replaceAll(/^URIs: .*\/(debian(?:-security)?)$/gm, `URIs: ${url}/$1`));
  }
  const edit = async (path: string, change: (text: string) => string) => writeFile(path, change(await readFile(path, "utf8")));

  it("finds what is new", async () => {
    const { host } = await withOwnRepository();
    await rm(join(host.directory, "var/lib/apt/lists"), { recursive: true });
    assert.deepEqual((await aptOn(host).inventory()).updates, []);
    await aptOn(host).change.refresh(changing(host));
    assert.deepEqual(
      (await aptOn(host).inventory()).updates.map((one) => one.name),
      ["lab-tools"],
    );
  });

  it("tells a bad signature, also when older lists are there, which apt itself calls a success", async () => {
    const { host, repository } = await withOwnRepository();
    await aptOn(host).change.refresh(changing(host));
    await edit(join(repository, "debian/dists/bookworm-updates/InRelease"), (text) => text.replace("Label: Debian", "Label: Debjan"));
    await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^bad signature: .*BADSIG/));
  });

  it("tells a repository that isn't signed at all", async () => {
    const { host, repository } = await withOwnRepository();
    await rm(join(repository, "debian/dists/bookworm-updates/InRelease"));
    await rm(join(host.directory, "var/lib/apt/lists"), { recursive: true });
    await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^bad signature: .*is not signed/));
  });

  it("tells a list that isn't what its hash says", async () => {
    const { host, repository } = await withOwnRepository();
    await rm(join(host.directory, "var/lib/apt/lists"), { recursive: true });
    const architecture = (await host.run("dpkg", "--print-architecture")).output.trim();
    await writeFile(join(repository, `debian/dists/bookworm-updates/main/binary-${architecture}/Packages.gz`), "not what was signed");
    await writeFile(join(repository, `debian/dists/bookworm-updates/main/binary-${architecture}/Packages`), "not what was signed");
    await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^bad hash: /));
  });

  it("tells a repository that is gone, and one that nobody answers for, also when older lists are there", async () => {
    const { host, repository } = await withOwnRepository();
    await aptOn(host).change.refresh(changing(host));
    await rm(repository, { recursive: true });
    await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^unreachable: .*no longer has a Release file/));
    await pointTo(host, `http://127.0.0.1:${await freePort()}`);
    await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^unreachable: .*Connection refused/));
    assert.equal((await aptOn(host).inventory()).installed.length, 1);
  });

  it("tells that the time is wrong, when lists come from the machine's tomorrow or are past their end", async () => {
    const { host, repository } = await withOwnRepository();
    const suite = join(repository, "debian/dists/bookworm-updates");
    const day = 86_400_000;
    for (const [change, words] of [
      [(text: string) => text.replace(/^Date: .*$/m, `Date: ${new Date(Date.now() + day).toUTCString()}`), /not valid yet/],
      [(text: string) => `Valid-Until: ${new Date(Date.now() - day).toUTCString()}\n${text}`, /is expired/],
    ] as const) {
      const release = await readFile(join(suite, "Release"), "utf8");
      await writeFile(join(suite, "Release.changed"), change(release));
      const home = ["--homedir", join(repository, ".gnupg")];
      const signed = await host.run("gpg", ...home, "--batch", "--yes", "--clearsign", "-o", join(suite, "InRelease"), join(suite, "Release.changed"));
      await host.run("gpgconf", ...home, "--kill", "gpg-agent");
      assert.equal(signed.exitCode, 0, signed.output);
      await rm(join(host.directory, "var/lib/apt/lists"), { recursive: true });
      await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", /^wrong time: /));
      await assert.rejects(aptOn(host).change.refresh(changing(host)), code("REPOSITORY_UNUSABLE", words));
    }
  });

  it("waits for a living process that holds the lists, then says who it is", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const holder = await holdLock(join(host.directory, "var/lib/apt/lists/lock"));
    await assert.rejects(
      aptOn(host).change.refresh(changing(host, { lockTimeoutMs: 60 })),
      code("PACKAGE_MANAGER_BUSY", new RegExp(`perl \\(process ${holder.pid}\\) uses the package manager, also after 0\\.06 s`)),
    );
    const refreshing = aptOn(host).change.refresh(changing(host, { lockTimeoutMs: 30_000 }));
    await holder.release();
    await refreshing;
  });
});
