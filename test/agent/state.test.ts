import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openAudit } from "../../engine/agent/audit.ts";
import { backoff, jitter } from "../../engine/agent/backoff.ts";
import { openCommandRecords } from "../../engine/agent/command-records.ts";
import { collectFacts, parseOsRelease } from "../../engine/agent/facts.ts";
import { watchFacts } from "../../engine/agent/facts-watch.ts";
import { lockStateDirectory } from "../../engine/agent/lock.ts";
import { forbids } from "../../engine/agent/policy.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { AgentFrame } from "../../engine/protocol/agent.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { recordingLog } from "./engine-under-test.ts";

describe("the state directory of an agent", () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory();
  });
  afterEach(() => home.remove());

  it("is held by one agent, and free again when that one lets go", async () => {
    const lock = await lockStateDirectory(home.path);
    await assert.rejects(lockStateDirectory(home.path), (error) => isRunwrightError(error, "AGENT_STATE") && /another agent/.test(error.message));
    await lock.release();
    await (await lockStateDirectory(home.path)).release();
  });

  it("keeps records of commands for a week after they were confirmed, and unconfirmed ones until they are", async () => {
    const clock = testClock();
    const first = await openCommandRecords(home.path, clock);
    for (const id of ["old", "new", "open"]) {
      await first.start(id, "exec");
      await first.end({
        id,
        action: "exec",
        startedAt: clock.now(),
        endedAt: clock.now() + (id === "new" ? 1_000 : 0),
        outcome: { status: "completed", value: id },
      });
      if (id !== "open") await first.confirm(id);
    }
    clock.advance({ days: 7 });
    const second = await openCommandRecords(home.path, clock);
    assert.deepEqual(["old", "new", "open"].map(second.isKnown), [false, true, true]);
    assert.deepEqual(
      second.left.map((record) => record.id),
      ["open"],
    );
  });

  it("counts a damaged record of a command as started without an end", async () => {
    await mkdir(join(home.path, "commands"));
    await writeFile(join(home.path, "commands", "cmd_1.json"), '{"id":"cmd_1","act');
    const records = await openCommandRecords(home.path, testClock());
    assert.deepEqual(
      records.left.map(({ id, outcome }) => ({ id, outcome })),
      [{ id: "cmd_1", outcome: undefined }],
    );
    assert.equal(records.isKnown("cmd_1"), true);
  });

  it("holds an audit log that is cut by size, of which five older parts are kept", async () => {
    const { log, lines } = recordingLog();
    const audit = openAudit(home.path, { clock: testClock("2026-01-15T12:00:00Z"), log, maxBytes: 200 });
    for (let n = 0; n < 20; n++) void audit.write({ event: "accepted", commandId: `cmd_${n}`, action: "exec", argv: ["true"] });
    await audit.write({ event: "connected", engine: "https://engine.example" });
    assert.deepEqual((await readdir(home.path)).sort(), ["audit.log", "audit.log.1", "audit.log.2", "audit.log.3", "audit.log.4", "audit.log.5"]);
    const newest = (await readFile(join(home.path, "audit.log"), "utf8")).trim().split("\n");
    assert.deepEqual(JSON.parse(newest.at(-1) ?? ""), { at: "2026-01-15T12:00:00.000Z", event: "connected", engine: "https://engine.example" });
    for (const name of await readdir(home.path)) {
      for (const line of (await readFile(join(home.path, name), "utf8")).trim().split("\n")) assert.ok(JSON.parse(line).event);
    }
    assert.deepEqual(lines, []);
  });

  it("whose audit log can't be written doesn't stop the agent, which says so in its own log", async () => {
    const { log, lines } = recordingLog();
    await mkdir(join(home.path, "audit.log"));
    await openAudit(home.path, { clock: testClock(), log }).write({ event: "connected", engine: "x" });
    assert.deepEqual(
      lines.map((line) => line.message),
      ["the audit log can't be written"],
    );
  });
});

