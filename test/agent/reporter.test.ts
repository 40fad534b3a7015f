import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageAdapter, PackageReport } from "../../engine/agent/packages/adapter.ts";
import { createReporter, type Reporter } from "../../engine/agent/reporter.ts";
import type { Report } from "../../engine/core/report.ts";
import type { InstalledPackage } from "../../engine/core/update.ts";
import { createAssembly } from "../../engine/fleet/inventory-assembly.ts";
import type { AgentFrame } from "../../engine/protocol/agent.ts";
import { digestOf } from "../../engine/protocol/report-digest.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { recordingLog } from "./engine-under-test.ts";

const pkg = (name: string, version = "1.0"): InstalledPackage => ({ name, architecture: "amd64", version, held: false });

describe("an agent's reports", () => {
  let home: TemporaryDirectory;
  let clock: TestClock;
  let installed: InstalledPackage[];
  let reporter: Reporter;
  let frames: AgentFrame[];
  const { log, lines } = recordingLog();
  const adapter: PackageAdapter = {
    name: "test",
    detect: async () => true,
    stamp: async () => installed.map((one) => `${one.name} ${one.version}`).join(),
    inventory: async (): Promise<PackageReport> => ({
      ...{ packageManager: "test", listsUpdatedAt: 1, rebootPending: false, rebootReasons: [], updates: [], problems: [] },
      installed,
    }),
  };

  it("stay as they are when it can't be found out whether packages have changed", async () => {
    connect();
    confirm(await sent());
    const { stamp } = adapter;
    adapter.stamp = async () => {
      throw new Error("EIO: i/o error, stat");
    };
    await reporter.packagesMayHaveChanged().finally(() => {
      adapter.stamp = stamp;
    });
    assert.match(lines.map((line) => JSON.stringify(line)).join(), /whether packages have changed can't be found out/);
  });

  const start = async () => {
    reporter = await createReporter({ stateDirectory: home.path, adapter, clock, log });
  };
  const restart = async () => {
    await reporter.stop();
    await start();
  };
  beforeEach(async () => {
    home = await temporaryDirectory();
    clock = testClock();
    installed = [pkg("bash"), pkg("curl"), pkg("vim")];
    frames = [];
    lines.length = 0;
    await start();
  });
  afterEach(async () => {
    await reporter.stop();
    await home.remove();
  });

  const connect = (inventoryAfterMs?: number) => {
    reporter.detach();
    reporter.attach((frame) => void frames.push(frame), { inventoryMs: 3_600_000, ...(inventoryAfterMs === undefined ? {} : { inventoryAfterMs }) });
  };
  /** The next report that was sent. */
  const sent = async (): Promise<Report> => {
    const frame = await eventually("a report", () => frames.shift());
    assert.equal(frame.type, "inventory");
    const report = createAssembly().add(frame as Extract<AgentFrame, { type: "inventory" }>);
    assert.ok(report);
    return report;
  };
  /** The engine has a report, and what it has of it is what the agent sent. */
  const confirm = ({ sequence }: Report, digest: string | null = digestOf({ installed, updates: [] })) =>
    reporter.taken({ type: "inventoryTaken", sequence, digest });

  it("are whole until the engine has confirmed one, then hold what differs", async () => {
    installed = [...installed, pkg("wget"), pkg("zsh")];
    connect(0);
    const first = await sent();
    assert.equal(first.difference, undefined);
    confirm(first);
    installed = [pkg("bash", "1.1"), pkg("curl"), pkg("wget"), pkg("zsh")];
    connect(0);
    const second = await sent();
    assert.deepEqual(second.inventory.installed, [pkg("bash", "1.1")]);
    assert.deepEqual(second.difference?.removed.installed, [
      { name: "bash", architecture: "amd64", version: "1.0" },
      { name: "vim", architecture: "amd64", version: "1.0" },
    ]);
    assert.equal(second.difference?.digest, digestOf({ installed, updates: [] }));
  });

  it("hold nothing when nothing has changed, after a reconnect and after a restart", async () => {
    connect(0);
    confirm(await sent());
    for (const again of [async () => {}, restart]) {
      await again();
      connect(0);
      const { inventory, difference } = await sent();
      assert.deepEqual([inventory.installed, difference?.removed, difference?.base], [[], { installed: [], updates: [] }, difference?.digest]);
    }
  });

  it("are whole for an engine that doesn't answer, whatever was confirmed before", async () => {
    connect(0);
    confirm(await sent());
    await restart();
    connect();
    assert.equal((await sent()).inventory.installed.length, 3);
  });

  it("are whole again when the engine asks for it, and from then on", async () => {
    connect(0);
    confirm(await sent());
    installed = [...installed, pkg("zsh")];
    connect(0);
    const refused = await sent();
    assert.equal(refused.inventory.installed.length, 1);
    reporter.wanted({ type: "inventoryWanted", whole: true });
    const whole = await sent();
    assert.deepEqual([whole.sequence, whole.inventory.installed.length, whole.difference], [refused.sequence, 4, undefined]);
    connect(0);
    assert.equal((await sent()).difference, undefined);
  });

  it("take a number beyond the one that the engine names, as a machine does whose state was lost and whose clock is a day behind", async () => {
    connect(0);
    const { sequence } = await sent();
    await rm(join(home.path, "sequence.json"));
    clock.setWallClock("2026-01-14T12:00:00Z");
    await restart();
    connect(0);
    const early = await sent();
    assert.ok(early.sequence < sequence);
    reporter.wanted({ type: "inventoryWanted", beyond: sequence });
    assert.ok((await sent()).sequence > sequence);
  });

  it("are whole when what was confirmed is lost, damaged, or not what its digest says", async () => {
    connect(0);
    confirm(await sent());
    await reporter.stop();
    const file = join(home.path, "reported.json");
    const kept = await readFile(file, "utf8");
    const damages = [
      () => rm(file),
      () => writeFile(file, kept.slice(0, 40)),
      () => writeFile(file, kept.replace("curl", "wget")),
      () => writeFile(file, "null"),
    ];
    for (const damage of damages) {
      await damage();
      await restart();
      connect(0);
      assert.equal((await sent()).difference, undefined);
    }
  });

  it("forget what was confirmed when the engine says that it has something else", async () => {
    connect(0);
    const first = await sent();
    confirm(first);
    confirm(first, "x".repeat(43));
    connect(0);
    assert.equal((await sent()).difference, undefined);
  });

  it("keep comparing with the last good report while others fail", async () => {
    connect(0);
    const good = digestOf({ installed, updates: [] });
    confirm(await sent());
    const before = installed;
    installed = [];
    connect(0);
    const failed = await sent();
    assert.equal(failed.difference, undefined);
    confirm(failed, good);
    installed = [...before, pkg("zsh")];
    connect(0);
    assert.equal((await sent()).difference?.base, good);
  });

  it("go out from a full disk, on which nothing can be kept", async () => {
    // What can't be written: folders are in the place of the files.
    await Promise.all(["sequence.json", "sequence.json.new", "reported.json.new"].map((name) => mkdir(join(home.path, name))));
    connect(0);
    const first = await sent();
    confirm(first);
    installed = [...installed, pkg("zsh")];
    connect(0);
    const second = await sent();
    assert.deepEqual([second.inventory.installed.length, second.sequence > first.sequence], [1, true]);
    await eventually("a warning", () => lines.filter((line) => line.level === "warn").length >= 2);
    await rm(join(home.path, "sequence.json"), { recursive: true });
  });

  it("are cleaned before they are compared, and say what was left out", async () => {
    installed = [pkg("bash"), pkg("evil\u001b[2J"), pkg("bash")];
    connect(0);
    const { inventory } = await sent();
    assert.deepEqual(inventory.installed, [pkg("bash")]);
    assert.match(inventory.problems.join(), /1 packages were left out/);
  });

  it("are known to be taken before whoever asked for one gets its answer, also when the engine first has no place", async () => {
    connect(3_600_000);
    let answered = false;
    const answer = reporter.reportNow().finally(() => {
      answered = true;
    });
    const asked = await sent();
    reporter.wanted({ type: "inventoryWanted", afterMs: 1 });
    const again = await sent();
    assert.deepEqual([again.sequence, answered], [asked.sequence, false]);
    confirm(again);
    assert.equal((await answer).taken, true);
  });

  it("say that package lists couldn't be fetched until they can be, also those of the next agent, and in their own time", async () => {
    await reporter.listsNotRefreshed("the package lists couldn't be fetched: bad signature");
    connect(0);
    confirm(await sent());
    clock.advance({ hours: 1 });
    const answer = reporter.reportNow();
    const later = await sent();
    assert.deepEqual(later.inventory.problems, ["the package lists couldn't be fetched: bad signature"]);
    confirm(later);
    await answer;
    await restart();
    connect(0);
    assert.deepEqual((await sent()).inventory.problems, ["the package lists couldn't be fetched: bad signature"]);
    await reporter.listsRefreshed();
    const mended = reporter.reportNow();
    const good = await sent();
    assert.deepEqual(good.inventory.problems, []);
    confirm(good);
    await mended;
  });

  it("don't take lists for fresh by a clock that was ahead when they came", async () => {
    const before = clock.now();
    clock.setWallClock(Temporal.Instant.fromEpochMilliseconds(before).add({ hours: 400 }));
    await reporter.listsRefreshed();
    clock.setWallClock(Temporal.Instant.fromEpochMilliseconds(before).add({ hours: 1 }));
    connect(0);
    const { inventory } = await sent();
    assert.ok(inventory.listsUpdatedAt !== null && inventory.listsUpdatedAt <= before, `${inventory.listsUpdatedAt}`);
  });

  it("say when package lists were fetched, also when the package manager leaves no trace of it", async () => {
    clock.advance({ hours: 5 });
    await reporter.listsRefreshed();
    await restart();
    connect(0);
    assert.equal((await sent()).inventory.listsUpdatedAt, clock.now());
  });

  it("don't keep whoever asked waiting when the engine doesn't answer reports, or the agent stops", async () => {
    connect();
    assert.equal((await reporter.reportNow()).taken, false);
    connect(3_600_000);
    const answer = reporter.reportNow();
    await eventually("the report", () => frames.length > 1);
    await reporter.stop();
    assert.equal((await answer).taken, false);
  });

  it("of 100,000 packages of which one has changed are one small frame", async function () {
    this.timeout(60_000);
    installed = Array.from({ length: 100_000 }, (_, n) => pkg(`package-${n}`));
    connect(0);
    const parts = await eventually("all parts", () => frames.length > 3 && frames);
    confirm({ sequence: (parts[0] as Extract<AgentFrame, { type: "inventory" }>).sequence } as Report);
    installed = [pkg("package-0", "1.1"), ...installed.slice(1)];
    frames = [];
    connect(0);
    const frame = await eventually("a report", () => frames.shift());
    assert.equal(frames.length, 0);
    assert.ok(Buffer.byteLength(JSON.stringify(frame)) < 1_000);
  });
});
