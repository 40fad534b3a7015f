import assert from "node:assert/strict";
import fc from "fast-check";
import { createDigitReader, digits } from "../../engine/core/digits.ts";
import { createMissingReader, type MissingEntry, packMissing } from "../../engine/core/missing-set.ts";
import { createFiguresReader, packFigures, type StandingFigures } from "../../engine/core/standing-figures.ts";
import { CLASSIFICATIONS, SEVERITIES } from "../../engine/core/update.ts";
import { VERDICTS } from "../../engine/core/update-policy.ts";

const time = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.maxSafeNat());
const entry = fc.record<MissingEntry>({
  offer: fc.integer({ min: 1, max: 1_000_000 }),
  classification: fc.constantFrom(...CLASSIFICATIONS),
  severity: fc.constantFrom(...SEVERITIES),
  verdict: fc.constantFrom(...VERDICTS),
  isExploited: fc.boolean(),
  held: fc.boolean(),
  phased: fc.boolean(),
  firstSeenAt: time,
  dueAt: fc.option(time, { nil: null }),
});

describe("a packed set of missing updates", () => {
  const { sums, columns } = createMissingReader();

  it("is read as it was written, by a reader that has read others before", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 80 }), (entries) => {
        const { size, offers, verdicts, phased, firstSeenAt, dueAt } = columns(packMissing(entries));
        assert.equal(size, entries.length);
        const sorted = entries.toSorted((a, b) => a.offer - b.offer);
        const read = sorted.map((_, i) => [offers[i], VERDICTS[verdicts[i] ?? -1], phased[i] === 1, firstSeenAt[i], dueAt[i]]);
        assert.deepEqual(
          read,
          sorted.map((one) => [one.offer, one.verdict, one.phased, one.firstSeenAt, one.dueAt ?? Number.POSITIVE_INFINITY]),
        );
      }),
    );
  });

  it("sums up to what its updates say", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 80 }), (entries) => {
        const read = sums(packMissing(entries).sums);
        const count = (test: (one: MissingEntry) => boolean) => entries.filter(test).length;
        assert.deepEqual(
          read.byClassification,
          CLASSIFICATIONS.map((word) => count((one) => one.classification === word)),
        );
        assert.deepEqual(
          read.bySeverity,
          SEVERITIES.map((word) => count((one) => one.severity === word)),
        );
        assert.deepEqual(
          read.byVerdict,
          VERDICTS.map((word) => count((one) => one.verdict === word)),
        );
        assert.deepEqual([read.size, read.exploited, read.held], [entries.length, count((one) => one.isExploited), count((one) => one.held)]);
        const times = [...new Set(entries.map(({ firstSeenAt }) => firstSeenAt))].sort((a, b) => a - b);
        assert.deepEqual(
          Array.from({ length: read.times }, (_, i) => [read.firstSeenAt[i], read.counts[i], read.security[i]]),
          times.map((at) => [at, count((one) => one.firstSeenAt === at), count((one) => one.firstSeenAt === at && one.classification === "security")]),
        );
      }),
    );
  });

  it("takes about ten characters an update", () => {
    const known = { classification: "security", severity: "important", verdict: "approved", isExploited: false, held: false, phased: false } as const;
    const at = Date.UTC(2026, 2, 1);
    const packed = packMissing(
      Array.from({ length: 50 }, (_, n) => ({ ...known, offer: 3_000 + n * 40, firstSeenAt: at + (n % 6) * 86_400_000, dueAt: n % 3 ? at + n : null })),
    );
    assert.ok(packed.sums.length + packed.updates.length < 600, `${packed.sums.length} and ${packed.updates.length}`);
    assert.match(packed.sums + packed.updates, /^[0-o]+$/);
  });
});

describe("packed figures of an assessment", () => {
  it("are read as they were written: what isn't there is something else than zero", () => {
    const read = createFiguresReader();
    const words = (names: readonly string[]) => fc.subarray([...names]).chain((some) => fc.record(Object.fromEntries(some.map((name) => [name, fc.nat()]))));
    fc.assert(
      fc.property(
        fc.record({
          ...{ receivedAt: time, collectedAt: time, listsUpdatedAt: fc.option(fc.nat(), { nil: null }), rebootPending: fc.boolean() },
          ...{ installedCount: fc.nat(), problems: fc.nat(), counts: words([...CLASSIFICATIONS, "held", "phased"]), verdicts: words([...VERDICTS, "overdue"]) },
        }),
        (figures) => {
          const read1 = read(packFigures(figures as StandingFigures));
          assert.deepEqual(
            { ...read1, counts: { ...read1.counts }, verdicts: { ...read1.verdicts } },
            { ...figures, counts: { ...figures.counts }, verdicts: { ...figures.verdicts } },
          );
        },
      ),
    );
  });

  it("are zeros behind their end", () => {
    const out = digits();
    for (const value of [0, 31, 32, 1_024, Number.MAX_SAFE_INTEGER]) out.put(value);
    const { begin, take } = createDigitReader();
    begin(out.text());
    assert.deepEqual([take(), take(), take(), take(), take(), take(), take()], [0, 31, 32, 1_024, Number.MAX_SAFE_INTEGER, 0, 0]);
  });
});
