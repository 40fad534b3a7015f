import assert from "node:assert/strict";
import type { Facts } from "../../engine/core/machine.ts";
import { createMissingReader } from "../../engine/core/missing-set.ts";
import { type FleetMachine, textIn } from "../../engine/store/records/fleet.ts";
import type { AssessmentRecord, UpdateRecord } from "../../engine/store/records/updates.ts";
import type { Store, Writes } from "../../engine/store/store.ts";
import { aMissing } from "../updates/policies.ts";
import { AT, aMachine } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const anAssessment = (machineId: string, fields: Partial<AssessmentRecord> = {}): AssessmentRecord => ({
  ...{ id: `asm_${machineId}`, machineId, packageManager: "apt", sequence: 1, collectedAt: AT, receivedAt: AT, listsUpdatedAt: AT },
  ...{ rebootPending: true, rebootReasons: [], compliance: "compliant", counts: { security: 1 }, problems: ["one"], installedCount: 7, digest: null },
  ...{ verdicts: { approved: 0 }, judgeAgainAt: null },
  ...fields,
});
const anUpdate = (machineId: string, fields: Partial<UpdateRecord> = {}): UpdateRecord => ({
  ...aMissing(fields),
  ...{ machineId, firstSeenAt: AT, verdict: "approved", dueAt: null, exploitedSince: null, epss: null, reported: null },
  ...fields,
});

it("one text of facts that are cut off isn't looked for beyond their end", () => {
  const whole = JSON.stringify({ osName: 'Debian "12"', agentVersion: "1" });
  for (let length = 0; length <= whole.length; length++) assert.ok([undefined, 'Debian "12"'].includes(textIn(whole.slice(0, length), "osName")));
});