describe("the machine's own policy", () => {
  const exec = (...argv: string[]) => ({ action: "exec", args: { argv } });
  const cases: [string, Parameters<typeof forbids>[0], Parameters<typeof forbids>[1], boolean][] = [
    ["allows everything when it is empty", {}, exec("/bin/sh"), true],
    ["allows the actions that it lists", { actions: ["exec"] }, exec("/bin/sh"), true],
    ["forbids the actions that it doesn't list", { actions: ["inventory"] }, exec("/bin/sh"), false],
    ["forbids programs when it is for updates only", { updateOnly: true }, exec("/bin/sh"), false],
    ["allows the inventory when it is for updates only", { updateOnly: true }, { action: "inventory", args: null }, true],
    ["allows a program that it lists", { programs: ["/usr/bin/systemctl"] }, exec("/usr/bin/systemctl", "restart", "nginx"), true],
    ["forbids the same program by another name, as another one may be found under it", { programs: ["/usr/bin/systemctl"] }, exec("systemctl"), false],
    ["forbids programs when their list is empty", { programs: [] }, exec("/bin/true"), false],
    ["forbids arguments that make no sense when it lists programs", { programs: ["/bin/true"] }, { action: "exec", args: { argv: 7 } }, false],
  ];
  for (const [what, policy, command, allowed] of cases) it(what, () => assert.equal(forbids(policy, command) === undefined, allowed));
});

describe("the facts of a machine", () => {
  it("are those of this one", async () => {
    const facts = await collectFacts("1.2.3");
    assert.equal(facts.agentVersion, "1.2.3");
    assert.ok(facts.kernel && facts.architecture && facts.hostname && facts.cpus > 0 && facts.memoryBytes > 0);
    assert.ok(!facts.addresses.includes("127.0.0.1"));
    if (process.platform === "linux") assert.match(facts.bootId, /^[0-9a-f-]{36}$/);
  });

  it("are read from os-release with its quotes and escapes", () => {
    const text = '# comment\nNAME="Debian GNU/Linux"\nID=debian\nVERSION_ID=\'12\'\nPRETTY_NAME="A \\"quoted\\" \\$name"\n=broken\nBUG_REPORT_URL=\n';
    assert.deepEqual(
      { ...parseOsRelease(text) },
      { NAME: "Debian GNU/Linux", ID: "debian", VERSION_ID: "12", PRETTY_NAME: 'A "quoted" $name', BUG_REPORT_URL: "" },
    );
  });
});

describe("facts that change while the agent runs", () => {
  it("are sent when they have changed, and only then", async () => {
    const facts = await collectFacts("1.2.3");
    let asked = 0;
    const sent: AgentFrame[] = [];
    const watch = watchFacts(
      (frame) => sent.push(frame),
      async () => ({ ...facts, hostname: ++asked < 3 ? "before" : "after" }),
      5,
    );
    await eventually("the sixth look", () => asked >= 6);
    watch.stop();
    assert.deepEqual(
      sent.map((frame) => frame.type === "facts" && frame.facts.hostname),
      ["after"],
    );
  });
});

describe("facts that the system doesn't tell for once", () => {
  it("are looked at again later, and end nothing", async () => {
    const facts = await collectFacts("1.2.3");
    let asked = 0;
    const sent: AgentFrame[] = [];
    const watch = watchFacts(
      (frame) => sent.push(frame),
      async () => {
        if (++asked <= 2) throw new Error("EMFILE: too many open files");
        return { ...facts, hostname: asked < 5 ? "before" : "after" };
      },
      5,
    );
    await eventually("what has changed", () => sent.length === 1);
    watch.stop();
  });
});

describe("the pause before the next try", () => {
  const most = (below: number) => below - 1;
  const least = () => 0;
  it("grows with every failure up to half a minute, and is anything below that", () => {
    assert.deepEqual(
      [0, 1, 2, 5, 100].map((failures) => backoff(failures, undefined, most)),
      [1_000, 2_000, 4_000, 30_000, 30_000],
    );
    assert.equal(backoff(5, undefined, least), 0);
  });
  it("is never shorter than what the engine asked for", () => {
    assert.equal(backoff(0, 10_000, least), 10_000);
    assert.equal(backoff(0, 10_000, most), 15_000);
  });
  it("spreads what is done every hour by a tenth either way", () => {
    assert.equal(jitter(3_600_000, least), 3_240_000);
    assert.equal(jitter(3_600_000, most), 3_960_000);
  });
});
