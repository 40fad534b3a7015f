import assert from "node:assert/strict";
import { castOf } from "./cast.ts";

describe("the cast of the demo", () => {
  const special = (seed: number, count: number) => castOf(seed, count).flatMap(({ name, part }) => (part === "ordinary" ? [] : [`${name} ${part}`]));

  it("is the same for the same seed", () => assert.deepEqual(castOf(7, 8), castOf(7, 8)));

  it("has one failing, one held and one rebooting host, and an ordinary canary, whatever the seed and the number", () => {
    for (let count = 4; count <= 20; count++)
      for (let seed = 0; seed < 30; seed++) {
        const cast = castOf(seed, count);
        assert.equal(cast.length, count);
        assert.equal(new Set(cast.map(({ name }) => name)).size, count);
        assert.equal(cast[0]?.part, "ordinary");
        const parts = cast.map(({ part }) => part).filter((part) => part !== "ordinary");
        assert.deepEqual(parts.sort(), ["fails", "held", "reboots"]);
      }
  });

  it("has others with the next seed, in each part", () => {
    for (let count = 4; count <= 20; count++)
      for (let seed = 0; seed < 30; seed++)
        assert.deepEqual(
          special(seed, count).filter((one) => special(seed + 1, count).includes(one)),
          [],
        );
  });

  it("has the package of its part on each host, and that on no other", () => {
    const names = { fails: "lab-fail", held: "lab-held", reboots: "lab-kernel" } as const;
    for (const { part, packages } of castOf(3, 12)) {
      for (const [whose, name] of Object.entries(names)) assert.equal(packages.includes(name), whose === part);
      assert.deepEqual(packages, packages.toSorted());
    }
  });
});
