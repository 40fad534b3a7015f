import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PackageReport } from "../../../engine/agent/packages/adapter.ts";
import { type RpmHost, useRpmLab } from "../../support/rpm-lab.ts";
import { skip } from "../../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";

const MANAGERS = [
  { manager: "dnf", sources: "etc/yum.repos.d/lab-updates.repo", cache: "/var/cache/dnf", lock: "/var/lib/dnf/rpmdb_lock.pid" },
  { manager: "zypper", sources: "etc/zypp/repos.d/lab-updates.repo", cache: "/var/cache/zypp", lock: "/run/zypp.pid" },
] as const;

for (const { manager, sources, cache, lock } of MANAGERS) {
  describe(`${manager}, when something is wrong`, function () {
    this.timeout(120_000);
    const lab = useRpmLab(manager);
    let copy: TemporaryDirectory | undefined;
    afterEach(async () => {
      await copy?.remove();
      copy = undefined;
    });
    /** A copy of the repository, for a test to do harm to. */
    const ownRepository = async (): Promise<string> => {
      copy = await temporaryDirectory();
      const folder = join(copy.path, "rpm-repo");
      await cp(lab.repository(), folder, { recursive: true });
      return folder;
    };
    const version = async (host: RpmHost, name: string) => (await host.shell(`rpm -q --qf '%{VERSION}-%{RELEASE} ' ${name}`)).output.trim();
    const code = async (host: RpmHost, ...words: string[]) => {
      const { error, value } = await host.agent(manager, ...words);
      return error ? `${error.code}: ${error.message}` : JSON.stringify(value);
    };

    it("doesn't install a package whose bytes have changed since the lists were made, and installs the others", async () => {
      const repository = await ownRepository();
      const host = await lab.host({ repository });
      await host.agent(manager, "refresh");
      const path = join(repository, "updates/lab-tools-1.1-1.noarch.rpm");
      const bytes = await readFile(path);
      bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 0xff;
      await writeFile(path, bytes);
      const failed = (await host.agent(manager, "install", "lab-tools.noarch=1.1-1", "lab-ssl.noarch=1.0-2")).value as Record<string, string>;
      assert.deepEqual(Object.keys(failed), ["lab-tools:noarch"], JSON.stringify(failed));
      assert.notEqual(failed["lab-tools:noarch"], "");
      assert.deepEqual([await version(host, "lab-tools"), await version(host, "lab-ssl")], ["1.0-1", "1.0-2"]);
    });

    it("doesn't believe lists whose hash is wrong", async () => {
      const repository = await ownRepository();
      const host = await lab.host({ repository });
      const folder = join(repository, "updates/repodata");
      for (const name of await readdir(folder)) if (name.includes("primary")) await writeFile(join(folder, name), "these aren't the lists");
      assert.match(await code(host, "refresh"), /^REPOSITORY_UNUSABLE: bad hash: /);
    });

    it("doesn't believe lists that should be signed and aren't", async () => {
      const host = await lab.host();
      const text = (await host.read(sources)).replace("gpgcheck=0", "gpgcheck=1\nrepo_gpgcheck=1");
      await writeFile(join(host.directory, sources), text);
      assert.match(await code(host, "refresh"), /^REPOSITORY_UNUSABLE: /);
      const updates = ((await host.agent(manager, "inventory")).value as { problems: string[] }).problems;
      assert.notDeepEqual(updates, [], "what was never fetched is a problem of the report");
    });

    it("says that the disk is full, and goes on when it isn't any more", async () => {
      const host = await lab.host();
      await host.agent(manager, "refresh");
      const full = `mkdir -p ${cache} && mount -t tmpfs -o size=8k full ${cache}`;
      const { answers, output } = await host.shell(`${full} && agent ${manager} refresh; umount ${cache}; agent ${manager} refresh`);
      assert.equal(answers[0]?.error?.code, "DISK_FULL", output);
      assert.equal(answers[1]?.value, "refreshed", output);
    });

    it("removes a lock file that names no process", async () => {
      const host = await lab.host();
      await host.agent(manager, "refresh");
      const { answers } = await host.shell(`mkdir -p "$(dirname ${lock})"; echo garbage > ${lock}; agent ${manager} repair; agent ${manager} repair`);
      assert.match(JSON.stringify(answers[0]?.value), new RegExp(`removed the lock ${lock}, which nobody holds: it names no process`));
      assert.deepEqual(answers[1]?.value, []);
    });

    it("brings what one killed process has left to one version also when the repository is gone", async () => {
      const repository = await ownRepository();
      const host = await lab.host({ repository });
      // As after a kill: the new version is there, the old one isn't gone yet.
      const install = `rpm -i --force --nodeps --nosignature ${join(repository, "updates/lab-tools-1.1-1.noarch.rpm")}`;
      assert.equal((await host.shell(install)).exitCode, 0);
      assert.equal(await version(host, "lab-tools"), "1.0-1 1.1-1");
      await writeFile(join(host.directory, sources), (await host.read(sources)).replace("/updates", "/nowhere"));
      const [words = ""] = (await host.agent(manager, "repair")).value as string[];
      assert.match(words, /removed lab-tools 1\.0-1 and couldn't install 1\.1-1 again/);
      assert.equal(await version(host, "lab-tools"), "1.1-1");
      assert.equal((await host.read("usr/share/lab/lab-tools")).trim(), "1.1-1", "files that both versions have stay");
    });

    it("takes names and versions that look like options or commands for what they are", async () => {
      const host = await lab.host();
      await host.agent(manager, "refresh");
      const hostile = ["--help.noarch=1-1", "$(touch /pwned).noarch=1-1", "lab-tools;reboot.noarch=1-1", "*.noarch=1-1", "lab-tools.noarch=1.1-1 lab-ssl"];
      const failed = (await host.agent(manager, "install", ...hostile.map((text) => (text.startsWith("--") ? `x${text}` : text)))).value as object;
      assert.equal(Object.keys(failed).length, hostile.length, JSON.stringify(failed));
      assert.deepEqual([await host.read("pwned"), await version(host, "lab-ssl"), await version(host, "lab-curl")], ["", "1.0-1", "1.0-1"]);
    });
  });
}

describe("zypper, where the owner keeps several versions of a package", function () {
  this.timeout(120_000);
  const lab = useRpmLab("zypper");
  const both = async () => {
    const host = await lab.host();
    const second = join(lab.repository(), "updates/lab-tools-1.1-1.noarch.rpm");
    assert.equal((await host.shell(`rpm -i --force --nodeps --nosignature ${second}`)).exitCode, 0);
    return host;
  };
  const versions = async (host: RpmHost) => (await host.shell("rpm -q --qf '%{VERSION} ' lab-tools")).output.trim();

  for (const [file, text] of [
    ["etc/zypp/zypp.conf", "[main]\n# multiversion = lab-nothing\nmultiversion = provides:multiversion(kernel), lab-tools\n"],
    ["etc/zypp/multiversion.d/own.conf", "# kept for a comparison\nprovides:lab-tools\n"],
  ] as const) {
    it(`removes none of them, and calls none a trace of an interrupted run (${file})`, async () => {
      const host = await both();
      await mkdir(join(host.directory, dirname(file)), { recursive: true });
      await writeFile(join(host.directory, file), text);
      await host.agent("zypper", "refresh");
      assert.deepEqual((await host.agent("zypper", "repair")).value, []);
      assert.equal(await versions(host), "1.0 1.1");
      const { problems } = (await host.agent("zypper", "inventory")).value as PackageReport;
      assert.deepEqual(problems, []);
    });
  }
});

describe("dnf, where there is no room for a folder of links", function () {
  this.timeout(120_000);
  const lab = useRpmLab("dnf");

  it("isn't asked through the machine's own folders: what rpm says is told, and that the rest isn't known", async () => {
    const host = await lab.host();
    await host.agent("dnf", "refresh");
    const { output, answers } = await host.shell("mv /tmp /tmp-before; touch /tmp; agent dnf inventory; ls -d /none /nonexistent 2>/dev/null");
    assert.ok(answers[0]?.value, output);
    const { installed, updates, problems, listsUpdatedAt } = answers[0].value as PackageReport;
    assert.ok(installed.some(({ name }) => name === "lab-tools"));
    assert.deepEqual([updates, listsUpdatedAt], [[], null]);
    assert.match(problems.join("; "), /ENOTDIR/);
    assert.doesNotMatch(output, /^\/none/m, "dnf has made folders of its own");
  });
});

describe("dnf, whose cache lies where the owner has put it", function () {
  this.timeout(120_000);
  const lab = useRpmLab("dnf");

  it("is asked there for what is missing and for what it can go back to", async () => {
    const host = await lab.host();
    await writeFile(join(host.directory, "etc/dnf/dnf.conf"), `${await host.read("etc/dnf/dnf.conf")}cachedir=/srv/dnf\n`);
    assert.deepEqual(await host.agent("dnf", "refresh"), { value: "refreshed" });
    const { updates } = (await host.agent("dnf", "inventory")).value as PackageReport;
    assert.ok(updates.some(({ name }) => name === "lab-ssl"));
    assert.deepEqual((await host.agent("dnf", "obstacles", "lab-ssl.noarch=1.0-1")).value, {});
    assert.ok((await readdir(join(host.directory, "srv/dnf"))).length > 0);
  });
});

describe("dnf, with a version lock", function () {
  this.timeout(120_000);
  const lab = useRpmLab("dnf", "apt-get", "dpkg-deb");

  it("lists the update as held, and doesn't install it; a lock on another version lets updates go as far as that", async function () {
    const host = await lab.host();
    await using folder = await temporaryDirectory();
    // The plugin's package can't be installed here: Debian's breaks zypper. So it is unpacked into the host.
    const python = "usr/lib/python3/dist-packages";
    const unpack = `cd '${folder.path}' && apt-get -q download dnf-plugins-core && dpkg-deb -x dnf-plugins-core_*.deb . && cp -r ${python}/. '${host.directory}/${python}'`;
    await mkdir(join(host.directory, python), { recursive: true });
    const { status } = spawnSync("bash", ["-c", unpack], { stdio: "ignore", timeout: 60_000 });
    if (status !== 0) skip(this, "Debian's dnf-plugins-core, which brings version locks, can't be downloaded");
    await mkdir(join(host.directory, "etc/dnf/plugins"), { recursive: true });
    await writeFile(join(host.directory, "etc/dnf/plugins/versionlock.conf"), "[main]\nenabled = 1\nlocklist = /etc/dnf/plugins/versionlock.list\n");
    await writeFile(join(host.directory, "etc/dnf/plugins/versionlock.list"), "# a comment\nlab-held-0:1.0-1.*\nlab-curl-0:1.1-1.*\n");
    await writeFile(join(host.directory, "etc/dnf/dnf.conf"), (await host.read("etc/dnf/dnf.conf")).replace("plugins=0", "plugins=1"));

    await host.agent("dnf", "refresh");
    const { updates, installed, problems } = (await host.agent("dnf", "inventory")).value as PackageReport;
    assert.deepEqual(problems, []);
    const seen = (name: string) => updates.filter((one) => one.name === name).map((one) => `${one.candidateVersion} ${one.held ? "held" : "free"}`);
    assert.deepEqual([seen("lab-held"), seen("lab-curl"), seen("lab-tools")], [["1.1-1 held"], ["1.1-1 free"], ["1.1-1 free"]]);
    assert.equal(installed.find(({ name }) => name === "lab-held")?.held, true);
    const failed = (await host.agent("dnf", "install", "lab-held.noarch=1.1-1", "lab-tools.noarch=1.1-1")).value as object;
    assert.deepEqual(Object.keys(failed), ["lab-held:noarch"]);
  });
});
