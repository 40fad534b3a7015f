import assert from "node:assert/strict";
import { type Rig, rig } from "../http/rig.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { worldOn } from "./policy-world.ts";

const POLICY = { kind: "UpdatePolicy", name: "prod", scope: "/prod" };

describe("asking what if", () => {
  let all: Rig;
  let clock: TestClock;
  let world: ReturnType<typeof worldOn>;
  beforeEach(async () => {
    clock = testClock("2026-03-10T12:00:00Z");
    all = await rig({ clock });
    world = worldOn(all.store, clock);
    for (const [name, scope] of [
      ["web1", "/prod/web"],
      ["web2", "/prod/web"],
      ["db1", "/test"],
    ] as const) {
      await world.enrol(name, scope);
      await world.report(name, [{ name: "openssl" }, { name: "bash", classification: "other" }]);
    }
  });
  afterEach(() => all.stop());
  const ask = (body: object, token = all.admin) => all.ask("POST", "/api/v1/updates/what-if", { body, token });
  const told = (body: any) =>
    body.items.map((one: any) => [one.machine, one.before, one.after, ...one.updates.map((update: any) => `${update.name} ${update.before} ${update.after}`)]);
  const picture = async () => JSON.stringify([await all.store.read.updates.list({ scopes: ["/"], limit: 100 }), await all.store.read.judgings.scopes()]);

  it("shows what a new policy would do to each machine in its reach, and writes nothing", async () => {
    const before = await picture();
    const { status, body, text } = await ask({ documents: [{ ...POLICY, classifications: ["security"], deferral: { security: "7d" }, sla: "30d" }] });
    assert.equal(status, 200, text);
    assert.deepEqual(told(body), [
      ["web1", "noncompliant", "compliant", "bash approved notselected", "openssl approved deferred"],
      ["web2", "noncompliant", "compliant", "bash approved notselected", "openssl approved deferred"],
    ]);
    assert.deepEqual(body.machines, { visible: 3, judged: 2, changed: 2 });
    assert.deepEqual([body.before.noncompliant, body.after.compliant, body.after.noncompliant], [2, 2, 0]);
    assert.deepEqual(body.moves, [
      { from: "approved", to: "notselected", updates: 2, machines: 2 },
      { from: "approved", to: "deferred", updates: 2, machines: 2 },
    ]);
    const ssl = body.items[0].updates[1];
    assert.deepEqual([ssl.dueBefore, ssl.dueAfter, body.dueChanged], [null, "2026-04-09T12:00:00.000Z", 2]);
    assert.match(ssl.reason, /^Policy prod \(\/prod\) defers security updates by 7d, counted from 2026-03-10 12:00 UTC/);
    assert.equal(await picture(), before);
    assert.deepEqual(await all.store.read.resources.list({ kind: "UpdatePolicy", scopes: ["/"], limit: 10 }), []);
    assert.equal((await all.activity()).filter(({ operation }) => operation.includes("policy") || operation.includes("whatIf")).length, 0);
  });

  it("is what happens when it is done", async () => {
    await world.put("prod", { exclude: ["openssl"] });
    await world.judging.tick();
    const spec = { exemptions: [{ updates: ["openssl"], owner: "ada", reason: "x", expiresAt: "2026-05-01" }], deferral: { other: "3d" } };
    const { body } = await ask({ documents: [{ ...POLICY, ...spec }] });
    await world.put("prod", spec);
    await world.judging.tick();
    for (const machine of ["web1", "web2"]) {
      const { compliance, verdicts } = await world.stored(machine);
      const item = body.items.find((one: any) => one.machine === machine);
      assert.equal(compliance, item.after);
      assert.deepEqual(verdicts, Object.fromEntries(item.updates.map((update: any) => [update.name, update.after])));
    }
  });

  it("shows a policy's end, and a change of its scope's neighbours as nothing", async () => {
    await world.put("prod", { exclude: ["openssl"] });
    await world.put("test", { exclude: ["openssl"] }, "/test");
    await world.judging.tick();
    const { body } = await ask({ delete: ["prod"] });
    assert.deepEqual(told(body), [
      ["web1", "noncompliant", "noncompliant", "openssl excluded approved"],
      ["web2", "noncompliant", "noncompliant", "openssl excluded approved"],
    ]);
    assert.equal((await ask({ delete: ["nothing"] })).body.code, "NOT_FOUND");
    assert.deepEqual((await ask({ documents: [{ ...POLICY, exclude: ["openssl"] }] })).body.machines, { visible: 3, judged: 2, changed: 0 });
    assert.deepEqual((await ask({})).body.machines, { visible: 3, judged: 0, changed: 0 });
  });

  it("shows a machine's move and other tags, counted from when the update was first seen there", async () => {
    await world.put("test", { deferral: "3d", exclude: ["bash"] }, "/test");
    await world.put("ring", { selector: "tag:ring=late", deferral: "9d" }, "/prod");
    await world.judging.tick();
    clock.advance({ days: 1 });
    const moved = (await ask({ moves: [{ machine: "web1", scope: "/test" }] })).body;
    assert.deepEqual(told(moved), [["web1", "noncompliant", "noncompliant", "bash approved excluded", "openssl approved deferred"]]);
    assert.deepEqual([moved.items[0].scope, moved.items[0].scopeAfter], ["/prod/web", "/test"]);
    assert.match(moved.items[0].updates[1].reason, /counted from 2026-03-10 12:00 UTC, when it was first seen in \/test: until 2026-03-13/);
    const tagged = (await ask({ moves: [{ machine: "web2", tags: { ring: "late" } }] })).body;
    assert.deepEqual(told(tagged), [["web2", "noncompliant", "compliant", "bash approved deferred", "openssl approved deferred"]]);
    const fresh = (await ask({ moves: [{ machine: "web1", scope: "/new" }], documents: [{ ...POLICY, name: "new", scope: "/new", deferral: "5d" }] })).body;
    assert.match(fresh.items[0].updates[0].reason, /counted from 2026-03-11 12:00 UTC, when it was first seen in \/new/, "nobody has seen it there yet");
  });

  it("warns of a policy that excludes everything, and shows that no machine becomes compliant by it", async () => {
    const { body } = await ask({ documents: [{ ...POLICY, exclude: ["*"] }] });
    assert.match(body.warnings[0].text, /excludes everything/);
    assert.deepEqual([body.after.compliant, body.after.noncompliant], [0, 2]);
  });

  it("tells all that is wrong with documents, each with its place", async () => {
    const { status, body } = await ask({
      documents: [
        { ...POLICY, exlude: [] },
        { ...POLICY, name: "b", selector: "x" },
        { ...POLICY, kind: "Schedule", name: "c" },
        { ...POLICY, name: "b" },
        { name: "d" },
      ],
    });
    assert.deepEqual([status, body.code], [400, "RESOURCE_INVALID"]);
    assert.deepEqual(body.errors.map(({ index, path }: any) => `${index} ${path}`).sort(), ["0 /exlude", "1 /selector", "2 /kind", "3 /name", "4 "]);
    assert.equal((await ask({ moves: [{ machine: "web1" }, { machine: "web1" }] })).body.code, "BAD_REQUEST");
    assert.equal((await ask({ moves: [{ machine: "web1", scope: "prod" }] })).body.code, "SCOPE_INVALID");
    assert.equal((await ask({ moves: [{ machine: "web9", scope: "/prod" }] })).body.code, "MACHINE_NOT_FOUND");
  });

  describe("as somebody who may see only a part", () => {
    it("shows machines of that part alone, and a stranger nothing", async () => {
      await world.put("secret", { exclude: ["bash"] }, "/prod");
      await world.judging.tick();
      const reader = await all.tokenFor("rita", { role: "reader", scope: "/test" });
      const seen = (await ask({ documents: [{ ...POLICY, name: "mine", scope: "/test", exclude: ["*"] }] }, reader)).body;
      assert.deepEqual([seen.machines, told(seen).length], [{ visible: 1, judged: 1, changed: 1 }, 1]);
      for (const body of [
        { documents: [{ ...POLICY, exclude: ["*"] }] },
        { documents: [{ ...POLICY, name: "secret", scope: "/test" }] },
        { delete: ["secret"] },
        { moves: [{ machine: "web1", scope: "/test" }] },
        { moves: [{ machine: "db1", scope: "/prod" }] },
      ]) {
        const answer = await ask(body, reader);
        assert.ok(answer.status === 403 || answer.status === 404 || answer.status === 400, `${JSON.stringify(body)}: ${answer.text}`);
        for (const word of ["web1 ", "bash", "/prod/web", "noncompliant"]) assert.ok(!answer.text.includes(word), answer.text);
      }
      const guess = (await ask({ documents: [{ ...POLICY, name: "secret", scope: "/test" }] }, reader)).body;
      assert.match(guess.errors[0].message, /exists where rita can't see it/);
      const nobody = await all.tokenFor("eve");
      assert.equal((await ask({ documents: [] }, nobody)).status, 403);
    });

    it("lets a reader of the part try out policies for it, also without the right to make them", async () => {
      const reader = await all.tokenFor("rita", { role: "reader", scope: "/prod" });
      const { body } = await ask({ documents: [{ kind: "UpdatePolicy", name: "x", exclude: ["bash"] }] }, reader);
      assert.deepEqual(body.machines, { visible: 2, judged: 2, changed: 2 });
    });
  });

  it("bounds what it tells of many machines with many updates, and counts all of them", async () => {
    const updates = Array.from({ length: 60 }, (_, i) => ({ name: `package-${i}` }));
    for (let i = 0; i < 150; i++) {
      await world.enrol(`m${i}`, "/many");
      await world.report(`m${i}`, updates);
    }
    const { body, text } = await ask({ documents: [{ ...POLICY, scope: "/many", deferral: "7d" }] });
    assert.deepEqual(body.machines, { visible: 153, judged: 150, changed: 150 });
    assert.deepEqual([body.items.length, body.more, body.items[0].updates.length, body.items[0].more], [100, 50, 20, 40]);
    assert.deepEqual(body.moves, [{ from: "approved", to: "deferred", updates: 9_000, machines: 150 }]);
    assert.ok(text.length < 2_000_000);
  });
});
