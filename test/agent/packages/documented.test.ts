import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChangeContext } from "../../../engine/agent/packages/adapter.ts";
import { keyOf } from "../../../engine/agent/packages/adapter.ts";
import { createApk, parseApkInstalled } from "../../../engine/agent/packages/apk.ts";
import type { ChangeProgram } from "../../../engine/agent/packages/change-program.ts";
import { createPacman } from "../../../engine/agent/packages/pacman.ts";
import { createSoftwareUpdate, parseInstallHistory } from "../../../engine/agent/packages/softwareupdate.ts";
import { createWindowsUpdate } from "../../../engine/agent/packages/windows-update.ts";
import type { MissingUpdate } from "../../../engine/core/update.ts";
import { testClock } from "../../support/clock.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { code } from "../command-rig.ts";

/** What can't run here is fed with samples of its documented format. */
const sample = (path: string) => readFile(join(import.meta.dirname, "../../lab/fixtures", path), "utf8");
const context: ChangeContext = { signal: new AbortController().signal, log: () => {}, logFile: "/dev/null", lockTimeoutMs: 0 };
const brief = ({ name, installedVersion, candidateVersion, classification, severity, rebootBehaviour }: MissingUpdate) =>
  [name, installedVersion, candidateVersion, classification, severity, rebootBehaviour].join(" ");
const HOSTILE = 'x"; Remove-Item C:\\ -Recurse; $(reboot) `id` \u001b]0;\n--root=/';

describe("packages by the Windows Update Agent", () => {
  const asked: { script: string; input: object }[] = [];
  const agent = async (answers: { search?: string; install?: string } = {}) => {
    const [search, install] = [
      answers.search ?? (await sample("documented/windows-search.json")),
      answers.install ?? (await sample("documented/windows-install.json")),
    ];
    asked.length = 0;
    const powerShell = async (script: string, input: object) => {
      asked.push({ script, input });
      return "updateIds" in input ? install : search;
    };
    const adapter = createWindowsUpdate({ powerShell, platform: "win32" });
    if (!adapter.change) throw new Error("it can install");
    return { ...adapter, change: adapter.change };
  };

  it("keeps two updates of one article and architecture apart, under the article's name, and the one that is left stays the same update", async () => {
    const found = JSON.parse(await sample("documented/windows-search.json"));
    const [first] = found.updates;
    const second = { ...first, updateId: "0b6d0e9c-1111-4222-8333-444455556666", supersededIds: [] };
    const listed = async (updates: unknown[]) => (await (await agent({ search: JSON.stringify({ ...found, updates }) })).inventory()).updates;
    const both = await listed([...found.updates, second]);
    const same = both.filter(({ name }) => name === `KB${first.kbArticleIds[0]}`);
    assert.equal(same.length, 2);
    assert.equal(new Set(both.map(keyOf)).size, both.length, JSON.stringify(both.map(keyOf)));
    const [left] = await listed([second]);
    assert.deepEqual(left && keyOf(left), same[1] && keyOf(same[1]), "whether the other one is missing or installed");
  });

  it("are told with Azure's classes by GUID, severity, CVEs and reboot behaviour", async () => {
    const { updates, problems } = await (await agent()).inventory();
    assert.deepEqual(problems, []);
    assert.deepEqual(updates.map(brief), [
      "KB9900001  6f2b1c44-0d1e-4a53-9c6a-2f7f0c1d9a01.200 security critical always",
      "KB9900002  c1d0e7aa-5a1f-4f0e-8d59-1f0a2b3c4d02.201 security important possible",
      "KB2267602  0e8f5b1d-7a64-4c9e-b1f2-6d5e4f3a2b03.1 definition unspecified never",
    ]);
    assert.deepEqual(
      updates.map(({ cves, architecture }) => [cves.join(), architecture]),
      [
        ["", "x64~6f2b1c44"],
        ["CVE-2099-1201", "x64~c1d0e7aa"],
        ["", "all~0e8f5b1d"],
      ],
    );
  });

  it("leave out what another one supersedes, and have a problem when the search wasn't whole", async () => {
    const found = JSON.parse(await sample("documented/windows-search.json"));
    found.updates[0].supersededIds = [found.updates[1].updateId];
    const { updates, problems, rebootReasons } = await (
      await agent({ search: JSON.stringify({ ...found, resultCode: 3, rebootReasons: ["it asks"] }) })
    ).inventory();
    assert.deepEqual([updates.length, problems, rebootReasons], [2, ["the search of the Windows Update Agent ended with the result 3"], ["it asks"]]);
  });

  it("are installed by id, and each is judged by its own result", async () => {
    const windows = await agent();
    const { updates } = await windows.inventory();
    const chosen = updates.slice(0, 2).map(({ name, architecture, candidateVersion }) => ({ name, architecture, version: candidateVersion }));
    const { failed } = await windows.change.install(chosen, { configurationFiles: "keep" }, context);
    assert.deepEqual([...failed], [["KB9900002:x64~c1d0e7aa", "it failed (0x80070643)"]]);
    assert.deepEqual(asked.at(-1)?.input, { updateIds: ["6f2b1c44-0d1e-4a53-9c6a-2f7f0c1d9a01", "c1d0e7aa-5a1f-4f0e-8d59-1f0a2b3c4d02"] });
  });

  it("put nothing of a name into a script", async () => {
    const windows = await agent();
    await windows.change.install([{ name: HOSTILE, architecture: HOSTILE, version: HOSTILE }], { configurationFiles: "keep" }, context);
    await windows.inventory();
    for (const { script } of asked) assert.ok(!script.includes("Remove-Item"));
  });

  it("say that another installation is under way, and that an answer isn't understood", async () => {
    const busy = await agent({ install: '{"missing":[],"results":[],"busy":true}' });
    await assert.rejects(busy.change.install([], { configurationFiles: "keep" }, context), code("PACKAGE_MANAGER_BUSY"));
    const { problems, updates } = await (await agent({ search: '{"resultCode":2}' })).inventory();
    assert.deepEqual([problems, updates], [["the Windows Update Agent's answer isn't understood"], []]);
  });
});