describe("records of how machines stand", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());
    const enrol = (tx: Writes, id: string, fields: object = {}) => tx.machines.insert(aMachine({ id, name: id.replace("mch_", ""), ...fields }));
    const ALL = { scopes: ["/"], after: "", limit: 100, with: { facts: true, system: true, tags: true, updates: true } };
    const fleet = async (): Promise<FleetMachine[]> => store.read.fleet.page(ALL);

    /** What is missing on a machine, as its standing says. */
    async function missing(name: string): Promise<string[]> {
      const packed = (await store.read.fleet.page({ ...ALL, name }))[0]?.missing;
      if (!packed) return [];
      const { size, offers, verdicts, dueAt } = createMissingReader().columns(packed);
      const known = new Map((await store.read.offers.many(offers.slice(0, size))).map((offer) => [offer.id, offer]));
      return offers.slice(0, size).map((id, i) => {
        const offer = known.get(id);
        return `${offer?.name} ${offer?.candidateVersion} ${offer?.severity} ${verdicts[i]} ${dueAt[i]}`;
      });
    }

    it("follow each change of missing updates and verdicts, in its transaction", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.replaceUpdates("mch_1", [anUpdate("mch_1", { name: "a" }), anUpdate("mch_1", { name: "b", severity: "critical", dueAt: AT })]);
      });
      assert.deepEqual((await missing("1")).sort(), ["a 1.1 unspecified 0 Infinity", `b 1.1 critical 0 ${AT}`]);
      await store.write((tx) =>
        tx.updates.changeUpdates("mch_1", { put: [anUpdate("mch_1", { name: "c" })], removed: [{ name: "a", architecture: "amd64", version: "1.1" }] }),
      );
      assert.deepEqual((await missing("1")).sort(), [`b 1.1 critical 0 ${AT}`, "c 1.1 unspecified 0 Infinity"]);
      await store.write((tx) =>
        tx.verdicts.put([{ machineId: "mch_1", name: "c", architecture: "amd64", candidateVersion: "1.1", verdict: "excluded", dueAt: AT + 1 }]),
      );
      assert.deepEqual((await missing("1")).sort(), [`b 1.1 critical 0 ${AT}`, `c 1.1 unspecified 1 ${AT + 1}`]);
      await store.write((tx) => tx.updates.replaceUpdates("mch_1", []));
      assert.deepEqual(await missing("1"), []);
    });

    it("share an offer among all who miss it, and have another one when anything of it differs", async () => {
      await store.write(async (tx) => {
        for (const id of ["mch_1", "mch_2", "mch_3"]) {
          await enrol(tx, id);
          await tx.updates.replaceUpdates(id, [
            anUpdate(id, { name: "a", ...(id === "mch_3" ? { cves: ["CVE-2026-1000"], epss: 0.25, exploitedSince: AT } : {}) }),
          ]);
        }
      });
      const { columns } = createMissingReader();
      const ids = (await fleet()).map((machine) => columns(machine.missing ?? { sums: "", updates: "" }).offers[0] ?? 0);
      assert.equal(ids[0], ids[1]);
      assert.notEqual(ids[0], ids[2]);
      const offers = await store.read.offers.many(ids);
      assert.deepEqual(offers.map(({ cves, epss, exploitedSince }) => [cves, epss, exploitedSince]).sort(), [
        [[], null, null],
        [["CVE-2026-1000"], 0.25, AT],
      ]);
    });

    it("have the figures of the newest assessment, as it was patched and judged since", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.insertAssessment(anAssessment("mch_1"));
      });
      const figures = async () => (await fleet())[0]?.figures;
      const given = { collectedAt: AT, receivedAt: AT, listsUpdatedAt: AT, rebootPending: true, installedCount: 7, problems: 1 };
      assert.deepEqual({ ...(await figures()) }, { ...given, counts: { security: 1 }, verdicts: { approved: 0 } });
      await store.write((tx) =>
        tx.updates.insertAssessment(anAssessment("mch_1", { id: "asm_2", sequence: 2, receivedAt: AT + 5, listsUpdatedAt: null, problems: [] })),
      );
      assert.deepEqual(
        { ...(await figures()) },
        { ...given, receivedAt: AT + 5, listsUpdatedAt: null, problems: 0, counts: { security: 1 }, verdicts: { approved: 0 } },
      );
      await store.write((tx) => tx.updates.patchAssessment("asm_2", { counts: { other: 2 } }));
      assert.deepEqual((await figures())?.counts, { other: 2 });
      await store.write((tx) =>
        tx.verdicts.putAssessments([
          { id: "asm_2", compliance: "noncompliant", counts: { other: 3 }, verdicts: { approved: 2, overdue: 1 }, judgeAgainAt: null },
        ]),
      );
      assert.deepEqual([(await figures())?.counts, (await figures())?.verdicts], [{ other: 3 }, { approved: 2, overdue: 1 }]);
    });

    it("aren't changed by a writer that was undone", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.replaceUpdates("mch_1", [anUpdate("mch_1", { name: "a" })]);
      });
      const done = store.write((tx) => tx.meta.set("colour", "green"));
      const undone = store.write(async (tx) => {
        await tx.updates.replaceUpdates("mch_1", []);
        throw new Error("no");
      });
      await Promise.all([done, assert.rejects(undone, /no/)]);
      assert.equal((await missing("1")).length, 1);
    });

    it("are there as soon as a machine was assessed, also when nothing is missing on it", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await enrol(tx, "mch_2");
        await tx.updates.insertAssessment(anAssessment("mch_1"));
      });
      const [assessed, never] = await fleet();
      assert.deepEqual([assessed?.figures?.installedCount, assessed?.missing && createMissingReader().sums(assessed.missing.sums).size], [7, 0]);
      assert.deepEqual([never?.figures, never?.missing], [null, null]);
      assert.deepEqual(await store.read.standings.outdated(10), []);
    });

    it("are read by name, in scopes, with as much as was asked for", async () => {
      const facts = { os: "linux", osName: "Debian" } as never;
      await store.write(async (tx) => {
        for (const [id, scope] of [
          ["mch_c", "/prod/web"],
          ["mch_a", "/prod"],
          ["mch_b", "/production"],
          ["mch_d", "/prod"],
        ] as const)
          await enrol(tx, id, { scope, tags: { role: id }, facts });
        await tx.machines.patch("mch_d", { removedAt: AT });
      });
      const page = async (scopes: string[], more: object = {}) => (await store.read.fleet.page({ ...ALL, scopes, ...more })).map(({ name }) => name);
      assert.deepEqual(await page(["/"]), ["a", "b", "c"]);
      assert.deepEqual(await page(["/prod"]), ["a", "c"]);
      assert.deepEqual(await page(["/prod/web", "/production"]), ["b", "c"]);
      assert.deepEqual(await page([]), []);
      assert.deepEqual(await page(["/"], { after: "a", limit: 1 }), ["b"]);
      assert.deepEqual(await page(["/prod"], { name: "b" }), []);
      const [bare] = await store.read.fleet.page({ ...ALL, with: { facts: false, system: false, tags: false, updates: false } });
      assert.deepEqual([bare?.facts, bare?.tags], [null, {}]);
      assert.deepEqual([(await fleet())[0]?.facts, (await fleet())[0]?.tags], [facts, { role: "mch_a" }]);
    });

    for (const osName of ["Debian GNU/Linux 12 (bookworm)", 'a "quoted" one\\', '\\"agentVersion":"9"', "\u001b[31mred\n", ""])
      it(`tell a machine's system without reading all of its facts: ${JSON.stringify(osName)}`, async () => {
        const facts = { hostname: '","osName":"of the host","agentVersion":"0","x":"', osName, agentVersion: "1.2.3" } as unknown as Facts;
        await store.write((tx) => enrol(tx, "mch_a", { facts }));
        const [found] = await store.read.fleet.page({ ...ALL, with: { facts: false, system: true, tags: false, updates: false } });
        assert.deepEqual([found?.facts, found?.osName, found?.agentVersion], [null, osName, "1.2.3"]);
      });

    it("forget offers that nobody misses any more, but never give an id again", async () => {
      await store.write(async (tx) => {
        await enrol(tx, "mch_1");
        await tx.updates.replaceUpdates(
          "mch_1",
          ["a", "b", "c"].map((name) => anUpdate("mch_1", { name })),
        );
      });
      const { columns } = createMissingReader();
      const idsNow = async () => {
        const { size, offers } = columns((await fleet())[0]?.missing ?? { sums: "", updates: "" });
        return offers.slice(0, size);
      };
      const before = await idsNow();
      assert.equal(await store.write((tx) => tx.standings.forgetOffers()), 0);
      await store.write((tx) => tx.updates.replaceUpdates("mch_1", []));
      // The newest one stays.
      assert.equal(await store.write((tx) => tx.standings.forgetOffers()), 2);
      assert.equal((await store.read.offers.many(before)).length, 1);
      await store.write((tx) => tx.updates.replaceUpdates("mch_1", [anUpdate("mch_1", { name: "new" })]));
      assert.ok(Math.max(...(await idsNow())) > Math.max(...before));
    });
  });
});
