import assert from "node:assert/strict";
import fc from "fast-check";
import { momentOf, nameOf, removable } from "../../engine/backup/names.ts";

/** Such as `12-03 01:15`, of 2026. */
const named = (text: string) => nameOf(`2026-${text.replace(" ", "T")}:00.000Z`);

describe("backups that go", () => {
  const cases: [what: string, keep: number, names: string[], made: string, gone: string[]][] = [
    ["none while no more are there than are kept", 3, ["12-01 01:15", "12-02 01:15"], "12-03 01:15", []],
    ["the oldest, night after night", 3, ["12-01 01:15", "12-02 01:15", "12-03 01:15"], "12-04 01:15", ["12-01 01:15"]],
    ["none of a day while there is room", 4, ["12-01 01:15", "12-02 01:15", "12-02 09:00"], "12-02 10:00", []],
    ["the earlier ones of a day before those of other days", 3, ["12-01 01:15", "12-02 01:15", "12-02 09:00"], "12-02 10:00", ["12-02 01:15"]],
    [
      "the earlier ones of days long past first",
      3,
      ["12-01 01:15", "12-01 02:00", "12-02 01:15", "12-02 09:00"],
      "12-02 10:00",
      ["12-01 01:15", "12-02 01:15"],
    ],
    [
      "many at once, as fewer are kept from now on",
      2,
      ["12-01 01:15", "12-02 01:15", "12-02 09:00", "12-03 01:15"],
      "12-04 01:15",
      ["12-02 01:15", "12-01 01:15", "12-02 09:00"],
    ],
    ["all but the one just made", 1, ["12-01 01:15", "12-02 01:15"], "12-02 02:00", ["12-02 01:15", "12-01 01:15"]],
    ["never the one just made, though others say that they are newer", 1, ["12-24 01:15", "12-03 09:00"], "12-03 01:15", ["12-03 09:00", "12-24 01:15"]],
  ];
  for (const [what, keep, names, made, gone] of cases) {
    it(`are ${what}`, () => {
      assert.deepEqual(removable([...names, made].map(named).reverse(), { keep, made: named(made) }), gone.map(named));
    });
  }

  it("aren't what the engine hasn't named", () => {
    const others = ["notes.txt", "mine.backup", "runwright-20261301T000000000Z.backup", `${named("12-01 01:15")}.0f.part`];
    const made = named("12-02 01:15");
    assert.deepEqual(removable([...others, made], { keep: 1, made }), []);
  });

  it("leave the last one of each of the days before, however many are made (property)", () => {
    const day = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.tuple(day, fc.integer({ min: 0, max: 86_399 })), { minLength: 1, maxLength: 60 }),
        (keep, made) => {
          const moments = [...new Set(made.map(([days, seconds]) => Date.UTC(2026, 0, 1 + days) + seconds * 1_000))].sort((a, b) => a - b);
          const folder = new Set<string>();
          for (const moment of moments) {
            const name = nameOf(new Date(moment).toISOString());
            folder.add(name);
            for (const gone of removable([...folder], { keep, made: name })) folder.delete(gone);
          }
          const lastOfDays = Map.groupBy(moments, (moment) => Math.floor(moment / 86_400_000));
          const wanted = [...lastOfDays.values()].map((of) => Math.max(...of)).slice(-keep);
          const kept = [...folder].map(momentOf);
          assert.ok(kept.length <= keep);
          for (const moment of wanted) assert.ok(kept.includes(moment), new Date(moment).toISOString());
        },
      ),
    );
  });
});
