import assert from "node:assert/strict";
import type { ComplianceState } from "../../engine/core/update.ts";
import type { Machine } from "../../engine/protocol/http/machines.ts";
import type { AssessmentRecord } from "../../engine/store/records/updates.ts";
import { testClock } from "../support/clock.ts";
import { aMember } from "../updates/reports.ts";
import { type Rig, rig } from "./rig.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const DAY = 86_400_000;

/** As stored: what is old is judged stale when it is read. */
const FOUND: readonly (readonly [name: string, compliance: ComplianceState | null, age: number])[] = [
  ["web-1", "compliant", 0],
  ["web-2", "noncompliant", 0],
  ["web-3", null, 0],
  ["web-4", "compliant", 3 * DAY],
  ["web-5", "noncompliant", 0],
  ["web-6", "noncompliant", 0],
];

const anAssessment = (machineId: string, compliance: ComplianceState, receivedAt: number): AssessmentRecord => ({
  ...{ id: `asm_${machineId}`, machineId, packageManager: "apt", sequence: 1, collectedAt: receivedAt, receivedAt, listsUpdatedAt: receivedAt },
  ...{ rebootPending: false, rebootReasons: [], problems: [], installedCount: 7, digest: null, judgeAgainAt: null, compliance },
  ...(compliance === "noncompliant" ? { counts: { security: 1 }, verdicts: { approved: 1 } } : { counts: {}, verdicts: { approved: 0 } }),
});

describe("HTTP: machines by compliance", function () {
  this.timeout(60_000);
  let r: Rig;
  before(async () => {
    r = await rig({ clock: testClock(NOW) });
    await r.store.write(async (tx) => {
      for (const [name, compliance, age] of FOUND) {
        await tx.machines.insert(aMember(`mch_${name}`, name));
        if (compliance) await tx.updates.insertAssessment(anAssessment(`mch_${name}`, compliance, NOW - age));
      }
    });
  });
  after(() => r.stop());

  async function names(query: string): Promise<string[]> {
    const found: Machine[] = [];
    for (let cursor = ""; ; ) {
      const { status, body, text } = await r.ask("GET", `/api/v1/machines?${query}${cursor}`);
      assert.equal(status, 200, text);
      found.push(...body.items);
      if (body.next === null) return found.map(({ name }) => name);
      cursor = `&cursor=${body.next}`;
    }
  }

  const LISTS: readonly (readonly [query: string, names: readonly string[]])[] = [
    ["compliance=noncompliant", ["web-2", "web-5", "web-6"]],
    ["compliance=noncompliant&limit=1", ["web-2", "web-5", "web-6"]],
    ["compliance=noncompliant&selector=name%3Dweb-2,web-1", ["web-2"]],
    ["compliance=compliant", ["web-1"]],
    ["compliance=stale", ["web-4"]],
    ["compliance=notassessed", ["web-3"]],
  ];
  for (const [query, wanted] of LISTS)
    it(`lists ${wanted.join(", ")} for ${query}`, async () => {
      assert.deepEqual(await names(query), wanted);
    });

  it("counts facets of those alone", async () => {
    const { body } = await r.ask("GET", "/api/v1/machines/facets?compliance=noncompliant");
    assert.deepEqual([body.total, body.compliance.items], [3, [{ value: "noncompliant", count: 3 }]]);
  });

  it("refuses a word that is none", async () => {
    for (const path of ["/api/v1/machines", "/api/v1/machines/facets"]) assert.equal((await r.ask("GET", `${path}?compliance=fine`)).body.code, "BAD_REQUEST");
  });
});
