import assert from "node:assert/strict";
import { openStore } from "../../engine/store/store.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { aMissing, DAY } from "./policies.ts";
import { type PolicyWorld, policyWorld, worldOn } from "./policy-world.ts";

const SSL = { name: "openssl" };
const BASH = { name: "bash", classification: "other" } as const;

describe("judging machines anew", () => {
  let all: PolicyWorld;
  beforeEach(async () => {
    all = await policyWorld();
    await all.enrol("web1");
  });
  afterEach(() => all.stop());

  it("takes everything for approved without any policy, and definition updates apart", async () => {
    await all.report("web1", [SSL, BASH, { name: "defender", classification: "definition" }]);
    const { compliance, verdicts, counts, judgeAgainAt } = await all.stored("web1");
    assert.deepEqual(verdicts, { openssl: "approved", bash: "approved", defender: "approved" });
    assert.deepEqual([compliance, counts, judgeAgainAt], ["noncompliant", { approved: 2 }, null]);
    await all.report("web1", [{ name: "defender", classification: "definition" }]);
    assert.deepEqual([(await all.stored("web1")).compliance, (await all.stored("web1")).counts], ["compliant", { approved: 0 }]);
    await all.put("defs", { definitions: "include" });
    await all.judging.tick();
    assert.equal((await all.stored("web1")).compliance, "noncompliant");
  });

  it("follows a policy that is made, changed and deleted, without any report", async () => {
    await all.report("web1", [SSL, BASH]);
    await all.put("prod", { classifications: ["security"], deferral: "7d" });
    assert.equal((await all.stored("web1")).verdicts.openssl, "approved", "not in the transaction of the change");
    await all.judging.tick();
    const deferred = await all.stored("web1");
    assert.deepEqual(deferred.verdicts, { openssl: "deferred", bash: "notselected" });
    assert.deepEqual([deferred.compliance, deferred.storedCompliance], ["compliant", "compliant"]);
    assert.equal(deferred.judgeAgainAt, all.clock.now() + 7 * DAY);
    await all.put("prod", { classifications: ["security"] });
    await all.judging.tick();
    assert.deepEqual((await all.stored("web1")).verdicts, { openssl: "approved", bash: "notselected" });
    await all.remove("prod");
    await all.judging.tick();
    const { verdicts, counts, compliance } = await all.stored("web1");
    assert.deepEqual([verdicts, counts, compliance], [{ openssl: "approved", bash: "approved" }, { approved: 2 }, "noncompliant"]);
    assert.equal(await all.judging.tick(), 0);
  });

  it("judges by what is known then: reports that come meanwhile are judged at once by the new policy", async () => {
    await all.put("prod", { exclude: ["openssl"] });
    await all.report("web1", [SSL]);
    assert.equal((await all.stored("web1")).verdicts.openssl, "excluded");
  });

  it("lets a machine be noncompliant again at the moment in which an exemption ends", async () => {
    const expiresAt = "2026-03-15T03:30:00Z";
    await all.put("prod", { sla: "30d", exemptions: [{ updates: ["openssl"], owner: "ada", reason: "the shop", expiresAt }] });
    await all.report("web1", [SSL]);
    assert.deepEqual([(await all.stored("web1")).compliance, (await all.stored("web1")).judgeAgainAt], ["compliant", Date.parse(expiresAt)]);
    all.clock.setWallClock(Date.parse(expiresAt) - 1);
    await all.report("web1", [SSL]);
    assert.equal(await all.judging.tick(), 0);
    assert.equal((await all.stored("web1")).compliance, "compliant");
    all.clock.setWallClock(expiresAt);
    assert.equal(await all.judging.tick(), 1);
    const { compliance, verdicts, counts, due } = await all.stored("web1");
    assert.deepEqual([compliance, verdicts, counts], ["noncompliant", { openssl: "approved" }, { approved: 1 }]);
    assert.equal(due.openssl, Date.UTC(2026, 2, 10, 12) + 30 * DAY, "counted from when it was first seen, not from the exemption's end");
  });

  it("ends a deferral, then tells what is overdue", async () => {
    await all.put("prod", { deferral: { security: "2d", default: "9d" }, sla: { security: "5d" } });
    await all.report("web1", [SSL, BASH]);
    const start = all.clock.now();
    const later = async (days: number) => {
      all.clock.setWallClock(start + days * DAY);
      await all.judging.tick();
      const { counts, judgeAgainAt } = await all.stored("web1");
      return [counts, judgeAgainAt === null ? null : (judgeAgainAt - start) / DAY];
    };
    assert.deepEqual(await later(0), [{ approved: 0, deferred: 2 }, 2]);
    assert.deepEqual(await later(2), [{ approved: 1, deferred: 1 }, 5]);
    assert.deepEqual(await later(5), [{ approved: 1, deferred: 1, overdue: 1 }, 9]);
    assert.deepEqual(await later(9), [{ approved: 2, overdue: 1 }, null]);
  });

  it("never calls a machine compliant because everything is excluded", async () => {
    await all.put("prod", { exclude: ["*"] });
    await all.report("web1", [SSL, BASH]);
    const { compliance, counts } = await all.stored("web1");
    assert.deepEqual([compliance, counts], ["noncompliant", { approved: 0, excluded: 2 }]);
  });

  it("counts what is held, and not what is phased", async () => {
    await all.report("web1", [{ name: "kernel", phased: true }]);
    assert.deepEqual([(await all.stored("web1")).compliance, (await all.stored("web1")).counts], ["compliant", { approved: 0 }]);
    await all.report("web1", [
      { name: "kernel", phased: true },
      { name: "nginx", held: true },
    ]);
    assert.deepEqual([(await all.stored("web1")).compliance, (await all.stored("web1")).counts], ["noncompliant", { approved: 1 }]);
  });

  for (const [what, policy, change] of [
    ["tags", { selector: "tag:ring=late", deferral: "7d" }, { tags: { ring: "late" } }],
    ["scope", { selector: "scope=/prod/late", deferral: "7d" }, { scope: "/prod/late" }],
    ["name", { selector: "name=late*", deferral: "7d" }, { name: "late1" }],
    ["facts", { selector: "fact:distribution=debian", deferral: "7d" }, { facts: { distribution: "debian" } as never }],
  ] as const) {
    it(`follows a machine's ${what}`, async () => {
      await all.put("prod", policy);
      await all.report("web1", [SSL]);
      await all.judging.tick();
      assert.equal((await all.stored("web1")).verdicts.openssl, "approved");
      await all.store.write((tx) => tx.machines.patch("mch_web1", change));
      assert.equal((await all.stored("web1")).judgeAgainAt, 0);
      assert.equal(await all.judging.tick(), 1);
      assert.equal((await all.stored("web1")).verdicts.openssl, "deferred");
      await all.store.write((tx) => tx.machines.patch("mch_web1", change));
      assert.equal(await all.judging.tick(), 0, "what is as it was isn't judged");
    });
  }

  it("follows what an agent says of its machine when it connects", async () => {
    await all.put("prod", { selector: "os=linux", deferral: "7d" });
    await all.report("web1", [SSL]);
    await all.judging.tick();
    const connect = () =>
      all.store.write((tx) =>
        tx.machines.connect("mch_web1", { publicKey: "key of mch_web1", engine: "eng_1", facts: { os: "linux" } as never, at: all.clock.now() }),
      );
    await connect();
    assert.equal(await all.judging.tick(), 1);
    assert.equal((await all.stored("web1")).verdicts.openssl, "deferred");
    await connect();
    assert.equal(await all.judging.tick(), 0);
  });

  it("begins the clock of a scope anew for a machine that is moved there first, and keeps that of the scopes above", async () => {
    await all.put("root", { sla: "10d" }, "/");
    await all.put("late", { deferral: "3d" }, "/prod/late");
    await all.report("web1", [SSL]);
    const start = all.clock.now();
    all.clock.advance({ days: 2 });
    await all.store.write((tx) => tx.machines.patch("mch_web1", { scope: "/prod/late" }));
    await all.judging.tick();
    const { verdicts, due, judgeAgainAt } = await all.stored("web1");
    assert.deepEqual([verdicts.openssl, due.openssl, judgeAgainAt], ["deferred", start + 10 * DAY, start + 5 * DAY]);
  });

  it("leaves out whom a policy doesn't reach, and does nothing for a new description or a plan that is only shown", async () => {
    await all.enrol("db1", "/test");
    for (const name of ["web1", "db1"]) await all.report(name, [SSL]);
    await all.put("prod", { exclude: ["openssl"] });
    await all.judging.tick();
    assert.deepEqual([(await all.stored("web1")).verdicts.openssl, (await all.stored("db1")).verdicts.openssl], ["excluded", "approved"]);
    await all.put("prod", { exclude: ["openssl"], description: "why" });
    assert.deepEqual(await all.store.read.judgings.scopes(), []);
    await all.put("prod", { exclude: ["bash"] });
    assert.deepEqual(await all.store.read.judgings.scopes(), ["/prod"]);
    await all.judging.tick();
    await assert.rejects(
      all.store.write(async (tx) => {
        await all.resources.put(
          tx,
          { kind: "UpdatePolicy", name: "prod", scope: "/prod", spec: {} },
          { actor: { id: "a", kind: "user", name: "a", grants: [] } },
        );
        throw new Error("undone");
      }),
      /undone/,
    );
    assert.deepEqual(await all.store.read.judgings.scopes(), []);
  });

  it("keeps verdicts and their time when a report fails", async () => {
    await all.put("prod", { deferral: "7d" });
    await all.report("web1", [SSL]);
    const before = await all.stored("web1");
    await all.report("web1", [], { installed: [], problems: ["dpkg is locked"] });
    const after = await all.stored("web1");
    assert.deepEqual([after.verdicts, after.counts, after.judgeAgainAt], [before.verdicts, before.counts, before.judgeAgainAt]);
    all.clock.advance({ days: 7 });
    assert.equal(await all.judging.tick(), 1);
    assert.deepEqual((await all.stored("web1")).verdicts, { openssl: "approved" });
  });

  it("isn't undone by a report that brings nothing new and was read before", async () => {
    await all.report("web1", [SSL]);
    await all.put("prod", { deferral: "7d" });
    const judgedFirst: typeof all.store.write = async (writer) => {
      await all.judging.tick();
      return all.store.write(writer);
    };
    const slow = { ...all.store, write: judgedFirst };
    const inventory = {
      ...{ packageManager: "apt", collectedAt: all.clock.now(), listsUpdatedAt: all.clock.now(), rebootPending: false, rebootReasons: [], problems: [] },
    };
    const same = { ...inventory, installed: [{ name: "bash", architecture: "amd64", version: "5", held: false }], updates: [aMissing(SSL)] };
    assert.equal((await worldOn(slow, all.clock).intake.take("mch_web1", { sequence: 500, inventory: same })).kind, "taken");
    const { verdicts, counts, judgeAgainAt, compliance } = await all.stored("web1");
    assert.deepEqual([verdicts, counts, compliance], [{ openssl: "deferred" }, { approved: 0, deferred: 1 }, "compliant"]);
    assert.equal(judgeAgainAt, all.clock.now() + 7 * DAY);
  });

  it("looks at no machine that was removed", async () => {
    await all.put("prod", { deferral: "7d" });
    await all.report("web1", [SSL]);
    await all.store.write((tx) => tx.machines.patch("mch_web1", { removedAt: all.clock.now(), state: "revoked" }));
    assert.equal((await all.stored("web1")).judgeAgainAt, null);
    all.clock.advance({ days: 8 });
    await all.put("prod", { deferral: "9d" });
    assert.equal(await all.judging.tick(), 0);
    assert.equal((await all.stored("web1")).verdicts.openssl, "deferred");
  });

  it("judges what an engine that knew no policies has assessed, which counts as missing until then", async () => {
    await all.put("prod", { deferral: "7d" });
    await all.report("web1", [SSL]);
    const assessment = await all.store.read.updates.currentAssessment("mch_web1");
    assert.ok(assessment);
    await all.store.write((tx) => tx.updates.insertAssessment({ ...assessment, id: "asm_old", verdicts: {}, judgeAgainAt: 0 }));
    assert.equal((await all.stored("web1")).compliance, "noncompliant");
    assert.equal(await all.judging.tick(), 1);
    assert.equal((await all.stored("web1")).compliance, "compliant");
  });

  it("does many changes of a scope and below in one pass, whatever there are", async () => {
    for (let i = 0; i < 45; i++) await all.enrol(`m${String(i).padStart(2, "0")}`, i % 2 === 0 ? "/prod/a" : "/prod/b");
    for (let i = 0; i < 45; i++) await all.report(`m${String(i).padStart(2, "0")}`, [SSL]);
    for (let i = 0; i < 30; i++) await all.put(`deep${i}`, { deferral: "1d" }, "/prod/a");
    await all.put("prod", { deferral: "2d", exclude: ["openssl"] });
    await all.judging.tick();
    assert.deepEqual(await all.store.read.judgings.scopes(), []);
    const verdicts = await Promise.all(Array.from({ length: 45 }, (_, i) => all.stored(`m${String(i).padStart(2, "0")}`)));
    assert.ok(verdicts.every((one) => one.verdicts.openssl === "excluded"));
  });

  it("forgets nothing when the engine dies in the middle", async () => {
    await using directory = await temporaryDirectory();
    const first = await openStore(`sqlite:${directory.path}`);
    const before = worldOn(first, all.clock);
    for (let i = 0; i < 50; i++) await before.enrol(`m${i}`, "/prod");
    for (let i = 0; i < 50; i++) await before.report(`m${i}`, [SSL]);
    await before.put("prod", { exclude: ["openssl"] });
    let writes = 0;
    const dying = {
      ...first,
      writeApart: (async (writer) => {
        if (++writes > 1) throw new Error("killed");
        return first.writeApart(writer);
      }) as typeof first.writeApart,
    };
    await assert.rejects(worldOn(dying, all.clock).judging.tick(), /killed/);
    await first.stop();
    const second = await openStore(`sqlite:${directory.path}`);
    const after = worldOn(second, all.clock);
    const excluded = async () => (await second.read.updates.list({ scopes: ["/"], limit: 100 })).filter(({ verdict }) => verdict === "excluded").length;
    const half = await excluded();
    assert.ok(half > 0 && half < 50, `${half}`);
    await after.judging.tick();
    assert.equal(await excluded(), 50);
    assert.deepEqual(await second.read.judgings.scopes(), []);
    await second.stop();
  });
});
