import assert from "node:assert/strict";
import type { AssessmentRecord, UpdateRecord } from "../../engine/store/records/updates.ts";
import type { Store, Writes } from "../../engine/store/store.ts";
import { aMissing } from "../updates/policies.ts";
import { AT, aMachine } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const anAssessment = (machineId: string, judgeAgainAt: number | null, fields: Partial<AssessmentRecord> = {}): AssessmentRecord => ({
  ...{ id: `asm_${machineId}`, machineId, packageManager: "apt", sequence: 1, collectedAt: AT, receivedAt: AT, listsUpdatedAt: AT },
  ...{
    rebootPending: false,
    rebootReasons: [],
    compliance: "compliant",
    counts: {},
    problems: [],
    installedCount: 1,
    digest: null,
    verdicts: { approved: 0 },
    judgeAgainAt,
  },
  ...fields,
});
const anUpdate = (machineId: string, fields: Partial<UpdateRecord> = {}): UpdateRecord => ({
  ...aMissing(fields),
  ...{ machineId, firstSeenAt: AT, verdict: "approved", dueAt: null, exploitedSince: null, epss: null, reported: null },
});

describe("records of update policies", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());
    const enrol = (tx: Writes, id: string, fields: object = {}) => tx.machines.insert(aMachine({ id, name: id.replace("mch_", ""), ...fields }));

    it("keep the first time of an update in a scope, and tell others from it", async () => {
      const row = (scope: string, candidateVersion: string, at: number) => ({ scope, name: "openssl", architecture: "amd64", candidateVersion, at });
      await store.write((tx) => tx.firstSeen.note([row("/", "1", AT), row("/prod", "1", AT)]));
      await store.write((tx) => tx.firstSeen.note([row("/prod", "2", AT + 1), row("/", "1", AT + 1), row("/", "2", AT + 1)]));
      const found = await store.read.firstSeen.of(["/", "/prod"], ["openssl", "bash"]);
      assert.deepEqual(found.map(({ scope, candidateVersion, at }) => `${scope} ${candidateVersion} ${at - AT}`).sort(), [
        "/ 1 0",
        "/ 2 1",
        "/prod 1 0",
        "/prod 2 1",
      ]);
      assert.deepEqual(await store.read.firstSeen.of(["/test"], ["openssl"]), []);
    });

    it("note thousands at once, and find them again", async () => {
      const rows = Array.from({ length: 12_000 }, (_, i) => ({ scope: "/", name: `n${i}`, architecture: "amd64", candidateVersion: "1", at: AT }));
      await store.write((tx) => tx.firstSeen.note(rows));
      await store.write((tx) => tx.firstSeen.note(rows));
      const found = await store.read.firstSeen.of(
        ["/"],
        rows.map(({ name }) => name),
      );
      assert.equal(found.length, 12_000);
    });

    it("forget old ones in parts, but those that are missing somewhere", async () => {
      const row = (name: string, at: number) => ({ scope: "/", name, architecture: "amd64", candidateVersion: "1.1", at });
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.replaceUpdates("mch_1", [anUpdate("mch_1", { name: "stays" })]);
        await tx.firstSeen.note([row("stays", AT), row("young", AT + 100), ...Array.from({ length: 5 }, (_, i) => row(`old${i}`, AT + i))]);
      });
      const parts: number[] = [];
      for (let gone = -1; gone !== 0; parts.push(gone)) gone = await store.write((tx) => tx.firstSeen.purge(AT + 50, 2));
      assert.deepEqual(parts, [2, 2, 1, 0]);
      const left = await store.read.firstSeen.of(["/"], ["stays", "young", "old0", "old4"]);
      assert.deepEqual(left.map(({ name }) => name).sort(), ["stays", "young"]);
    });

    it("put verdicts and due times of rows that are there, of many machines in one go", async () => {
      await store.write(async (tx) => {
        for (const id of ["mch_1", "mch_2", "mch_3"]) {
          await enrol(tx, id);
          await tx.updates.replaceUpdates(id, [anUpdate(id), anUpdate(id, { name: `odd ' " \\ %` }), anUpdate(id, { candidateVersion: "1.2" })]);
        }
      });
      const key = { name: "openssl", architecture: "amd64", candidateVersion: "1.1" };
      await store.write((tx) =>
        tx.verdicts.put([
          { machineId: "mch_1", ...key, verdict: "deferred", dueAt: AT + 5 },
          { machineId: "mch_2", ...key, name: `odd ' " \\ %`, verdict: "excluded", dueAt: null },
          { machineId: "mch_9", ...key, verdict: "exempt", dueAt: null },
        ]),
      );
      await store.write((tx) => tx.verdicts.put([]));
      const found = await store.read.verdicts.updatesOf(["mch_1", "mch_2", "mch_3", "mch_9"]);
      const told = [...found].map(([id, updates]) => [
        id,
        updates.map((one) => `${one.name} ${one.candidateVersion} ${one.verdict} ${one.dueAt}`).filter((text) => !text.endsWith("approved null")),
      ]);
      assert.deepEqual(told, [
        ["mch_1", [`openssl 1.1 deferred ${AT + 5}`]],
        ["mch_2", [`odd ' " \\ % 1.1 excluded null`]],
        ["mch_3", []],
        ["mch_9", []],
      ]);
    });

    it("put verdicts of thousands of rows", async () => {
      const updates = Array.from({ length: 6_000 }, (_, i) => anUpdate("mch_1", { name: `n${i}` }));
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.replaceUpdates("mch_1", updates);
        await tx.verdicts.put(
          updates.map(({ machineId, name, architecture, candidateVersion }) => ({
            machineId,
            name,
            architecture,
            candidateVersion,
            verdict: "excluded",
            dueAt: 1,
          })),
        );
      });
      const found = (await store.read.verdicts.updatesOf(["mch_1"])).get("mch_1") ?? [];
      assert.equal(found.filter(({ verdict, dueAt }) => verdict === "excluded" && dueAt === 1).length, 6_000);
    });

    it("find whose time has come, the longest due first, and neither those that were removed nor older assessments", async () => {
      await store.write(async (tx) => {
        for (const [id, judgeAgainAt] of [
          ["mch_1", AT + 2],
          ["mch_2", 0],
          ["mch_3", null],
          ["mch_4", AT + 10],
          ["mch_5", AT + 1],
        ] as const) {
          await enrol(tx, id);
          await tx.updates.insertAssessment(anAssessment(id, judgeAgainAt));
        }
        await tx.updates.insertAssessment(anAssessment("mch_1", AT + 3, { id: "asm_1b" }));
        await tx.machines.patch("mch_5", { removedAt: AT });
      });
      assert.deepEqual(await store.read.judgings.due(AT + 5, 10), ["mch_2", "mch_1"]);
      assert.deepEqual(await store.read.judgings.due(AT + 5, 1), ["mch_2"]);
      await store.write((tx) =>
        tx.verdicts.putAssessments([{ id: "asm_mch_2", compliance: "noncompliant", counts: { security: 2 }, verdicts: { approved: 2 }, judgeAgainAt: AT + 9 }]),
      );
      assert.deepEqual(await store.read.judgings.due(AT + 5, 10), ["mch_1"]);
      const stored = await store.read.updates.currentAssessment("mch_2");
      assert.deepEqual(
        [stored?.compliance, stored?.counts, stored?.verdicts, stored?.judgeAgainAt],
        ["noncompliant", { security: 2 }, { approved: 2 }, AT + 9],
      );
    });

    it("have a machine judged anew exactly when what selectors see of it has changed", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1", { tags: { a: "1" } });
        await tx.updates.insertAssessment(anAssessment("mch_1", AT + 10));
      });
      const againAfter = async (fields: Parameters<Writes["machines"]["patch"]>[1]) => {
        await store.write(async (tx) => {
          await tx.verdicts.putAssessments([{ id: "asm_mch_1", compliance: "compliant", counts: {}, verdicts: {}, judgeAgainAt: AT + 10 }]);
          await tx.machines.patch("mch_1", fields);
        });
        return (await store.read.updates.currentAssessment("mch_1"))?.judgeAgainAt;
      };
      for (const fields of [{ state: "online" as const }, { lastSeenAt: AT }, { tags: { a: "1" } }, { scope: "/" }, {}])
        assert.equal(await againAfter(fields), AT + 10, JSON.stringify(fields));
      for (const fields of [{ tags: { a: "2" } }, { scope: "/prod" }, { name: "other" }, { facts: { os: "linux" } as never }, { facts: null }])
        assert.equal(await againAfter(fields), 0, JSON.stringify(fields));
    });

    it("give the work of a scope to one transaction, with that of those below it", async () => {
      await store.write(async (tx) => {
        await tx.judgings.scopeChanged({ id: "a", scope: "/prod/web", at: AT });
        await tx.judgings.scopeChanged({ id: "b", scope: "/prod", at: AT + 1 });
        await tx.judgings.scopeChanged({ id: "b", scope: "/prod", at: AT + 1 });
        await tx.judgings.scopeChanged({ id: "c", scope: "/prod/db", at: AT + 2 });
        await tx.judgings.scopeChanged({ id: "d", scope: "/test", at: AT + 3 });
      });
      assert.deepEqual(await store.read.judgings.scopes(), ["/prod/web", "/prod", "/prod/db", "/test"]);
      await store.write(async (tx) => {
        const first = await tx.judgings.take();
        assert.deepEqual(first, { id: "a", scope: "/prod/web", after: "", left: [], at: AT });
        await tx.judgings.join({ id: "a", scope: "/prod/web" });
        await tx.judgings.proceed("a", { after: "mch_5", left: ["mch_2"] });
      });
      await store.write(async (tx) => {
        await tx.judgings.join({ id: "b", scope: "/prod" });
        assert.deepEqual(await tx.judgings.take(), { id: "a", scope: "/prod/web", after: "mch_5", left: ["mch_2"], at: AT });
        await tx.judgings.end("a");
      });
      assert.deepEqual(await store.read.judgings.scopes(), ["/prod", "/test"]);
    });

    it("list machines of a scope in the order of their ids, and hold them", async () => {
      await store.write(async (tx) => {
        for (const [id, scope] of [
          ["mch_3", "/prod"],
          ["mch_1", "/prod/web"],
          ["mch_2", "/production"],
          ["mch_4", "/prod"],
        ] as const)
          await enrol(tx, id, { scope });
        await tx.machines.patch("mch_4", { removedAt: AT });
      });
      assert.deepEqual(await store.read.judgings.machinesAfter("/prod", "", 10), ["mch_1", "mch_3"]);
      assert.deepEqual(await store.read.judgings.machinesAfter("/prod", "mch_1", 10), ["mch_3"]);
      assert.deepEqual(await store.read.judgings.machinesAfter("/", "", 2), ["mch_1", "mch_2"]);
      const held = await store.write((tx) => tx.judgings.holdFree(["mch_3", "mch_1", "mch_9"]));
      assert.deepEqual(
        held.map(({ id }) => id),
        ["mch_1", "mch_3"],
      );
    });
  });
});
