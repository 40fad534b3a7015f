import assert from "node:assert/strict";
import type { Facts } from "../../engine/core/machine.ts";
import { createAbsence, tellBack } from "../../engine/fleet/absence.ts";
import { createIds } from "../../engine/ids.ts";
import type { Store } from "../../engine/store/store.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { aCommand, aJob, aMachine } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const FACTS = { os: "linux", osName: "Debian \0 12", hostname: "h".repeat(5_000) } as Facts;
const quiet = { info() {}, warn() {}, error() {} };

describe("a machine that isn't seen", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    let clock: TestClock;
    let absence: ReturnType<typeof engine>;
    beforeEach(async () => {
      store = await open();
      clock = testClock();
      absence = engine();
    });
    afterEach(() => store.stop());

    const engine = (over: Store = store) => createAbsence({ store: over, clock, newId: createIds(clock), staleMs: 900_000, log: quiet });
    const pass = async (minutes: number, ...engines: { tick(): Promise<void> }[]) => {
      for (let n = 0; n < minutes; n++) {
        clock.advance({ minutes: 1 });
        await Promise.all(engines.map((one) => one.tick()));
      }
    };
    const told = async () => (await store.read.happenings.open(1_000)).map(({ kind, document }) => `${kind} ${(document.machine as { name: string }).name}`);
    const insert = (name: string, more: object = {}) =>
      store.write((tx) => tx.machines.insert(aMachine({ id: `mch_${name}`, name, facts: FACTS, lastSeenAt: clock.now(), ...more })));
    const comesBack = (name: string) =>
      store.write(async (tx) => {
        const at = clock.now();
        const found = await tx.machines.connect(`mch_${name}`, { publicKey: `key of mch_${name}`, engine: "eng_1", facts: FACTS, at });
        if (found) await tellBack(tx, found, { at, newId: createIds(clock) });
      });
    const leaves = (name: string) => store.write((tx) => tx.machines.disconnect(`mch_${name}`, "eng_1", clock.now()));

    it("for a quarter of an hour is stale: told once, by several engines at once, and that it is back, once", async () => {
      await insert("web1", { scope: "/team", tags: { role: "web" } });
      const there = engine();
      await pass(15, absence, there);
      assert.deepEqual(await told(), []);
      await pass(30, absence, there);
      assert.deepEqual(await told(), ["machine.stale web1"]);
      await comesBack("web1");
      await comesBack("web1");
      assert.deepEqual(await told(), ["machine.stale web1", "machine.back web1"]);
      const [stale, back] = await store.read.happenings.open(2);
      assert.deepEqual([stale?.scope, stale?.depth, stale?.document.lastSeenAt], ["/team", 0, "2026-01-15T12:00:00.000Z"]);
      assert.deepEqual(back?.document.lastSeenAt, "2026-01-15T12:00:00.000Z");
      const { tags, facts } = (stale?.document.machine ?? {}) as { tags: object; facts: { os: string; osName: string; hostname: string } };
      assert.deepEqual([tags, facts.os, facts.osName, facts.hostname.length], [{ role: "web" }, "linux", "Debian \ufffd 12", 256]);
      await leaves("web1");
      await pass(20, absence, there);
      assert.deepEqual((await told()).length, 3, "its next absence is another one");
    });

    it("isn't stale when it comes back in time, again and again", async () => {
      await insert("web1");
      for (let n = 0; n < 4; n++) {
        await pass(14, absence);
        await comesBack("web1");
        await leaves("web1");
      }
      assert.deepEqual(await told(), []);
    });

    it("isn't stale when it was never connected, is connected, or isn't a member any more", async () => {
      await insert("new", { lastSeenAt: null });
      await insert("online", { state: "online", engine: "eng_1" });
      await insert("revoked", { state: "revoked" });
      await insert("removed", { state: "offline", removedAt: 1 });
      await pass(60, absence);
      assert.deepEqual(await told(), []);
    });

    it("isn't stale by an engine that has just started, has slept, lost its database, or whose clock was set", async () => {
      await insert("web1", { lastSeenAt: clock.now() - 86_400_000 });
      await pass(14, absence);
      const started = engine();
      await pass(14, started);
      clock.advance({ minutes: 20 }); // asleep
      await pass(14, started);
      let away = true;
      const failing = { ...store, read: { ...store.read, machines: { ...store.read.machines, isAnyGone: fails } } } as Store;
      async function fails(before: number) {
        if (away) throw new Error("the database is away");
        return store.read.machines.isAnyGone(before);
      }
      const outage = engine(failing);
      away = false;
      await pass(14, outage);
      away = true;
      await assert.rejects(pass(1, outage), /away/);
      away = false;
      await pass(15, outage);
      clock.setWallClock(clock.now() + 3_600_000);
      await pass(15, outage);
      assert.deepEqual(await told(), []);
      await pass(1, outage);
      assert.deepEqual(await told(), ["machine.stale web1"]);
    });

    it("belongs to the job that most triggers led to, of those that sent it commands in the hour before", async () => {
      await insert("web1");
      await store.write(async (tx) => {
        for (const [id, depth, minutesAgo] of [
          ["old", 7, 70],
          ["deep", 3, 30],
          ["new", 0, 1],
        ] as const) {
          await tx.jobs.insert(aJob({ id: `job_${id}`, depth, correlationId: `c ${id}` }), "ada");
          await tx.commands.insert(aCommand({ id: `cmd_${id}`, machineId: "mch_web1", jobId: `job_${id}`, createdAt: clock.now() - minutesAgo * 60_000 }));
        }
      });
      await pass(16, absence);
      const [stale] = await store.read.happenings.open(1);
      assert.deepEqual([stale?.correlationId, stale?.depth], ["c deep", 3]);
    });

    it("is told together with hundreds of others", async () => {
      await store.write(async (tx) => {
        for (let n = 0; n < 450; n++) await tx.machines.insert(aMachine({ id: `mch_${n}`, name: `m${n}`, lastSeenAt: clock.now() }));
      });
      await pass(16, absence);
      assert.equal((await told()).length, 450);
    });
  });
});
