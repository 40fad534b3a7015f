import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { holder, shellPattern } from "../../../engine/agent/packages/dnf-holds.ts";
import { missingUpdates } from "../../../engine/agent/packages/dnf-list.ts";
import {
  parseCandidates,
  parseCheckUpdate,
  parseDnfGeneration,
  parseRepolist,
  parseRepositories,
  readMainSetting,
} from "../../../engine/agent/packages/dnf-text.ts";
import type { RunProgram } from "../../../engine/agent/packages/program.ts";
import { byName } from "../../../engine/agent/packages/rpm-advice.ts";
import { newestByName, parseRpmQuery, type RpmPackage, sourceOf } from "../../../engine/agent/packages/rpm-database.ts";
import { findDuplicates } from "../../../engine/agent/packages/rpm-duplicates.ts";
import { parseRepomd, readUpdateInfo } from "../../../engine/agent/packages/rpm-repodata.ts";
import { type Advisory, updateInfoReader } from "../../../engine/agent/packages/rpm-updateinfo.ts";
import { isDiskFull, plainLines, refusalOf, scriptletFailures } from "../../../engine/agent/packages/rpm-words.ts";
import { readXml } from "../../../engine/agent/packages/xml.ts";
import { parseListUpdates, parseLocks } from "../../../engine/agent/packages/zypper-text.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const captured = (name: string) => readFile(join(import.meta.dirname, "../../lab/fixtures/captured", name), "utf8");
const row = (name: string, version: string, architecture = "x86_64", source = "(none)", at = 1) => [name, version, architecture, source, at].join("\t");
const rpm = (name: string, version: string, architecture = "x86_64"): RpmPackage => ({ name, version, architecture, sourceRpm: "(none)", installedAt: 1 });
const readAll = (text: string): Advisory[] => {
  const reader = updateInfoReader(() => true);
  reader.write(text);
  reader.end();
  return reader.advisories;
};
const update = (attributes: string, inside: string) => `<updates><update ${attributes}>${inside}</update></updates>`;
const fixed = (name: string, version: string, more = "") =>
  `<pkglist><collection><package name="${name}" version="${version}" release="1" epoch="0" arch="noarch">${more}</package></collection></pkglist>`;

describe("what rpm lists", () => {
  it("is taken apart; keys aren't packages, and lines of another shape are counted", () => {
    const { packages, odd } = parseRpmQuery(
      [row("bash", "5.1-1"), row("openssl", "1:3.0-2"), row("gpg-pubkey", "1-1", "(none)"), "half\ta line", row("a\tb", "1-1"), ""].join("\n"),
    );
    assert.deepEqual(
      packages.map(({ name, version }) => `${name} ${version}`),
      ["bash 5.1-1", "openssl 1:3.0-2"],
    );
    assert.equal(odd, 2);
  });

  it("may have names made to hurt: they stay data", () => {
    for (const name of ["a'b", 'a"b', "$(reboot)", "-rf", "\u001b[31mred", "☃", "../../etc", "x".repeat(60_000)])
      assert.equal(parseRpmQuery(row(name, "1-1")).packages[0]?.name, name);
  });

  it("may be a hundred thousand packages", () => {
    const text = Array.from({ length: 100_000 }, (_, index) => row(`package-${index}`, `1.${index}-1`)).join("\n");
    const { packages } = parseRpmQuery(text);
    assert.equal(packages.length, 100_000);
    assert.equal(newestByName(packages).size, 100_000);
  });

  it("names the source where it is another one, with the package's epoch when the version is the same", () => {
    const of = (name: string, version: string, sourceRpm: string) => sourceOf({ name, version, sourceRpm, architecture: "x86_64", installedAt: 1 });
    assert.equal(of("bash", "5.1-1", "bash-5.1-1.src.rpm"), undefined);
    assert.deepEqual(of("openssl-libs", "1:3.0-2", "openssl-3.0-2.src.rpm"), { name: "openssl", version: "1:3.0-2" });
    assert.deepEqual(of("perl-libs", "4:5.32-1", "perl-5.32.1-480.nosrc.rpm"), { name: "perl", version: "5.32.1-480" });
    assert.equal(of("odd", "1-1", "(none)"), undefined);
  });

  it("has duplicates only where several versions aren't meant", async () => {
    const provides: RunProgram = async () => "kernel-core\tinstallonlypkg(kernel)\nlab-slow\tlab-slow\nown-module\town-module\n";
    const packages = [
      ...[rpm("kernel-core", "5.14-1"), rpm("kernel-core", "5.14-2"), rpm("own-module", "1-1"), rpm("own-module", "1-2")],
      ...[rpm("lab-slow", "1.0-1"), rpm("lab-slow", "1.1-1"), rpm("glibc", "2-1"), rpm("glibc", "2-1", "i686")],
    ];
    assert.deepEqual(await findDuplicates(provides, packages, ["own-module"]), [
      { name: "lab-slow", architecture: "x86_64", newest: "1.1-1", older: ["1.0-1"] },
    ]);
  });
});

