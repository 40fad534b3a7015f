import assert from "node:assert/strict";
import type { Facts } from "../../engine/core/machine.ts";
import type { Report } from "../../engine/core/report.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake, type Intake } from "../../engine/updates/intake.ts";
import { createUpdateQueries, type UpdateQueries } from "../../engine/updates/queries.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

type Inventory = Report["inventory"];

describe("taking in what machines report", () => {
  let home: TemporaryDirectory;
  let store: Store;
  let clock: TestClock;
  let intake: Intake;
  let queries: UpdateQueries;

  beforeEach(async () => {
    home = await temporaryDirectory();
    store = await openStore(`sqlite:${home.path}`);
    clock = testClock();
    intake = createIntake({ store, clock, newId: createIds(clock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) });
    queries = createUpdateQueries({ store, clock });
    await enrol("mch_1", "web1", "/prod");
  });
  afterEach(async () => {
    await store.stop();
    await home.remove();
  });

  const enrol = (id: string, name: string, scope: string) =>
    store.write((tx) =>
      tx.machines.insert({
        ...{ id, name, scope, state: "online", publicKey: `key of ${id}`, tags: {}, facts: null satisfies Facts | null },
        ...{ enrolledAt: clock.now(), enrolledBy: "test", lastSeenAt: null, engine: null, staleSince: null, removedAt: null },
      }),
    );
  const pkg = (name: string, version = "1.0") => ({ name, architecture: "amd64", version, held: false });
  const update = (name: string, candidateVersion = "1.1", more: Partial<Inventory["updates"][number]> = {}): Inventory["updates"][number] => ({
    ...{
      kind: "package",
      name,
      architecture: "amd64",
      installedVersion: "1.0",
      candidateVersion,
      classification: "security",
      severity: "unspecified",
      origin: "Debian-Security:12/stable-security",
    },
    ...{ held: false, phased: false, rebootBehaviour: "unknown", cves: [], advisories: [] },
    ...more,
  });
  let sequence = 0;
  const report = (inventory: Partial<Inventory> = {}, number = ++sequence): Report => ({
    sequence: number,
    inventory: {
      ...{ packageManager: "apt", collectedAt: clock.now(), listsUpdatedAt: clock.now(), rebootPending: false, rebootReasons: [], problems: [] },
      ...{ installed: [pkg("bash"), pkg("openssl")], updates: [] },
      ...inventory,
    },
  });
  const names = async () => (await queries.list({ scopes: ["/"], limit: 100 })).map((one) => `${one.machine} ${one.name} ${one.candidateVersion}`);

  it("stores packages, updates and the assessment", async () => {
    const taken = await intake.take(
      "mch_1",
      report({ updates: [update("openssl", "1.1", { cves: ["CVE-2099-0001"], sizeBytes: 17 })], rebootPending: true, rebootReasons: ["kernel"] }),
    );
    assert.equal(taken.kind, "taken");
    assert.deepEqual(await names(), ["web1 openssl 1.1"]);
    assert.deepEqual(
      (await queries.packages("mch_1")).map((one) => one.name),
      ["bash", "openssl"],
    );
    const { compliance, counts, rebootPending, installedCount, assessedAt } = await queries.assessmentOf("mch_1");
    assert.deepEqual(
      { compliance, counts, rebootPending, installedCount, assessedAt },
      { compliance: "noncompliant", counts: { security: 1 }, rebootPending: true, installedCount: 2, assessedAt: clock.now() },
    );
    const { updates } = await queries.ofMachine("mch_1");
    assert.deepEqual(updates[0]?.cves, ["CVE-2099-0001"]);
    assert.equal(updates[0]?.sizeBytes, 17);
  });

  it("keeps the time when an update was first seen, and begins anew with another version", async () => {
    const first = clock.now();
    await intake.take("mch_1", report({ updates: [update("openssl", "1.1"), update("bash", "5.1")] }));
    clock.advance({ hours: 1 });
    await intake.take("mch_1", report({ updates: [update("openssl", "1.2"), update("bash", "5.1")] }));
    const seen = Object.fromEntries(
      (await store.read.updates.ofMachine("mch_1")).map((one) => [`${one.name} ${one.candidateVersion}`, one.firstSeenAt - first]),
    );
    assert.deepEqual(seen, { "bash 5.1": 0, "openssl 1.2": 3_600_000 });
  });

  it("takes away what isn't missing any more", async () => {
    await intake.take("mch_1", report({ updates: [update("openssl")] }));
    await intake.take("mch_1", report({ updates: [] }));
    assert.deepEqual(await names(), []);
    assert.equal((await queries.assessmentOf("mch_1")).compliance, "compliant");
    assert.equal((await queries.history("mch_1", 10)).length, 2);
  });

  it("passes over a report that is older than the newest, or the same once more", async () => {
    await intake.take("mch_1", report({ updates: [update("openssl", "1.2")] }, 20));
    assert.deepEqual(await intake.take("mch_1", report({ updates: [] }, 19)), { kind: "outdated", newest: 20 });
    assert.equal((await intake.take("mch_1", report({ updates: [] }, 20))).kind, "known");
    assert.deepEqual(await names(), ["web1 openssl 1.2"]);
  });

  it("goes by the number of a report, not by a clock that was set back by a day", async () => {
    await intake.take("mch_1", report({ updates: [update("openssl")] }, 30));
    const taken = await intake.take("mch_1", report({ updates: [], collectedAt: clock.now() - 86_400_000, listsUpdatedAt: clock.now() - 86_400_000 }, 31));
    assert.equal(taken.kind, "taken");
    assert.deepEqual(await names(), []);
    assert.equal((await queries.assessmentOf("mch_1")).compliance, "compliant");
  });

  it("begins numbers anew for a machine that has joined anew", async () => {
    await intake.take("mch_1", report({}, 1_000));
    clock.advance({ minutes: 1 });
    await store.write((tx) => tx.machines.patch("mch_1", { enrolledAt: clock.now() }));
    assert.equal((await intake.take("mch_1", report({ updates: [update("openssl")] }, 1))).kind, "taken");
    assert.deepEqual(await names(), ["web1 openssl 1.1"]);
  });

  it("leaves what was known when a report failed, and never calls such a machine compliant", async () => {
    await intake.take("mch_1", report({ updates: [] }));
    assert.equal((await queries.assessmentOf("mch_1")).compliance, "compliant");
    await intake.take("mch_1", report({ installed: [], problems: ["dpkg-query: the database is locked"] }));
    assert.equal((await queries.assessmentOf("mch_1")).compliance, "notassessed");
    assert.equal((await queries.packages("mch_1")).length, 2);
    await intake.take("mch_1", report({ updates: [update("openssl")] }));
    await intake.take("mch_1", report({ installed: [], problems: [] }));
    const { compliance, problems } = await queries.assessmentOf("mch_1");
    assert.equal(compliance, "noncompliant");
    assert.deepEqual(problems, ["the report names no installed package"]);
    assert.deepEqual(await names(), ["web1 openssl 1.1"]);
  });

  it("leaves out hostile names and versions, says so, and keeps quotes as the letters they are", async () => {
    const quoted = `robert'); DROP TABLE machines;--"`;
    const hostile = ["line\nbreak", "esc\u001b[31m", "", "n".repeat(256), "nul\0", "turn\u202Eed", "half\uD800"];
    await intake.take(
      "mch_1",
      report({ installed: [pkg("bash"), pkg(quoted), ...hostile.map((name) => pkg(name))], updates: [update(quoted), ...hostile.map((name) => update(name))] }),
    );
    assert.deepEqual(
      (await queries.packages("mch_1")).map((one) => one.name),
      ["bash", quoted],
    );
    assert.deepEqual(await names(), [`web1 ${quoted} 1.1`]);
    const { problems } = await queries.assessmentOf("mch_1");
    assert.match(problems.join(), /^14 packages were left out/);
    assert.equal((await store.read.machines.list({ scopes: ["/"] })).length, 1);
  });

  it("turns words that nobody knows into the ones that promise least", async () => {
    const odd = update("openssl", "1.1", {
      classification: "wonderful",
      severity: "huge",
      rebootBehaviour: "maybe",
      origin: "a\nb",
      cves: ["CVE-2099-0001", "<script>", "CVE-2099-0001"],
    });
    await intake.take("mch_1", report({ updates: [odd], problems: ["\u001b]0;title\u0007"], rebootReasons: ["x\ny"] }));
    const [kept] = (await queries.ofMachine("mch_1")).updates;
    assert.deepEqual(
      [kept?.classification, kept?.severity, kept?.rebootBehaviour, kept?.origin, kept?.cves],
      ["other", "unspecified", "unknown", "a\uFFFDb", ["CVE-2099-0001"]],
    );
    assert.deepEqual((await queries.assessmentOf("mch_1")).problems, ["\uFFFD]0;title\uFFFD"]);
  });

  it("takes no members that it doesn't know", async () => {
    const injected = { ...update("openssl"), machineId: "mch_2", firstSeenAt: 1, "a; drop": 1 };
    const taken = await intake.take("mch_1", report({ installed: [{ ...pkg("bash"), ...{ machineId: "mch_2", evil: 1 } }], updates: [injected] }));
    assert.equal(taken.kind, "taken");
    assert.equal((await store.read.updates.ofMachine("mch_1"))[0]?.firstSeenAt, clock.now());
    assert.deepEqual(await queries.packages("mch_2"), []);
  });

  describe("tells rules of critical updates", () => {
    const told = async () =>
      (await store.read.happenings.open(10)).map(({ document: { count, updates } }) => [count, ...(updates as { name: string }[]).map(({ name }) => name)]);

    it("that weren't missing before, not again while they stay missing", async () => {
      const bad = update("openssl", "1.1", { severity: "critical", cves: Array.from({ length: 100 }, (_, n) => `CVE-2099-${1_000 + n}`) });
      const rollup = update("KB5", "2", { classification: "critical" });
      await intake.take("mch_1", report({ updates: [bad, rollup, update("bash")] }));
      await intake.take("mch_1", report({ updates: [bad, rollup] }));
      await intake.take("mch_1", report({ installed: [], updates: [] }));
      assert.deepEqual(await told(), [[2, "openssl", "KB5"]]);
      clock.advance({ hours: 1 });
      await intake.take("mch_1", report({ updates: [update("openssl", "1.2", { severity: "critical" }), rollup] }));
      assert.deepEqual(await told(), [
        [2, "openssl", "KB5"],
        [1, "openssl"],
      ]);
      const [first] = await store.read.happenings.open(1);
      const { machine, assessment, updates } = (first?.document ?? {}) as {
        machine: { name: string };
        assessment: { id: string };
        updates: { cves: string[] }[];
      };
      assert.deepEqual([first?.scope, machine.name, first?.depth, updates[0]?.cves.length], ["/prod", "web1", 0, 20]);
      assert.equal(first?.id, `assessment.critical ${assessment.id}`);
    });

    it("when they become critical, or when the machine's phase reaches them", async () => {
      await intake.take("mch_1", report({ updates: [update("bash"), update("kernel", "6", { severity: "critical", phased: true })] }));
      assert.deepEqual(await told(), []);
      await intake.take("mch_1", report({ updates: [update("bash", "1.1", { severity: "critical" }), update("kernel", "6", { severity: "critical" })] }));
      assert.deepEqual(await told(), [[2, "bash", "kernel"]]);
    });

    it("of thousands by fifty names and their count, and stays small whatever the machine says", async () => {
      const long = (n: number) => `${n}`.padStart(255, "x");
      const updates = Array.from({ length: 3_000 }, (_, n) => update(long(n), long(n), { severity: "critical", installedVersion: long(n) }));
      await intake.take("mch_1", report({ updates }));
      const [first] = await store.read.happenings.open(1);
      assert.equal(first?.document.count, 3_000);
      assert.equal((first?.document.updates as unknown[] | undefined)?.length, 50);
      assert.ok(JSON.stringify(first?.document).length < 64 * 1024);
    });
  });

  it("takes doubles once", async () => {
    await intake.take("mch_1", report({ installed: [pkg("bash"), pkg("bash"), pkg("bash", "2.0")], updates: [update("openssl"), update("openssl")] }));
    assert.equal((await queries.packages("mch_1")).length, 2);
    assert.equal((await names()).length, 1);
    assert.deepEqual((await queries.assessmentOf("mch_1")).counts, { security: 1 });
  });

  it("takes 100,000 packages", async function () {
    this.timeout(60_000);
    const installed = Array.from({ length: 100_000 }, (_, n) => pkg(`package-${n}`));
    await intake.take("mch_1", report({ installed, updates: installed.slice(0, 1_000).map(({ name }) => update(name)) }));
    assert.equal((await queries.packages("mch_1")).length, 100_000);
    assert.deepEqual((await queries.assessmentOf("mch_1")).counts, { security: 1_000 });
  });

  it("takes nothing for a machine that isn't a member", async () => {
    assert.deepEqual(await intake.take("mch_nobody", report()), { kind: "unknown machine" });
    await store.write((tx) => tx.machines.patch("mch_1", { removedAt: clock.now() }));
    assert.deepEqual(await intake.take("mch_1", report()), { kind: "unknown machine" });
  });

  it("counts machines by state within the scopes that one may see, never-assessed ones too", async () => {
    await enrol("mch_2", "web2", "/prod");
    await enrol("mch_3", "web3", "/prod/db");
    await enrol("mch_4", "web4", "/test");
    await intake.take("mch_1", report({ rebootPending: true }));
    await intake.take("mch_3", report({ updates: [update("openssl")] }));
    await intake.take("mch_4", report({ updates: [update("openssl")] }));
    const expected = { compliant: 1, noncompliant: 1, notassessed: 1, stale: 0, machines: 3, rebootPending: 1 };
    assert.deepEqual(await queries.summary(["/prod"]), expected);
    clock.advance({ days: 3 });
    assert.deepEqual(await queries.summary(["/prod"]), { ...expected, compliant: 0, noncompliant: 0, stale: 2 });
    const one = await queries.assessmentsOf(["mch_1", "mch_2"]);
    assert.deepEqual([one.get("mch_1")?.compliance, one.get("mch_2")?.compliance], ["stale", "notassessed"]);
  });
});