describe("packages by macOS softwareupdate", () => {
  const mac = async (list: string) => {
    const asked: string[][] = [];
    const changed: ChangeProgram[] = [];
    const adapter = createSoftwareUpdate({
      run: async (file, args) => {
        asked.push([file, ...args]);
        return file === "softwareupdate"
          ? list
          : '{"SPInstallHistoryDataType":[{"_name":"Safari","install_version":"99.0"},{"_name":"Safari","install_version":"99.1"},{"_name":"odd"}]}';
      },
      change: async (program) => {
        changed.push(program);
        return { exitCode: 0, output: "Done." };
      },
      clock: testClock(),
      platform: "darwin",
    });
    return { adapter, asked, changed };
  };

  it("are listed with labels, sizes and restarts", async () => {
    const { adapter } = await mac(await sample("documented/macos-softwareupdate-list.txt"));
    const { updates, installed } = await adapter.inventory();
    assert.deepEqual(updates.map(brief), [
      "Safari99.1SequoiaAuto-99.1  99.1 other unspecified never",
      "macOS Sequoia 15.99-24Z100  15.99 security unspecified always",
      "Command Line Tools for Xcode-99.0  99.0 other unspecified never",
    ]);
    assert.equal(updates[0]?.sizeBytes, 161_835 * 1024);
    assert.deepEqual(
      installed.map(({ name, version }) => `${name} ${version}`),
      ["Safari 99.1", "odd unknown"],
    );
  });

  it("are none when there is nothing, which isn't a problem", async () => {
    const { adapter } = await mac(await sample("documented/macos-softwareupdate-list-none.txt"));
    const { updates, problems } = await adapter.inventory();
    assert.deepEqual([updates, problems], [[], []]);
  });

  it("are installed by label, after an end of options", async () => {
    const { adapter, changed } = await mac("");
    const { failed } = (await adapter.change?.install([{ name: HOSTILE, architecture: "all", version: "1" }], { configurationFiles: "keep" }, context)) ?? {
      failed: undefined,
    };
    assert.deepEqual([failed?.size, changed], [0, [{ file: "softwareupdate", args: ["--install", "--agree-to-license", "--", HOSTILE] }]]);
  });

  it("have no history that isn't one", () => assert.deepEqual(parseInstallHistory("[]"), []));
});