describe("what dnf prints", () => {
  it("is read as dnf 4 has printed it", async () => {
    const { candidates, odd } = parseCandidates(
      (await captured("dnf-repoquery-upgrades.tsv")).replaceAll(/\t[^\t]+\.src\.rpm\t/g, "\t"), // captured with one more column
    );
    assert.equal(odd, 0);
    assert.deepEqual(
      candidates.filter(({ name }) => name === "lab-curl").map(({ version, repository, sizeBytes }) => [version, repository, sizeBytes]),
      [
        ["1.1-1", "lab-updates", 6116],
        ["1.2-1", "lab-updates", 6116],
      ],
    );
    const offered = parseCheckUpdate(await captured("dnf-check-update.txt"));
    assert.equal(offered.size, 10);
    assert.equal(offered.get("lab-curl.noarch"), "1.2-1");
  });

  it("is read where long names break lines, and between sentences", () => {
    const text = [
      "Security: kernel-core-5.14 is an installed security update",
      "a-name-so-long-that-it-stands-alone.x86_64",
      "                         1:2.0-1            base",
      "short.noarch   1.0-2   updates",
      "Obsoleting Packages",
      "new.noarch  1-1  base",
    ].join("\n");
    assert.deepEqual(
      [...parseCheckUpdate(text)],
      [
        ["a-name-so-long-that-it-stands-alone.x86_64", "1:2.0-1"],
        ["short.noarch", "1.0-2"],
      ],
    );
  });

  it("has repositories, in words (dnf 4) or as JSON (dnf 5), and a version", () => {
    assert.deepEqual(parseRepolist("repo id      repo name\nbase         Base\nupdates      Updates\n"), ["base", "updates"]);
    assert.deepEqual(parseRepositories('[{"id":"fedora","name":"Fedora","is_enabled":true},{"name":"no id"},7]'), ["fedora"]);
    assert.deepEqual(["4.14.0\n  Installed: …", "dnf5 version 5.2.10.0\n", "3.4.3\n", "bash: dnf: command not found"].map(parseDnfGeneration), [
      4,
      5,
      3,
      undefined,
    ]);
  });

  it("has settings, of [main] only", () => {
    const text = "[main]\n# exclude=no\nexclude=kernel*,\n  lab-held\nbest = True\n[other]\ncachedir=/elsewhere\n";
    assert.equal(readMainSetting(text, "exclude"), "kernel*, lab-held");
    assert.equal(readMainSetting(text, "best"), "True");
    assert.equal(readMainSetting(text, "cachedir"), undefined);
  });

  it("is one update for each package: to what is offered, else held at the newest", () => {
    const installed = newestByName([rpm("free", "1-1", "noarch"), rpm("held", "1-1", "noarch"), rpm("partly", "1-1", "noarch"), rpm("moved", "1-1", "noarch")]);
    const candidate = (name: string, version: string, architecture = "noarch") => ({ name, version, architecture, repository: "updates" });
    const candidates = [
      ...[candidate("free", "2-1"), candidate("free", "10-1"), candidate("held", "3-1"), candidate("held", "2-1"), candidate("partly", "2-1")],
      ...[candidate("partly", "3-1"), candidate("moved", "2-1", "x86_64"), candidate("absent", "1-1"), candidate("free", "0.9-1")],
    ];
    const offered = new Map([
      ["free.noarch", "10-1"],
      ["partly.noarch", "2-1"],
      ["moved.x86_64", "2-1"],
    ]);
    assert.deepEqual(
      missingUpdates(installed, candidates, offered, byName([])).map(
        (one) => `${one.name}.${one.architecture} ${one.candidateVersion}${one.held ? " held" : ""}`,
      ),
      ["free.noarch 10-1", "held.noarch 3-1 held", "partly.noarch 2-1", "moved.x86_64 2-1"],
    );
  });

  it("has holds as shell patterns for any spelling of a package", () => {
    const isHeld = holder(["lab-held-0:1.0-1.*", "kernel*", "[ab]-tool", "odd+name"]);
    const held = [rpm("lab-held", "1.0-1"), rpm("kernel-core", "5-1"), rpm("b-tool", "1-1"), rpm("odd+name", "1-1")];
    const free = [rpm("lab-held", "1.1-1"), rpm("c-tool", "1-1"), rpm("akernel", "1-1"), rpm("oddname", "1-1")];
    assert.deepEqual([held.map(isHeld), free.map(isHeld)], [held.map(() => true), free.map(() => false)]);
    assert.equal(shellPattern("[z-a]*").test("z"), false);
    assert.equal(shellPattern("**".repeat(20)).test(`${"a".repeat(50)}\n`), true);
  });
});

