import assert from "node:assert/strict";
import { createActivityRetention } from "../../engine/access/activity-retention.ts";
import { createRetention } from "../../engine/jobs/retention.ts";
import type { ActivityEntry } from "../../engine/store/records/activity.ts";
import type { Store, Writes } from "../../engine/store/store.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { aCommand, aJob, rows } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const DAY = 24 * 3_600_000;
const never = new AbortController().signal;

describe("what is old", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    let clock: TestClock;
    beforeEach(async () => {
      store = await open();
      clock = testClock();
      await store.write(rows);
    });
    afterEach(() => store.stop());

    async function endedJob(id: string, { streams = 0, calls = 0, parentId = null as string | null } = {}): Promise<void> {
      await store.write(async (tx) => {
        await tx.jobs.insert(aJob({ id, parentId, createdAt: clock.now() }), "ada");
        await fill(tx, id, streams, calls);
        await tx.jobs.move(id, null, { to: "stopped", at: clock.now(), by: "ada", reason: "" });
      });
    }
    async function fill(tx: Writes, jobId: string, streams: number, calls: number): Promise<void> {
      for (let seq = 1; seq <= streams; seq++) await tx.streams.append(jobId, [{ seq, at: clock.now(), kind: "log", level: "info", message: "x" }]);
      for (let call = 0; call < calls; call++)
        await tx.journal.put({
          jobId,
          call,
          op: "time",
          effect: "read",
          argsJson: "[]",
          argsHash: "",
          issuedAt: 0,
          retry: 0,
          settleOrder: call,
          outcome: new Uint8Array([1]),
          settledAt: 0,
        });
    }
    const retention = () => createRetention({ store, clock, keepMs: 30 * DAY });

    it("of jobs goes with all that they wrote, and what is younger stays whole", async () => {
      await endedJob("job_old", { streams: 3, calls: 2 });
      clock.advance({ days: 20 });
      await endedJob("job_young", { streams: 3, calls: 2 });
      clock.advance({ days: 11 });
      await retention().purge(never);
      assert.equal(await store.read.jobs.get("job_old"), undefined);
      assert.deepEqual(await store.read.jobs.transitions("job_old"), []);
      assert.deepEqual([await store.read.streams.list("job_old", { after: 0, limit: 9 }), await store.read.journal.list("job_old")], [[], []]);
      assert.equal((await store.read.jobs.get("job_young"))?.status, "stopped");
      assert.deepEqual(
        [(await store.read.streams.list("job_young", { after: 0, limit: 9 })).length, (await store.read.journal.list("job_young")).length],
        [3, 2],
      );
    });

    it("of a job that wrote a great deal goes in parts, each a write of its own, and a part that was cut off is gone on with", async () => {
      await endedJob("job_long", { streams: 50, calls: 30 });
      clock.advance({ days: 31 });
      const before = clock.now();
      const left = async () => [
        (await store.read.streams.list("job_long", { after: 0, limit: 99 })).length,
        (await store.read.journal.list("job_long")).length,
      ];
      assert.equal(await store.write((tx) => tx.jobs.purge(before, 40)), true);
      assert.deepEqual(await left(), [10, 30]);
      assert.equal(await store.write((tx) => tx.jobs.purge(before, 40)), true);
      assert.deepEqual(await left(), [0, 0]);
      assert.notEqual(await store.read.jobs.get("job_long"), undefined);
      assert.equal(await store.write((tx) => tx.jobs.purge(before, 40)), false);
      assert.equal(await store.read.jobs.get("job_long"), undefined);
    });

    it("stays as long as the job that has started it goes on, and isn't in the way of others", async () => {
      await store.write((tx) => tx.jobs.insert(aJob({ id: "job_parent", createdAt: clock.now() }), "ada"));
      await endedJob("job_child", { parentId: "job_parent" });
      await endedJob("job_other");
      clock.advance({ days: 400 });
      await retention().purge(never);
      assert.deepEqual(await Promise.all(["job_parent", "job_child", "job_other"].map(async (id) => (await store.read.jobs.get(id)) !== undefined)), [
        true,
        true,
        false,
      ]);
    });

    it("of commands goes, but not of one that a machine may still be at", async () => {
      const ended = { createdAt: clock.now(), endedAt: clock.now(), status: "completed" as const };
      await store.write(async (tx) => {
        await tx.commands.insert(aCommand({ id: "cmd_old", ...ended }));
        await tx.commands.insert(aCommand({ id: "cmd_open", createdAt: clock.now() }));
      });
      clock.advance({ days: 31 });
      await retention().purge(never);
      assert.equal(await store.read.commands.get("cmd_old"), undefined);
      assert.equal((await store.read.commands.get("cmd_open"))?.id, "cmd_open");
    });

    it("of what tells changes of machines apart goes with the job that made them, however many there are", async () => {
      await store.write((tx) => tx.jobs.insert(aJob({ id: "job_asleep", createdAt: clock.now() }), "ada"));
      await endedJob("job_gone");
      const begin = (tx: Writes, call: string) => tx.machines.beginChange({ call, machineId: "mch_1", at: clock.now() });
      await store.write(async (tx) => {
        for (let call = 0; call < 2_100; call++) await begin(tx, `job_asleep.${call}`);
        await begin(tx, "job_gone.1.r2");
      });
      clock.advance({ days: 29 });
      await endedJob("job_new");
      await store.write((tx) => begin(tx, "job_new.1"));
      clock.advance({ days: 2 });
      await retention().purge(never);
      // What was begun can't be begun once more as long as it is known.
      assert.deepEqual(await store.write(async (tx) => [await begin(tx, "job_asleep.2099"), await begin(tx, "job_new.1"), await begin(tx, "job_gone.1.r2")]), [
        false,
        false,
        true,
      ]);
    });

    const entry = (target: string): ActivityEntry => ({
      ...{ at: clock.now(), actorId: "prn_1", actorKind: "user", actorName: "ada", address: "local", operation: "test", target },
      ...{ scope: "/", result: "ok", correlationId: "c" },
    });
    const write = (count: number) => store.write(async (tx) => void Array.from({ length: count }, (_, n) => tx.activity.append(entry(`t${n}`))));

    it("of the activity log goes from its begin, and the chain is still whole, also for the next entry", async () => {
      await write(5);
      clock.advance({ days: 100 });
      await write(2);
      clock.advance({ days: 100 });
      const activity = createActivityRetention({ store, clock, keepMs: 180 * DAY });
      await activity.purge(never);
      await write(1);
      assert.deepEqual(await store.read.activity.verify(), { entries: 4, removed: 5, firstBroken: null });
      clock.advance({ days: 100 });
      await activity.purge(never);
      await activity.purge(never);
      const { removed, firstBroken } = await store.read.activity.verify();
      assert.deepEqual([removed, firstBroken], [7, null]);
    });

    it("never takes all of the log: the next entry is chained to the last", async () => {
      await write(3);
      clock.advance({ days: 1_000 });
      const activity = createActivityRetention({ store, clock, keepMs: 180 * DAY });
      for (let n = 0; n < 3; n++) await activity.purge(never);
      await write(1);
      assert.equal((await store.read.activity.verify()).firstBroken, null);
    });

    it("is told of, so that entries which somebody takes away aren't taken for old", async () => {
      await write(4);
      await store.write(async (tx) => void (await tx.activity.forget(clock.now() + 1, 2))); // as somebody with the database would
      assert.equal((await store.read.activity.verify()).firstBroken, 1);
    });
  });
});
