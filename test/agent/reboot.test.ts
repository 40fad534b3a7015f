import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentStops } from "../../engine/agent/actions.ts";
import { createReboot, type RebootParts } from "../../engine/agent/reboot.ts";
import { createTurn } from "../../engine/agent/turn.ts";
import { rebootReport } from "../../engine/protocol/agent.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { code } from "./command-rig.ts";

const ARGS = { reason: "test", bootId: "boot-1" };

describe("a reboot over the agents that come and go", () => {
  let home: TemporaryDirectory;
  let clock: TestClock;
  let boot: string;
  let asked: string;
  beforeEach(async () => {
    home = await temporaryDirectory();
    clock = testClock();
    boot = "boot-1";
    asked = join(home.path, "asked");
  });
  afterEach(() => home.remove());

  /** One agent: what it does until it stops. */
  function agent(more: Partial<RebootParts> = {}) {
    const [cancel, stop] = [new AbortController(), new AbortController()];
    const signal = AbortSignal.any([cancel.signal, stop.signal]);
    const parts = { stateDirectory: home.path, clock, turn: createTurn(), bootId: async () => boot, busy: async () => [], ...more };
    const reboot = createReboot({ command: async () => ["sh", "-c", 'echo x >> "$0"', asked], lookEveryMs: 5, ...parts });
    const context = { commandId: "cmd_1", signal, stopping: stop.signal, output: () => {} };
    return {
      start: (args: object = ARGS) => reboot.start(args, context),
      resume: () => reboot.resume(context),
      stop: () => stop.abort(),
      cancel: () => cancel.abort(),
    };
  }
  const commands = async () => (await readFile(asked, "utf8").catch(() => "")).length / 2;
  /** A first agent that has asked for the reboot, and is stopped by it. */
  async function askedFor(): Promise<void> {
    const first = agent();
    const ended = assert.rejects(first.start(), AgentStops);
    await eventually("the command", async () => (await commands()) === 1);
    first.stop();
    await ended;
  }

  it("is proven by another boot id", async () => {
    await askedFor();
    clock.advance({ seconds: 40 });
    boot = "boot-2";
    const done = await agent().resume();
    assert.deepEqual(done?.value, { bootIdBefore: "boot-1", bootId: "boot-2", downMs: 40_000 });
    assert.ok(rebootReport.Check(done?.value));
    assert.equal(await commands(), 1);
  });

  it("doesn't say how long it took when the clock was set back meanwhile", async () => {
    await askedFor();
    clock.setWallClock(clock.now() - 86_400_000);
    boot = "boot-2";
    assert.deepEqual((await agent().resume())?.value, { bootIdBefore: "boot-1", bootId: "boot-2", downMs: null });
  });

  it("has failed when an agent finds the same boot after all the time that a reboot may take, and isn't asked for again", async () => {
    await askedFor();
    clock.advance({ minutes: 16 });
    await assert.rejects(agent().resume(), code("REBOOT_FAILED", /still runs the boot/));
    assert.equal(await commands(), 1);
  });

  it("keeps others from changing packages while the machine may still go down", async () => {
    await askedFor();
    const turn = createTurn();
    let isTaken = false;
    const take = () => turn.take().finally(() => (isTaken = true));
    const second = agent({ turn: { take } });
    const ended = assert.rejects(second.resume(), AgentStops);
    await eventually("its turn", () => isTaken);
    const another = turn.take().then(() => "has its turn");
    assert.equal(await Promise.race([another, new Promise((resolve) => setTimeout(resolve, 50, "waits"))]), "waits");
    second.stop();
    await ended;
  });

  it("keeps others from changing packages also when it is cancelled after the machine was told to go down", async () => {
    const turn = createTurn();
    const first = agent({ turn });
    const ended = assert.rejects(first.start(), AgentStops);
    await eventually("the command", async () => (await commands()) === 1);
    first.cancel();
    const another = turn.take().then(() => "has its turn");
    assert.equal(await Promise.race([another, new Promise((resolve) => setTimeout(resolve, 50, "waits"))]), "waits");
    first.stop();
    await ended;
    boot = "boot-2";
    assert.deepEqual((await agent().resume())?.value, { bootIdBefore: "boot-1", bootId: "boot-2", downMs: 0 }, "and it has the last word");
  });

  it("gives up when a package manager is at work for too long, naming it; nothing was asked for", async () => {
    await assert.rejects(
      agent({ busy: async () => ["dnf (77)"], quietWithinMs: 20 }).start(),
      code("PACKAGE_MANAGER_BUSY", /a reboot would interrupt dnf \(77\), also after 0\.02 s/),
    );
    assert.equal(await commands(), 0);
  });

  it("can be cancelled while it waits", async () => {
    const waiting = agent({ busy: async () => ["apt-get (1)"] });
    const ended = assert.rejects(waiting.start(), code("COMMAND_CANCELLED", /before the machine was told/));
    waiting.cancel();
    await ended;
    assert.equal(await commands(), 0);
  });

  it("isn't begun any more when its turn comes after its time, however long it has waited for it", async () => {
    const turn = createTurn();
    const installing = await turn.take();
    const waiting = agent({ turn: { take: () => turn.take() } }); // a timer that is late, as after the machine's sleep
    const ended = assert.rejects(waiting.start({ ...ARGS, startWithinMs: 3_600_000 }), code("TOO_LATE", /not begun/));
    clock.advance({ hours: 5 });
    installing[Symbol.dispose]();
    await ended;
    assert.equal(await commands(), 0);
  });

  it("leaves the queue when its time is over or it is cancelled, and gives its turn to the next one", async () => {
    const turn = createTurn();
    const installing = await turn.take();
    const cancelled = agent({ turn });
    const cancelledEnds = assert.rejects(cancelled.start(), code("COMMAND_CANCELLED", /before the machine was told/));
    await assert.rejects(agent({ turn }).start({ ...ARGS, startWithinMs: 20 }), code("TOO_LATE", /until its time was over/));
    cancelled.cancel();
    await cancelledEnds;
    const next = turn.take();
    installing[Symbol.dispose]();
    (await next)[Symbol.dispose]();
    assert.equal(await commands(), 0);
  });

  it("isn't begun when a package manager of somebody else is at work until its time is over", async () => {
    const busy = async () => {
      clock.advance({ minutes: 1 });
      return ["dnf (77)"];
    };
    await assert.rejects(agent({ busy }).start({ ...ARGS, startWithinMs: 180_000 }), code("TOO_LATE", /not begun/));
    assert.equal(await commands(), 0);
  });

  it("is unknown when what was kept of it is damaged", async () => {
    await askedFor();
    await writeFile(join(home.path, "reboots", "cmd_1.json"), "{ half");
    assert.equal(await agent().resume(), undefined);
  });
});
