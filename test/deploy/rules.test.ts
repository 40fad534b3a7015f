import assert from "node:assert/strict";
import fc from "fast-check";
import { allowedFailures, isSpent, readBudget } from "../../engine/core/deploy/budget.ts";
import { driftOf, type Offered } from "../../engine/core/deploy/drift.ts";
import { DEFAULT_EXPECTED, forecastOf, inARow } from "../../engine/core/deploy/forecast.ts";
import type { PlannedUpdate } from "../../engine/core/deploy/plan.ts";
import { rebootRefusal } from "../../engine/core/deploy/reboots.ts";
import { countsAsFailed, DEPLOYMENT_STATUSES, isEnded, mayBecome } from "../../engine/core/deploy/status.ts";
import { DEFAULT_WAVES, intoWaves, readWaves } from "../../engine/core/deploy/waves.ts";

describe("waves of a deployment", () => {
  const sizes = (text: string, machines: number) =>
    intoWaves(
      Array.from({ length: machines }, (_, n) => n),
      readWaves(text),
    ).map((wave) => wave.length);

  for (const [text, machines, expected] of [
    [DEFAULT_WAVES, 100, [1, 5, 25, 69]],
    [DEFAULT_WAVES, 10, [1, 1, 3, 5]],
    [DEFAULT_WAVES, 1, [1]],
    [DEFAULT_WAVES, 0, []],
    ["50%", 4, [2, 2]],
    ["3, rest", 2, [2]],
    ["0.5%, rest", 1_000, [5, 995]],
  ] as const) {
    it(`cuts ${machines} machines by "${text}" into ${expected.join(" + ") || "none"}`, () => assert.deepEqual(sizes(text, machines), expected));
  }

  for (const text of ["", "rest, 1", "0", "101%", "1.5", "a", "-1", "1,,2", "5 %%"]) {
    it(`refuses "${text}" and says how waves are written`, () => assert.throws(() => readWaves(text), /write them as "1, 5%, 25%, rest"/));
  }

  it("forgets no machine and takes none twice, whatever the sizes", () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 50 }).map((count) => ({ count })),
      fc.integer({ min: 1, max: 100 }).map((percent) => ({ percent })),
    );
    fc.assert(
      fc.property(fc.array(size, { maxLength: 6 }), fc.integer({ min: 0, max: 300 }), (given, count) => {
        const machines = Array.from({ length: count }, (_, n) => n);
        assert.deepEqual(intoWaves(machines, given).flat(), machines);
      }),
    );
  });
});

