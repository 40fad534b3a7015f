import assert from "node:assert/strict";
import { noteFirstSeen } from "../../engine/updates/first-seen.ts";
import { aMissing, DAY } from "./policies.ts";
import { type PolicyWorld, policyWorld } from "./policy-world.ts";

describe("when the engine first saw an update", () => {
  let all: PolicyWorld;
  beforeEach(async () => {
    all = await policyWorld();
  });
  afterEach(() => all.stop());

  const rows = async (name = "openssl") =>
    (await all.store.read.firstSeen.of(["/", "/prod", "/prod/web", "/prod/db", "/test"], [name]))
      .map(({ scope, candidateVersion, at }) => `${scope} ${candidateVersion} ${(at - START) / DAY}`)
      .sort();
  const START = Date.UTC(2026, 2, 10, 12);

  it("is noted in the machine's scope and each one above, once, and never moved", async () => {
    await all.enrol("web1", "/prod/web");
    await all.enrol("web2", "/prod/web");
    await all.enrol("db1", "/prod/db");
    await all.report("web1", [{ name: "openssl" }]);
    all.clock.advance({ days: 1 });
    await all.report("db1", [{ name: "openssl" }]);
    all.clock.advance({ days: 1 });
    await all.report("web2", [{ name: "openssl" }, { name: "openssl", candidateVersion: "1.2" }]);
    assert.deepEqual(await rows(), ["/ 1.1 0", "/ 1.2 2", "/prod 1.1 0", "/prod 1.2 2", "/prod/db 1.1 1", "/prod/web 1.1 0", "/prod/web 1.2 2"]);
    all.clock.setWallClock(START - 9 * DAY);
    await all.report("web2", [{ name: "openssl" }]);
    await all.store.write((tx) => tx.machines.patch("mch_web1", { removedAt: all.clock.now() }));
    assert.equal((await rows())[0], "/ 1.1 0", "neither a clock set back nor a machine that goes changes it");
  });

  it("is told by versions as they are written: those that no comparison understands are others", async () => {
    await all.enrol("web1", "/prod/web");
    const odd = ["1.1", "1.1 ", "1.01", "v?~!=*", "１.１", "'; drop table updates; --"];
    await all.put("prod", { deferral: "7d" });
    await all.report(
      "web1",
      odd.map((candidateVersion) => ({ name: "openssl", candidateVersion })),
    );
    assert.equal((await rows()).filter((row) => row.startsWith("/ ")).length, odd.length);
    assert.deepEqual((await all.stored("web1")).counts, { approved: 0, deferred: odd.length });
  });

  it("costs nothing for the ten thousandth machine that is like the first one", async () => {
    const updates = Array.from({ length: 500 }, (_, i) => aMissing({ name: `package-${i}` }));
    const noted: number[] = [];
    const note = (scope: string) =>
      all.store.write((tx) => {
        const firstSeen: typeof tx.firstSeen = {
          ...tx.firstSeen,
          note: (given) => {
            noted.push(given.length);
            return tx.firstSeen.note(given);
          },
        };
        return noteFirstSeen({ firstSeen }, [{ scope, asked: ["/", "/a/b"], updates }], START);
      });
    await note("/a/b/c/d");
    assert.deepEqual(noted, [500 * 5]);
    for (let i = 0; i < 20; i++) await note("/a/b/c/d");
    assert.deepEqual(noted, [500 * 5]);
    await note("/a/b/c/e");
    assert.deepEqual(noted, [500 * 5, 500 * 5]);
  });

  it("is forgotten half a year after it, when it is missing nowhere", async () => {
    await all.enrol("web1", "/prod");
    await all.report("web1", [{ name: "gone" }, { name: "stays" }]);
    await all.report("web1", [{ name: "stays" }]);
    all.clock.advance({ days: 179 });
    await all.judging.purge();
    assert.equal((await rows("gone")).length, 2);
    all.clock.advance({ days: 2 });
    await all.judging.purge();
    assert.deepEqual([(await rows("gone")).length, (await rows("stays")).length], [0, 2]);
  });

  it("begins anew above when it was forgotten there alone", async () => {
    await all.put("root", { deferral: "7d" }, "/");
    await all.enrol("web1", "/prod");
    await all.store.write((tx) =>
      tx.firstSeen.note([{ scope: "/prod", name: "openssl", architecture: "amd64", candidateVersion: "1.1", at: START - 9 * DAY }]),
    );
    await all.report("web1", [{ name: "openssl" }]);
    assert.deepEqual(await rows(), ["/ 1.1 0", "/prod 1.1 -9"]);
    assert.equal((await all.stored("web1")).verdicts.openssl, "deferred");
  });
});
