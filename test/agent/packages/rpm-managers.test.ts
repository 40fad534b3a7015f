import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { MissingUpdate } from "../../../engine/core/update.ts";
import { type RpmAnswer, type RpmHost, useRpmLab } from "../../support/rpm-lab.ts";

type Report = {
  installed: { name: string; version: string; held: boolean }[];
  updates: MissingUpdate[];
  problems: string[];
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  rebootReasons: string[];
};

/** The same cycle on both: what differs is how each is asked. */
for (const [manager, configurationOf] of [
  [
    "dnf",
    {
      hold: (host: RpmHost) => hold(host, "etc/dnf/dnf.conf", "[main]\ngpgcheck=0\nplugins=0\nbest=False\nskip_if_unavailable=False\nexclude=lab-held\n"),
      repositories: "etc/yum.repos.d",
      lock: "var/lib/dnf/rpmdb_lock.pid",
    },
  ],
  [
    "zypper",
    {
      hold: (host: RpmHost) => hold(host, "etc/zypp/locks", "\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: lab-held\n"),
      repositories: "etc/zypp/repos.d",
      lock: "run/zypp.pid",
    },
  ],
] as const) {
  describe(`${manager}, on a real host`, function () {
    this.timeout(120_000);
    const lab = useRpmLab(manager);
    const report = async (host: RpmHost): Promise<Report> => {
      assert.deepEqual(await host.agent(manager, "refresh"), { value: "refreshed" });
      return reportOf(await host.agent(manager, "inventory"));
    };
    // One process for all names: a host that is entered twice at the same moment mounts its layers twice over one work directory, and one of the two may fail.
    const versions = async (host: RpmHost, ...names: string[]) =>
      (await host.shell(`rpm -q --qf '%{VERSION}-%{RELEASE}\\n' ${names.join(" ")}`)).output.trim().split("\n");
    const version = async (host: RpmHost, name: string) => (await versions(host, name)).join();

    it("lists what is installed and missing, with advisories, severities and CVEs, and what is held", async () => {
      const host = await lab.host();
      await configurationOf.hold(host);
      const { updates, installed, problems, listsUpdatedAt } = await report(host);
      assert.deepEqual(problems, []);
      assert.ok(listsUpdatedAt !== null && Math.abs(Date.now() - listsUpdatedAt) < 600_000);
      assert.equal(installed.find(({ name }) => name === "lab-ssl")?.version, "1.0-1");
      assert.equal(installed.find(({ name }) => name === "lab-held")?.held, true);
      const seen = updates.map((one) =>
        `${one.name} ${one.installedVersion} ${one.candidateVersion} ${one.classification} ${one.severity} ${[...one.advisories, ...one.cves].join(" ")}`.trim(),
      );
      for (const wanted of [
        "lab-ssl 1.0-1 1.0-2 security important LABSA-2099:0001 CVE-2099-0001 CVE-2099-0002",
        "lab-libssl 1.0-1 1.0-2 security important LABSA-2099:0001 CVE-2099-0001 CVE-2099-0002",
        // Its candidate has no security advisory of its own, and lies above one.
        "lab-curl 1.0-1 1.2-1 security critical LABBA-2099:0005 LABSA-2099:0003 CVE-2099-0003",
        "lab-tools 1.0-1 1.1-1 other unspecified LABBA-2099:0005",
        "lab-slow 1.0-1 1.1-1 other unspecified",
      ])
        assert.ok(seen.includes(wanted), `${wanted}\nis not among\n${seen.join("\n")}`);
      assert.equal(updates.find(({ name }) => name === "lab-kernel")?.rebootBehaviour, "always");
      assert.equal(new Set(updates.map(({ name }) => name)).size, updates.length);
    });

    it("installs exactly what was chosen, judges each by rpm's database, and says why the others failed", async () => {
      const host = await lab.host();
      await report(host);
      const chosen = ["lab-ssl.noarch=1.0-2", "lab-curl.noarch=1.1-1", "lab-broken.noarch=1.1-1", "lab-fail.noarch=1.1-1", "lab-nowhere.noarch=1-1"];
      const failed = (await host.agent(manager, "install", ...chosen)).value as Record<string, string>;
      assert.deepEqual(Object.keys(failed).sort(), ["lab-broken:noarch", "lab-fail:noarch", "lab-nowhere:noarch"]);
      assert.match(failed["lab-broken:noarch"] ?? "", /lab-does-not-exist/);
      assert.match(failed["lab-fail:noarch"] ?? "", /%post script failed: .*cannot start the service|%post.*failed/);
      assert.match(failed["lab-nowhere:noarch"] ?? "", /isn't installed/);
      assert.deepEqual(await versions(host, "lab-ssl", "lab-curl", "lab-libssl", "lab-tools"), ["1.0-2", "1.1-1", "1.0-1", "1.0-1"]);
    });

    it("lets an update that would remove another package fail alone and say which, unless removals are allowed", async () => {
      const host = await lab.host();
      await report(host);
      const chosen = ["lab-rival.noarch=1.1-1", "lab-tools.noarch=1.1-1"];
      const failed = (await host.agent(manager, "install", ...chosen)).value as Record<string, string>;
      assert.deepEqual(Object.keys(failed), ["lab-rival:noarch"]);
      assert.match(failed["lab-rival:noarch"] ?? "", /^it would remove lab-loser, and removals aren't allowed/);
      const now = () => versions(host, "lab-rival", "lab-loser", "lab-tools");
      assert.deepEqual(await now(), ["1.0-1", "1.0-1", "1.1-1"]);
      assert.deepEqual((await host.agent(manager, "install", "--allow-removals", "lab-curl.noarch=1.1-1", ...chosen)).value, {});
      const [rival, loser] = await now();
      assert.equal(rival, "1.1-1");
      assert.match(loser ?? "", /not installed/);
    });

    it("goes back to exactly the versions before, and says which are gone", async () => {
      const host = await lab.host();
      await report(host);
      const newer = ["lab-ssl.noarch=1.0-2", "lab-curl.noarch=1.2-1", "lab-tools.noarch=1.1-1"];
      assert.deepEqual((await host.agent(manager, "install", ...newer)).value, {});
      const older = ["lab-ssl.noarch=1.0-1", "lab-curl.noarch=1.1-1", "lab-tools.noarch=0.9-1"];
      const obstacles = (await host.agent(manager, "obstacles", ...older)).value;
      assert.deepEqual(obstacles, { "lab-tools:noarch": "0.9-1 of lab-tools (noarch) isn't offered by any repository any more" });
      assert.deepEqual(Object.keys((await host.agent(manager, "rollback", ...older)).value as object), ["lab-tools:noarch"]);
      assert.deepEqual(await versions(host, "lab-ssl", "lab-curl", "lab-tools"), ["1.0-1", "1.1-1", "1.1-1"]);
    });

    it("tells that a reboot is pending after an update that asks for one", async () => {
      const host = await lab.host();
      await report(host);
      // The host's boot is that of its process 1, so the install and the question share one.
      const { answers } = await host.shell(`sleep 1.1; agent ${manager} install lab-kernel.noarch=1.1-1; agent ${manager} inventory`);
      assert.deepEqual(answers[0]?.value, {});
      const { rebootPending, rebootReasons } = reportOf(answers[1]);
      assert.equal(rebootPending, true);
      assert.match(rebootReasons.join(), /lab-kernel 1\.1-1 was installed since the boot, and LABSA-2099:0004 asks for a reboot/);
    });

    it("keeps a configuration file that the owner has changed, or replaces it when told to", async () => {
      for (const [choice, expected] of [
        ["keep", "setting = mine\n"],
        ["replace", "setting = new default\n"],
      ] as const) {
        const host = await lab.host();
        await report(host);
        await writeFile(join(host.directory, "etc/lab-conf.conf"), "setting = mine\n");
        assert.deepEqual((await host.agent(manager, "install", "--configuration", choice, "lab-conf.noarch=1.1-1")).value, {});
        assert.equal(await host.read("etc/lab-conf.conf"), expected, choice);
      }
    });

    it("waits for another living package manager, then says who it is", async () => {
      const host = await lab.host();
      await report(host);
      const other = manager === "dnf" ? "dnf -y -q upgrade lab-slow" : "zypper -n update lab-slow";
      const { answers } = await host.shell(
        `${other} >/other.log 2>&1 & until [ -n "$(pgrep -x sleep)" ]; do sleep 0.05; done; agent ${manager} install lab-tools.noarch=1.1-1; agent ${manager} install --lock-timeout 60000 lab-tools.noarch=1.1-1; wait`,
        { environment: { LAB_SLOW_SECONDS: "8" } },
      );
      assert.equal(answers[0]?.error?.code, "PACKAGE_MANAGER_BUSY", JSON.stringify(answers));
      assert.match(answers[0]?.error?.message ?? "", /\(process \d+\) uses the package manager/);
      assert.deepEqual([answers[1]?.value, await version(host, "lab-tools"), await version(host, "lab-slow")], [{}, "1.1-1", "1.1-1"]);
    });

    it("isn't kept from its work by a lock of a dead process, whose number is another program's by now", async () => {
      const host = await lab.host();
      await report(host);
      const { answers } = await host.shell(
        `sleep 300 & mkdir -p "$(dirname /${configurationOf.lock})"; echo $! > /${configurationOf.lock}; agent ${manager} install lab-tools.noarch=1.1-1; kill %1`,
      );
      assert.deepEqual([answers[0]?.value, await version(host, "lab-tools")], [{}, "1.1-1"]);
    });

    it("mends what a power cut in mid-transaction has left: two versions of a package", async () => {
      const host = await lab.host();
      await report(host);
      const session = host.start(
        `LAB_SLOW_SECONDS=60 agent ${manager} install lab-slow.noarch=1.1-1 & until [ -n "$(pgrep -x sleep)" ]; do sleep 0.05; done; echo slow-is-at-work; wait`,
      );
      await session.until(/slow-is-at-work/);
      await session.powerCut();
      assert.equal((await versions(host, "lab-slow")).length, 2);
      const repairs = (await host.agent(manager, "repair")).value as string[];
      assert.match(repairs.join("\n"), /removed lab-slow 1\.0-1 and installed 1\.1-1 again/);
      assert.equal(await version(host, "lab-slow"), "1.1-1");
      assert.deepEqual((await host.agent(manager, "repair")).value, []);
    });

    it("tells a repository that is gone, and what it knew stays", async () => {
      const host = await lab.host();
      await report(host);
      await writeFile(
        join(host.directory, configurationOf.repositories, "gone.repo"),
        "[gone]\nname=gone\nbaseurl=file:/nowhere/at/all\nenabled=1\ngpgcheck=0\nautorefresh=1\ntype=rpm-md\n",
      );
      const { error } = await host.agent(manager, "refresh");
      assert.equal(error?.code, "REPOSITORY_UNUSABLE", JSON.stringify(error));
      await rm(join(host.directory, configurationOf.repositories, "gone.repo"));
      assert.ok(reportOf(await host.agent(manager, "inventory")).updates.length > 5);
    });

    it("understands its package manager on a machine that speaks German", async () => {
      const host = await lab.host();
      const { answers } = await host.shell(
        `export LANG=de_DE.UTF-8 LC_ALL=de_DE.UTF-8 LANGUAGE=de; agent ${manager} refresh; agent ${manager} inventory; agent ${manager} install lab-broken.noarch=1.1-1`,
      );
      assert.equal(answers[0]?.value, "refreshed");
      assert.ok(reportOf(answers[1]).updates.length > 5);
      assert.match(JSON.stringify(answers[2]?.value), /lab-does-not-exist/);
    });
  });
}

function reportOf(answer: RpmAnswer | undefined): Report {
  assert.ok(answer?.value, JSON.stringify(answer));
  return answer.value as Report;
}

async function hold(host: RpmHost, path: string, text: string): Promise<void> {
  await writeFile(join(host.directory, path), text);
}
