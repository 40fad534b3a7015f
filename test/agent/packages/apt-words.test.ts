import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDpkgQuery, parseRecords } from "../../../engine/agent/packages/apt-text.ts";
import { failureOf, isDiskFull, isForbidden, lockHolder, refusalOf, repositoryFault } from "../../../engine/agent/packages/apt-words.ts";
import { rebootBehaviour } from "../../../engine/agent/packages/debian-reboot-behaviour.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const captured = (name: string) => readFile(join(import.meta.dirname, "../../lab/fixtures/captured", name), "utf8");

describe("what apt and dpkg say", () => {
  it("names whoever holds a lock, in the words of several releases", async () => {
    const table: [string, { pid?: number; program?: string } | undefined][] = [
      [await captured("apt-locked.txt"), { pid: 20344, program: "python3" }],
      ["E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (odd (name))\n", { pid: 7, program: "odd (name)" }],
      ["E: Could not get lock /var/lib/dpkg/lock - open (11: Resource temporarily unavailable)\n", {}],
      ["dpkg: error: dpkg frontend lock was locked by another process with pid 24415\nNote: removing", { pid: 24415 }],
      ["dpkg: error: dpkg database lock was locked by another process with pid 9\n", { pid: 9 }],
      ["dpkg: error: dpkg frontend is locked by another process\n", {}],
      ["Setting up lab-fail\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n", undefined],
      ["I say: E: Could not get lock /x. It is held by process 7 (sh)\n", undefined],
    ];
    for (const [output, expected] of table) {
      const found = lockHolder(output);
      assert.deepEqual(found && JSON.parse(JSON.stringify(found)), expected, output);
    }
  });

  it("tells what is wrong with a repository", () => {
    const table: [string, RegExp | undefined][] = [
      ["Hit:1 http://deb.example bookworm InRelease\nReading package lists...\n", undefined],
      ["W: Target Packages is configured multiple times in sources.list:1\n", undefined],
      [
        "Err:1 http://x bookworm InRelease\n  Could not resolve 'x'\nW: Failed to fetch http://x/InRelease  Could not resolve 'x'\nW: Some index files failed to download.\n",
        /^unreachable: Failed to fetch http:\/\/x\/InRelease {2}Could not resolve 'x'$/,
      ],
      [
        "W: An error occurred during the signature verification. The repository is not updated and the previous index files will be used. GPG error: http://x InRelease: NO_PUBKEY 0E98404D386FA1D9\n",
        /^bad signature: An error occurred/,
      ],
      ["E: The repository 'http://x bookworm Release' is not signed.\n", /^bad signature: /],
      [
        "E: Release file for http://x/InRelease is not valid yet (invalid for another 23h 1min 5s). Updates for this repository will not be applied.\n",
        /^wrong time: Release file/,
      ],
      ["E: Release file for http://x/InRelease is expired (invalid since 2d 3h). Updates for this repository will not be applied.\n", /^wrong time: /],
      ["E: Failed to fetch http://x/Packages.gz  Hash Sum mismatch\n", /^bad hash: /],
      ["E: Failed to fetch http://x/Packages.gz  File has unexpected size (3 != 4). Mirror sync in progress?\n", /^bad hash: /],
      ["Err:1 http://x InRelease\n", /^unreachable: Err:1 http:\/\/x InRelease$/],
      ["E: a\nE: b\nE: c\nE: d\nE: e\n", /^unreachable: a; b; c; and 2 more$/],
    ];
    for (const [output, expected] of table) {
      if (expected === undefined) assert.equal(repositoryFault(output), undefined, output);
      else assert.match(repositoryFault(output) ?? "", expected);
    }
  });

  it("says why one package failed, and why nothing was tried", async () => {
    const failing = (await captured("apt-install-postinst-fails.txt")).replaceAll(/^(?:pm|dl)\w+:.*\n/gm, "");
    assert.match(
      failureOf(failing, "lab-fail"),
      /lab-fail: cannot start the service; installed lab-fail package post-installation script subprocess returned error exit status 1$/,
    );
    const unresolvable = await captured("apt-unresolvable.txt");
    assert.match(failureOf(unresolvable, "lab-broken"), /^lab-broken : Depends: lab-does-not-exist but it is not installable; Unable to correct problems/);
    assert.equal(failureOf(unresolvable, "lab-other"), "Unable to correct problems, you have held broken packages.");
    assert.match(refusalOf(unresolvable), /^lab-broken : Depends/);
    assert.match(failureOf(await captured("apt-held.txt"), "lab-held"), /^Held packages were changed/);
    const archive =
      "dpkg: error processing archive /var/cache/apt/archives/g++_4%3a12.2_amd64.deb (--unpack):\n cannot copy extracted data for './usr/bin/g++': No space left on device\n";
    assert.equal(failureOf(archive, "g++"), "cannot copy extracted data for './usr/bin/g++': No space left on device");
    assert.equal(failureOf("", "x"), "");
  });

  it("tells a full disk and a lack of rights", () => {
    assert.ok(isDiskFull("E: You don't have enough free space in /var/cache/apt/archives/."));
    assert.ok(isDiskFull("E: Write error - write (28: No space left on device)"));
    assert.ok(!isDiskFull("Setting up disk-full (1.0) ..."));
    assert.ok(isForbidden("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)"));
    assert.ok(isForbidden("dpkg: error: requested operation requires superuser privilege"));
  });

  it("knows half installed packages, those to be installed again, and other sources", () => {
    const rows = [
      "a\tall\t1.0\tinstall\tinstalled\tok\ta\t1.0",
      "b\tamd64\t1.0+b1\tinstall\thalf-configured\tok\tb\t1.0",
      "c\tamd64\t1.0\tinstall\thalf-installed\treinstreq\tcc\t2.0",
    ].join("\n");
    assert.deepEqual(
      parseDpkgQuery(rows).map(({ name, broken, reinstall, source }) => [name, broken, reinstall, source ?? null]),
      [
        ["a", false, false, null],
        ["b", true, false, { name: "b", version: "1.0" }],
        ["c", true, true, { name: "cc", version: "2.0" }],
      ],
    );
  });

  it("reads records that lack their size, and passes over what are none", () => {
    const text =
      "Package: a\nVersion: 1\nArchitecture: all\nSize: 12\nSection: non-free/doc\nDescription: x\n Size: 99\n\nPackage: b\nVersion: 2\nArchitecture: amd64\n\nN: nothing\n";
    assert.deepEqual(
      [...parseRecords(text)],
      [
        ["a all 1", { size: 12, section: "non-free/doc" }],
        ["b amd64 2", { size: undefined, section: "" }],
      ],
    );
  });
});

describe("what installing a Debian package means for a reboot", () => {
  it("is reasoned from its name and section", async () => {
    await using root = await temporaryDirectory();
    const table: [string, string, string][] = [
      ["linux-image-6.1.0-21-amd64", "kernel", "always"],
      ["linux-image-amd64", "kernel", "always"],
      ["linux-generic", "kernel", "always"],
      ["intel-microcode", "admin", "always"],
      ["libc6", "libs", "possible"],
      ["libc6-dev", "libdevel", "never"],
      ["systemd", "admin", "possible"],
      ["libssl3", "libs", "possible"],
      ["libssl-dev", "libdevel", "never"],
      ["dbus", "admin", "possible"],
      ["dbus-x11", "x11", "unknown"],
      ["bash-doc", "doc", "never"],
      ["fonts-dejavu-core", "fonts", "never"],
      ["somebody-data", "contrib/localization", "never"],
      ["nginx", "httpd", "unknown"],
    ];
    for (const [name, section, expected] of table) assert.equal(await rebootBehaviour(root.path, { name, architecture: "amd64" }, section), expected, name);
  });
});
