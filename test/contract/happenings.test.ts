import assert from "node:assert/strict";
import type { Happening } from "../../engine/core/happening.ts";
import type { OccurrenceRecord } from "../../engine/store/records/occurrences.ts";
import type { Store } from "../../engine/store/store.ts";
import { AT, aJob } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const aHappening = (id: string, more: Partial<Happening> = {}): Happening => ({
  ...{ id, kind: "job.failed", scope: "/", document: { kind: "job.failed" }, correlationId: "c1", depth: 0, at: AT },
  ...more,
});
const anOccurrence = (id: string, more: Partial<OccurrenceRecord> = {}): OccurrenceRecord => ({
  ...{ id, resourceId: "rul_1", key: id, run: 0, kind: "EventRule", name: "rule", scope: "/", runbook: "hello", dueAt: AT, decidedAt: AT },
  ...{ status: "waiting", reason: "one runs", jobId: null, request: { runbook: "hello" } },
  ...more,
});

describe("what happens, and what becomes of it", function () {
  this.timeout(60_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    it("is told once, and is there only when what it tells of is", async () => {
      await store.write((tx) => tx.happenings.tell(aHappening("h1")));
      await store.write((tx) => tx.happenings.tell(aHappening("h1", { document: { other: true } })));
      const undone = store.write(async (tx) => {
        await tx.happenings.tell(aHappening("h2"));
        throw new Error("it didn't happen");
      });
      await assert.rejects(undone, /didn't/);
      assert.deepEqual(await store.read.happenings.open(10), [aHappening("h1")]);
    });

    it("may hold any text, cut short: NUL and halves of characters are replaced, a backslash stays one", async () => {
      const document = { nul: "a\0b", text: "\\u0000", half: "\ud83d", long: `${"x".repeat(3_998)}\u{1f600}${"y".repeat(1_000_000)}` };
      await store.write((tx) => tx.happenings.tell(aHappening("h1", { document })));
      const kept = (await store.read.happenings.get("h1"))?.document;
      assert.deepEqual([kept?.nul, kept?.text, kept?.half], ["a\ufffdb", "\\u0000", "\ufffd"]);
      assert.equal(kept?.long, `${"x".repeat(3_998)}\ufffd…`);
    });

    it("is taken once, by whoever comes first, oldest first; only what was taken is removed", async () => {
      await store.write(async (tx) => {
        for (const [id, at] of [
          ["new", AT + 2],
          ["old", AT],
          ["mid", AT + 1],
        ] as const)
          await tx.happenings.tell(aHappening(id, { at }));
      });
      assert.deepEqual(
        (await store.read.happenings.open(2)).map(({ id }) => id),
        ["old", "mid"],
      );
      const taken = await Promise.all(Array.from({ length: 3 }, () => store.write((tx) => tx.happenings.take("old", AT))));
      assert.deepEqual(taken.sort(), [false, false, true]);
      assert.equal(await store.write((tx) => tx.happenings.take("nothing", AT)), false);
      assert.equal(await store.write((tx) => tx.happenings.purge(AT + 10, 100)), 1);
      assert.deepEqual(
        (await store.read.happenings.open(10)).map(({ id }) => id),
        ["mid", "new"],
      );
    });

    it("removes old occurrences a part at a time, and none that waits", async () => {
      await store.write(async (tx) => {
        const old = ["1", "2", "3"].map((key) => anOccurrence(`occ_${key}`, { key, status: "missed", decidedAt: AT }));
        await tx.occurrences.insert([
          ...old,
          anOccurrence("occ_4", { key: "4", status: "waiting", decidedAt: AT }),
          anOccurrence("occ_5", { key: "5", status: "missed", decidedAt: AT + 9 }),
        ]);
      });
      const purge = () => store.write((tx) => tx.occurrences.purge(AT + 1, 2));
      assert.deepEqual([await purge(), await purge(), await purge()], [2, 1, 0]);
      const left = await store.read.occurrences.list({ scopes: ["/"], limit: 10 });
      assert.deepEqual(
        left.map(({ id }) => id),
        ["occ_5", "occ_4"],
      );
    });

    it("waits for the job of its own run alone, the first of each; the others after it", async () => {
      await store.write(async (tx) => {
        await tx.jobs.insert(aJob({ id: "job_1", source: "rul_1/0" }), "ada");
        await tx.occurrences.insert([anOccurrence("occ_1"), anOccurrence("occ_2", { run: 1 }), anOccurrence("occ_3", { run: 1 })]);
        await tx.occurrences.insert([anOccurrence("occ_4", { resourceId: "rul_2" }), anOccurrence("occ_9", { key: "occ_1" })]);
      });
      assert.deepEqual(await store.read.occurrences.ready(10), ["occ_2", "occ_4"]);
      await store.write((tx) => tx.jobs.move("job_1", null, { to: "stopped", at: AT, by: "ada", reason: "stopped" }));
      assert.deepEqual(await store.read.occurrences.ready(10), ["occ_1", "occ_2", "occ_4"]);
      await store.write((tx) => tx.occurrences.settle("occ_2", { status: "refused", reason: `\0${"x".repeat(9_000)}`, jobId: null, decidedAt: AT + 5 }));
      const settled = await store.read.occurrences.get("occ_2");
      assert.deepEqual([settled?.status, settled?.reason.length, settled?.request, settled?.decidedAt], ["refused", 2_000, null, AT + 5]);
      assert.deepEqual(await store.read.occurrences.ready(10), ["occ_1", "occ_3", "occ_4"]);
      await store.write((tx) => tx.occurrences.dropWaiting("rul_1", { reason: "gone", decidedAt: AT }));
      assert.deepEqual(await store.read.occurrences.waitingRuns(), [{ resourceId: "rul_2", run: 0 }]);
    });
  });
});
