import assert from "node:assert/strict";
import type { ActivityEntry, ActivityFilter } from "../../engine/store/records/activity.ts";
import type { AssessmentRecord } from "../../engine/store/records/updates.ts";
import type { Store } from "../../engine/store/store.ts";
import { AT, aCommand, aJob, rows } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const anEntry = (n: number, fields: Partial<ActivityEntry> = {}): ActivityEntry => ({
  ...{ at: AT + n, actorId: "prn_1", actorKind: "user", actorName: "ada", address: "local", operation: "job.run", target: `job:${n}`, scope: "/prod" },
  ...{ result: "ok", correlationId: `c${n}` },
  ...fields,
});
const anAssessment = (n: number, fields: Partial<AssessmentRecord> = {}): AssessmentRecord => ({
  ...{ id: `asm_${n}`, machineId: "mch_1", packageManager: "apt", sequence: n, collectedAt: AT, receivedAt: AT + n, listsUpdatedAt: AT },
  ...{
    rebootPending: false,
    rebootReasons: [],
    compliance: "compliant",
    counts: {},
    problems: [],
    installedCount: 7,
    digest: null,
    verdicts: {},
    judgeAgainAt: null,
  },
  ...fields,
});

describe("records that a dashboard reads", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      await store.write((tx) => rows(tx));
    });
    afterEach(() => store.stop());

    it("filter the activity log by operation, actor, target, result and time, page by page", async () => {
      await store.write(async (tx) => {
        for (let n = 0; n < 20; n++) tx.activity.append(anEntry(n));
        tx.activity.append(anEntry(20, { operation: "job.stop", actorName: "bob" }));
        tx.activity.append(anEntry(21, { operation: "jobs.other" }));
        tx.activity.append(anEntry(22, { operation: "job", result: "PERMISSION_DENIED", scope: "/test" }));
        tx.activity.append(anEntry(23, { operation: "a_b%.c", target: "machine:web" }));
      });
      const found = async (filter: Partial<ActivityFilter>) => (await store.read.activity.list({ scopes: ["/"], limit: 3, ...filter })).map(({ seq }) => seq);
      for (const [filter, seqs] of [
        [{}, [24, 23, 22]],
        [{ operation: "job.run" }, [20, 19, 18]],
        [{ operation: "job" }, [23, 21, 20]],
        [{ operation: "job", before: 21 }, [20, 19, 18]],
        [{ operation: "job", scopes: ["/test"] }, [23]],
        [{ operation: "a_b%" }, [24]],
        [{ operation: "%" }, []],
        [{ operation: "jo" }, []],
        [{ actorName: "bob" }, [21]],
        [{ target: "machine:web" }, [24]],
        [{ result: "PERMISSION_DENIED" }, [23]],
        [{ result: "ok", from: AT + 21 }, [24, 22]],
        [{ from: AT + 2, to: AT + 4 }, [4, 3]],
        [{ to: AT }, []],
        [{ from: AT + 3, to: AT + 3 }, []],
      ] as const)
        assert.deepEqual(await found(filter), seqs, JSON.stringify(filter));
      await store.write((tx) => tx.meta.set("colour", "green"));
    });

    it("find no operation in an empty activity log", async () => {
      assert.deepEqual(await store.read.activity.list({ scopes: ["/"], operation: "job", limit: 3 }), []);
    });

    it("find entries of targets in spans of the log, by their time, which may go back", async () => {
      await store.write(async (tx) => {
        for (const [n, at] of [5, 9, 3, 9, 1].entries()) tx.activity.append(anEntry(n, { at: AT + at, target: "machine:a", operation: "machine.tag" }));
        tx.activity.append(anEntry(9, { at: AT, target: "machine:b", operation: "machine.tag" }));
      });
      const of = async (spans: { targets: string[]; after: number; upTo: number }[], before: { at: number; seq: number } | null = null, limit = 9) =>
        (await store.read.activity.ofTargets(spans, { operations: ["machine.tag"], before, limit })).map(({ seq }) => seq);
      const all = [{ targets: ["machine:a"], after: 0, upTo: 100 }];
      assert.deepEqual(await of(all), [4, 2, 1, 3, 5]);
      assert.deepEqual(await of(all, { at: AT + 9, seq: 4 }, 2), [2, 1]);
      assert.deepEqual(
        await of([
          { targets: ["machine:a"], after: 1, upTo: 3 },
          { targets: ["machine:b"], after: 0, upTo: 100 },
        ]),
        [2, 3, 6],
      );
      assert.deepEqual(await of([]), []);
    });

    it("find assessments that differ from the one before, in whatever order their words stand", async () => {
      await store.write(async (tx) => {
        const fields: Partial<AssessmentRecord>[] = [
          {},
          {},
          { counts: { a: 1, b: 2 } as never },
          { counts: { b: 2, a: 1 } as never },
          { counts: { b: 2 } as never },
          { counts: { b: 2 } as never },
        ];
        for (const [n, some] of fields.entries()) await tx.updates.insertAssessment(anAssessment(n, some));
        // At the same moment as the one before.
        await tx.updates.insertAssessment(anAssessment(6, { receivedAt: AT + 5, rebootPending: true }));
      });
      const changes = async (before: { receivedAt: number; id: string } | null, limit: number) =>
        (await store.read.updates.changes("mch_1", { before, limit })).map(({ id, previous }) => [id, previous?.counts ?? null]);
      const all = [
        ["asm_6", { b: 2 }],
        ["asm_4", { b: 2, a: 1 }],
        ["asm_2", {}],
        ["asm_0", null],
      ];
      assert.deepEqual(await changes(null, 9), all);
      assert.deepEqual(await changes(null, 1), all.slice(0, 1));
      assert.deepEqual(await changes({ receivedAt: AT + 5, id: "asm_6" }, 2), all.slice(1, 3));
      assert.deepEqual(await changes({ receivedAt: AT + 2, id: "asm_2" }, 1), all.slice(3));
      assert.deepEqual(await store.read.updates.changes("mch_2", { before: null, limit: 9 }), []);
    });

    it("list heads of a machine's commands, with or without those that have a record of their install", async () => {
      await store.write(async (tx) => {
        for (const n of [1, 2, 3]) await tx.commands.insert(aCommand({ id: `cmd_${n}` }));
        await tx.commands.insert(aCommand({ id: "cmd_4", machineId: "mch_2" }));
        await tx.installs.put({
          ...{ commandId: "cmd_2", machineId: "mch_1", action: "install", jobId: null, packageManager: "", startedAt: AT, endedAt: null },
          ...{ rebootPending: false, resumed: 0, repairs: [], logFile: "", updates: [] },
        });
      });
      const heads = async (apart: "none" | "installs", before: { createdAt: number; id: string } | null = null) =>
        (await store.read.commands.heads("mch_1", { before, apart, limit: 9 })).map(({ id }) => id);
      assert.deepEqual(await heads("none"), ["cmd_3", "cmd_2", "cmd_1"]);
      assert.deepEqual(await heads("installs"), ["cmd_3", "cmd_1"]);
      assert.deepEqual(await heads("none", { createdAt: AT, id: "cmd_2" }), ["cmd_1"]);
      const [head] = await store.read.commands.heads("mch_1", { before: null, apart: "none", limit: 1 });
      assert.ok(head && !("args" in head) && !("wrappedKey" in head) && head.actor.name === "ada");
    });

    it("count jobs by status, and those that ended since a moment, in the scopes that are allowed", async () => {
      await store.write(async (tx) => {
        for (const [id, scope] of [
          ["job_1", "/prod"],
          ["job_2", "/prod/web"],
          ["job_3", "/production"],
          ["job_4", "/prod"],
          ["job_5", "/prod"],
          ["job_6", "/prod"],
        ] as const)
          await tx.jobs.insert(aJob({ id, scope }), "ada");
        await tx.jobs.claim({ engine: "eng_1", now: AT, leaseUntil: AT + 1_000, limit: 4 });
        await tx.jobs.move("job_2", null, { to: "completed", at: AT + 10, by: "", reason: "" });
        await tx.jobs.move("job_3", null, { to: "waiting", at: AT, by: "", reason: "", wakeAt: AT + 5 });
        await tx.jobs.move("job_4", null, { to: "failed", at: AT + 5, by: "", reason: "", failureCode: "error" });
        await tx.jobs.move("job_5", null, { to: "suspended", at: AT, by: "", reason: "" });
      });
      const counts = (scopes: string[], endedSince: number) => store.read.jobs.counts({ scopes, endedSince });
      assert.deepEqual(await counts(["/"], AT), { queued: 1, running: 1, waiting: 1, suspended: 1, failed: 1, completed: 1 });
      assert.deepEqual(await counts(["/prod"], AT + 6), { queued: 1, running: 1, waiting: 0, suspended: 1, failed: 0, completed: 1 });
      assert.deepEqual(await counts([], AT), { queued: 0, running: 0, waiting: 0, suspended: 0, failed: 0, completed: 0 });
    });
  });
});