describe("what zypper prints", () => {
  it("is read as it has printed it: packages, no patches", async () => {
    const updates = parseListUpdates(await captured("zypper-list-updates.xml"));
    assert.equal(updates.length, 9);
    assert.deepEqual(
      updates.find(({ name }) => name === "lab-curl"),
      { name: "lab-curl", architecture: "noarch", version: "1.2-1", repository: "lab-updates" },
    );
    assert.deepEqual(parseListUpdates(await captured("zypper-list-patches.xml")), []);
  });

  it("has locks on packages", () => {
    const block = (type: string, name: string) => `type: ${type}\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: ${name}\n`;
    assert.deepEqual(parseLocks(`\n${block("package", "lab-held")}\n${block("patch", "SUSE-1")}\n${block("package", "kernel*")}\n`), ["lab-held", "kernel*"]);
  });
});

describe("advisories", () => {
  it("are read as createrepo_c has packed them", async () => {
    const advisories = readAll(await captured("updateinfo.xml"));
    assert.deepEqual(
      advisories.map(({ id, security, severity, cves, packages }) => [
        id,
        security,
        severity,
        cves.length,
        packages.map((one) => `${one.name}-${one.version}${one.reboot ? " reboot" : ""}`),
      ]),
      [
        ["LABSA-2099:0001", true, "important", 2, ["lab-ssl-1.0-2", "lab-libssl-1.0-2"]],
        ["LABSA-2099:0003", true, "critical", 1, ["lab-curl-1.1-1"]],
        ["LABSA-2099:0004", true, "moderate", 1, ["lab-kernel-1.1-1 reboot"]],
        ["LABBA-2099:0005", false, "unspecified", 0, ["lab-curl-1.2-1", "lab-tools-1.1-1"]],
        ["LABEA-2099:0006", false, "unspecified", 0, ["lab-conf-1.1-1"]],
      ],
    );
  });

  it("that their vendor has withdrawn aren't told, nor numbers that are none", () => {
    assert.deepEqual(readAll(update('type="security" status="retracted"', `<id>A</id>${fixed("x", "1")}`)), []);
    const [one] = readAll(
      update(
        'type="security"',
        `<id>A</id><references><reference type="cve" id="CVE-2024-1'; DROP"/><reference type="cve" id="12" title="CVE-2024-1234"/></references>${fixed("x", "1", "<reboot_suggested>False</reboot_suggested>")}`,
      ),
    );
    assert.deepEqual([one?.cves, one?.packages[0]?.reboot], [["CVE-2024-1234"], false]);
  });

  it("are unpacked by what their name says, and found in their folder only", async () => {
    await using folder = await temporaryDirectory();
    await mkdir(join(folder.path, "repodata"));
    const text = update('type="security"', `<id>A</id>${fixed("x", "1")}`);
    const none: RunProgram = async (file) => Promise.reject(new Error(`${file} isn't here`));
    const read = async (href: string, content: Buffer | string, run = none) => {
      await writeFile(join(folder.path, "repodata/repomd.xml"), `<repomd><data type="updateinfo"><location href="${href}"/></data></repomd>`);
      await writeFile(join(folder.path, "repodata", href.replaceAll(/.*\//g, "")), content);
      const reader = updateInfoReader(() => true);
      await readUpdateInfo({ id: "r", folder: folder.path }, reader, run);
      return reader.advisories.length;
    };
    assert.equal(await read("repodata/a.xml.gz", gzipSync(text)), 1);
    assert.equal(await read("repodata/a.xml.zst", zstdCompressSync(text)), 1);
    assert.equal(await read("repodata/a.xml", text), 1);
    assert.equal(await read("repodata/a.xml.xz", "packed", async (file, args) => (file === "xz" && args[0] === "-dc" ? text : "")), 1);
    await assert.rejects(read("repodata/a.xml.xz", "packed"), /xz isn't here/);
    await assert.rejects(read("repodata/a.xml.gz", "not packed"));
    await assert.rejects(read("repodata/a.xml.gz", gzipSync(text).subarray(0, 60)));
    await assert.rejects(read("repodata/a.xml", text.slice(0, -20)), /can't be read/);
    assert.equal(parseRepomd('<repomd><data type="updateinfo"><location href="../../../etc/shadow"/></data></repomd>').get("updateinfo"), "shadow");
  });

  it("can't fill memory with entities or depth", () => {
    const laughs = `<!DOCTYPE u [<!ENTITY a "ha"><!ENTITY b "${"&a;".repeat(1_000)}">]><updates>&b;</updates>`;
    assert.throws(() => readXml(laughs, {}), /can't be read/);
    assert.throws(() => readXml("<a>".repeat(100_000), {}), /nested deeper/);
    let longest = 0;
    readXml(`<a>${"x".repeat(1_000_000)}</a>`, {
      close(_, text) {
        longest = text.length;
      },
    });
    assert.equal(longest, 64 * 1024);
  });
});

describe("what goes wrong", () => {
  it("in a package's script is told in its own words", async () => {
    const [failure, ...more] = scriptletFailures(await captured("dnf-upgrade-postin-fails.txt"));
    assert.deepEqual(more, []);
    assert.deepEqual([failure?.script, failure?.nevra], ["post", "lab-fail-1.1-1.noarch"]);
    assert.match(failure?.words ?? "", /^lab-fail: cannot start the service; /);
  });

  it("with one of several packages is told of that one", async () => {
    assert.match(
      refusalOf(await captured("dnf-upgrade-postin-fails.txt"), "lab-broken"),
      /cannot install the best update candidate for package lab-broken|nothing provides lab-does-not-exist/,
    );
  });

  it("is told without what a terminal would act upon, and briefly", () => {
    const hostile = `Error: \u001b]0;owned\u0007\u001b[2J\u0000no\rError: yes\nError: ${"x".repeat(5_000)}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.doesNotMatch(refusalOf(hostile), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u);
    assert.equal(plainLines("10%\r100% done\n")[0], "100% done");
    assert.ok(refusalOf(hostile).length <= 1_000);
  });

  it("is a full disk in any of their words", () => {
    for (const words of [
      "OSError: [Errno 28] No space left on device",
      "  - At least 5MB more space needed on the / filesystem.",
      "installing package x-1-1.x86_64 needs 12MB on the / filesystem",
    ])
      assert.ok(isDiskFull(words), words);
    assert.ok(!isDiskFull("After the operation, 5 MB of additional space will be used."));
  });
});