describe("packages by apk", () => {
  const INSTALLED = [
    "busybox-1.99.1-r28 x86_64 {busybox} (GPL-2.0-only) [installed]",
    "ssl_client-1.99.1-r28 x86_64 {busybox} (GPL-2.0-only) [installed]",
  ].join("\n");
  const alpine = async (after = INSTALLED) => {
    const upgradable = await sample("documented/apk-list-upgradable.txt");
    const changed: ChangeProgram[] = [];
    const adapter = createApk({
      run: async (_, args) => (args.includes("--upgradable") ? upgradable : args.includes("--installed") ? (changed.length > 0 ? after : INSTALLED) : ""),
      change: async (program) => {
        changed.push(program);
        return { exitCode: 0, output: "ERROR: busybox-1.99.1-r29.post-upgrade: script exited with error 1" };
      },
    });
    return { adapter, changed };
  };

  it("are listed with their source packages, which trackers go by", async () => {
    const { installed, updates, problems } = await (await alpine()).adapter.inventory();
    assert.deepEqual(problems, []);
    assert.deepEqual(installed[1], {
      name: "ssl_client",
      architecture: "x86_64",
      version: "1.99.1-r28",
      held: false,
      source: { name: "busybox", version: "1.99.1-r28" },
    });
    assert.deepEqual(
      updates.map(({ name, installedVersion, candidateVersion }) => `${name} ${installedVersion} ${candidateVersion}`),
      [
        "busybox 1.99.1-r28 1.99.1-r29",
        "ssl_client 1.99.1-r28 1.99.1-r29",
        "ca-certificates-bundle 20990226-r0 20990705-r0",
        "py3-setuptools 99.3.0-r1 99.3.0-r2",
      ],
    );
  });

  it("count lines that aren't understood", () => assert.deepEqual(parseApkInstalled("what is this\nWARNING: nothing\n"), { installed: [], odd: 1 }));

  it("are installed by name when the chosen version is what is offered, and judged by the database", async () => {
    const { adapter, changed } = await alpine(INSTALLED.replace("ssl_client-1.99.1-r28", "ssl_client-1.99.1-r29"));
    const chosen = [
      { name: "busybox", architecture: "x86_64", version: "1.99.1-r29" },
      { name: "ssl_client", architecture: "x86_64", version: "1.99.1-r29" },
      { name: "py3-setuptools", architecture: "x86_64", version: "99.3.0-r9" },
      { name: HOSTILE, architecture: "x86_64", version: "1" },
    ];
    const { failed } = (await adapter.change?.install(chosen, { configurationFiles: "keep" }, context)) ?? { failed: new Map<string, string>() };
    assert.deepEqual(changed[0]?.args, ["--no-progress", "--wait", "0", "add", "--upgrade", "busybox", "ssl_client"]);
    assert.deepEqual([...failed.keys()].sort(), [`${HOSTILE}:x86_64`, "busybox:x86_64", "py3-setuptools:x86_64"].sort());
    assert.match(failed.get("busybox:x86_64") ?? "", /script exited with error 1/);
    assert.equal(failed.get("py3-setuptools:x86_64"), "now 99.3.0-r2 is offered");
  });
});

describe("packages by pacman", () => {
  const arch = async (root: string) => {
    const [installed, updates] = await Promise.all([sample("captured/pacman-Q.txt"), sample("captured/pacman-Qu.txt")]);
    const changed: ChangeProgram[] = [];
    const before = installed.replaceAll("1.1-1", "1.0-1");
    const adapter = createPacman({
      run: async (file) => (file === "sh" ? updates : changed.length > 0 ? installed : before),
      change: async (program) => {
        changed.push(program);
        return { exitCode: 0, output: "" };
      },
      root,
    });
    return { adapter, changed };
  };
  const all = [
    { name: "lab-curl", architecture: "any", version: "1.1-1" },
    { name: "lab-ssl", architecture: "any", version: "1.1-1" },
    { name: "lab-tools", architecture: "any", version: "1:2.1-1" },
  ];

  it("are listed, and what IgnorePkg names is held", async () => {
    await using root = await temporaryDirectory();
    const { updates } = await (await arch(root.path)).adapter.inventory();
    assert.deepEqual(
      updates.map(({ name, installedVersion, candidateVersion, held }) => `${name} ${installedVersion} ${candidateVersion} ${held}`),
      ["lab-curl 1.0-1 1.1-1 false", "lab-held 1.0-1 1.1-1 true", "lab-ssl 1.0-1 1.1-1 false", "lab-tools 1:2.0-1 1:2.1-1 false"],
    );
  });

  it("are upgraded all together or not at all: Arch supports no partial upgrades", async () => {
    await using root = await temporaryDirectory();
    const { adapter, changed } = await arch(root.path);
    const part = await adapter.change?.install(all.slice(0, 2), { configurationFiles: "keep" }, context);
    assert.deepEqual([part?.failed.size, changed.length], [2, 0]);
    const whole = await adapter.change?.install(all, { configurationFiles: "keep" }, context);
    assert.deepEqual([whole?.failed.size, changed.map(({ args }) => args.join(" "))], [0, ["-Su --noconfirm --noprogressbar"]]);
  });

  it("aren't touched while the lock file is there, which is never removed", async () => {
    await using root = await temporaryDirectory();
    await mkdir(join(root.path, "var/lib/pacman"), { recursive: true });
    await writeFile(join(root.path, "var/lib/pacman/db.lck"), "");
    const { adapter } = await arch(root.path);
    await assert.rejects(async () => adapter.change?.refresh(context), code("PACKAGE_MANAGER_BUSY", /remove the file when it doesn't/));
  });
});