describe("the error budget of a deployment", () => {
  for (const [text, machines, allowed] of [
    ["3", 50, 3],
    ["10%", 50, 5],
    ["5%", 19, 0],
    ["0", 100, 0],
    ["100%", 7, 7],
  ] as const) {
    it(`of ${text} allows ${allowed} of ${machines} machines, and one more spends it`, () => {
      const found = allowedFailures(readBudget(text), machines);
      assert.equal(found, allowed);
      assert.equal(isSpent(allowed, found), false);
      assert.equal(isSpent(allowed + 1, found), true);
    });
  }

  for (const text of ["", "-1", "101%", "1.5", "five"]) it(`refuses "${text}"`, () => assert.throws(() => readBudget(text), /isn't a number of machines/));
});

describe("how long an update is expected to take", () => {
  const minutes = (...some: number[]) => some.map((n) => n * 60_000);

  it("goes by the update's own history before that of the machine", () => {
    assert.deepEqual(forecastOf({ ofUpdate: minutes(1, 2, 3, 4, 5, 6, 7, 8, 9, 20), ofMachine: minutes(1) }), {
      ...{ p50: 5 * 60_000, p95: 20 * 60_000 },
      ...{ basis: "update", samples: 10 },
    });
  });

  it("goes by the machine when the update is new, and is cautious when little is known", () => {
    assert.deepEqual(forecastOf({ ofUpdate: [], ofMachine: minutes(2, 4) }), { p50: 2 * 60_000, p95: 6 * 60_000, basis: "machine", samples: 2 });
  });

  it("says that nothing is known", () => {
    assert.deepEqual(forecastOf({ ofUpdate: [], ofMachine: [] }), { ...DEFAULT_EXPECTED, basis: "default", samples: 0 });
  });

  it("adds up what runs in a row: medians, and by the root of their squares what each may take beyond", () => {
    assert.deepEqual(
      inARow([
        { p50: 100, p95: 130 },
        { p50: 200, p95: 240 },
      ]),
      { p50: 300, p95: 350 },
    );
    assert.deepEqual(inARow([]), { p50: 0, p95: 0 });
    assert.deepEqual(inARow([{ p50: 5, p95: 9 }]), { p50: 5, p95: 9 });
  });
});

describe("who may reboot", () => {
  const machine = (id: string, role: string, up = true) => ({ id, tags: { role }, up });
  const fleet = [machine("db1", "db"), machine("db2", "db"), machine("db3", "db"), machine("web1", "web")];
  const [db1] = fleet as [(typeof fleet)[number]];

  it("nobody while another of the group reboots", () => {
    assert.equal(rebootRefusal(db1, [{ tag: "role" }], fleet, [{ machineId: "db2", fence: 1 }]), "1 of role=db is down already, at most 1 may be");
  });

  it("whoever shares no value of the tag with those that reboot", () => {
    assert.equal(rebootRefusal(db1, [{ tag: "role" }], fleet, [{ machineId: "web1", fence: 1 }]), undefined);
  });

  it("nobody when too few would serve, whatever the reason why others are down", () => {
    const down = fleet.map((one) => (one.id === "db3" ? { ...one, up: false } : one));
    assert.equal(rebootRefusal(db1, [{ tag: "role", atOnce: 2, quorum: 2 }], down, []), "only 1 of role=db would be up, 2 must be");
  });

  it("a machine without the tag", () =>
    assert.equal(rebootRefusal({ id: "x", tags: {}, up: true }, [{ tag: "role" }], fleet, [{ machineId: "db1", fence: 1 }]), undefined));
});

describe("how a machine differs from its plan", () => {
  const planned = (name: string, fromVersion: string | null, version: string): PlannedUpdate => ({
    ...{ name, architecture: "amd64", fromVersion, version, classification: "security", severity: "important", reboot: "unknown" },
    expected: { ...DEFAULT_EXPECTED, basis: "default", samples: 0 },
  });
  const offered = (name: string, installedVersion: string | null, candidateVersion: string, more: Partial<Offered> = {}): Offered => ({
    ...{ name, architecture: "amd64", installedVersion, candidateVersion, held: false, phased: false, verdict: "approved" },
    ...more,
  });
  const drift = (plan: PlannedUpdate, now: ReturnType<typeof offered>[], installed?: string) =>
    driftOf([plan], now, new Map(installed === undefined ? [] : [[`${plan.name}:amd64`, installed]])).map(({ difference }) => difference);

  for (const [what, found, expected] of [
    ["not at all", drift(planned("a", "1", "2"), [offered("a", "1", "2")], "1"), []],
    ["not by what was installed meanwhile as planned", drift(planned("a", "1", "2"), [], "2"), []],
    ["not by what is offered in addition", drift(planned("a", "1", "2"), [offered("a", "1", "2"), offered("b", "1", "9")], "1"), []],
    ["by a candidate that has vanished", drift(planned("a", "1", "2"), [], "1"), ["planned 2, which isn't offered any more"]],
    ["by a newer candidate", drift(planned("a", "1", "2"), [offered("a", "1", "3")], "1"), ["planned 2, now 3 is offered"]],
    ["by another version that is installed", drift(planned("a", "1", "2"), [offered("a", "1.5", "2")], "1.5"), ["planned from 1, now 1.5 is installed"]],
    ["by a hold", drift(planned("a", "1", "2"), [offered("a", "1", "2", { held: true })], "1"), ["planned 2, and it is held now"]],
    [
      "by what is handed out to others first",
      drift(planned("a", "1", "2"), [offered("a", "1", "2", { phased: true })], "1"),
      ["planned 2, and its distributor holds it back from this machine now"],
    ],
    [
      "by an exclusion",
      drift(planned("a", "1", "2"), [offered("a", "1", "2", { verdict: "excluded" })], "1"),
      ["planned 2, and by its policies it is excluded now"],
    ],
    [
      "by a deferral",
      drift(planned("a", "1", "2"), [offered("a", "1", "2", { verdict: "deferred" })], "1"),
      ["planned 2, and by its policies it is deferred now"],
    ],
    ["not by a hold on what has been installed", drift(planned("a", "1", "2"), [offered("a", "2", "3", { held: true })], "2"), []],
    ["by a package that is gone", drift(planned("a", "1", "2"), []), ["planned as an update, and it isn't installed any more"]],
  ] as const) {
    it(what, () => assert.deepEqual(found, expected));
  }
});

describe("statuses of deployments", () => {
  it("end where nothing follows, and every other one can be ended", () => {
    for (const status of DEPLOYMENT_STATUSES) {
      const follow = DEPLOYMENT_STATUSES.filter((next) => mayBecome(status, next));
      assert.equal(isEnded(status), follow.length === 0);
    }
    assert.equal(mayBecome("halted", "running"), true);
    assert.equal(mayBecome("aborted", "running"), false);
  });
  it("count a machine whose reboot isn't proven as failed, and one that was set aside not", () => {
    assert.deepEqual(
      [countsAsFailed("RebootUnverified"), countsAsFailed("AgentLost"), countsAsFailed("PlanDrift"), countsAsFailed("Frozen")],
      [true, true, false, false],
    );
  });
});
