import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { InstalledPackage, Inventory, MissingUpdate } from "../../engine/core/update.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { asReported } from "../../engine/core/vulnerability-enrichment.ts";
import { createIds } from "../../engine/ids.ts";
import { digestOf } from "../../engine/protocol/report-digest.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createIntake, type Intake } from "../../engine/updates/intake.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "./reports.ts";

const intakeOf = (store: Store, clock: TestClock): Intake =>
  createIntake({ store, clock, newId: createIds(clock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) });

/** What is stored of a machine, as it was reported. */
async function storedOf(store: Store, machineId = "mch_1"): Promise<Pick<Inventory, "installed" | "updates">> {
  return { installed: await store.read.updates.packages(machineId), updates: (await store.read.updates.ofMachine(machineId)).map(asReported) };
}

describe("reports that hold only what differs", () => {
  let home: TemporaryDirectory;
  let store: Store;
  let clock: TestClock;
  let intake: Intake;
  let first: Inventory;

  beforeEach(async () => {
    home = await temporaryDirectory();
    store = await openStore(`sqlite:${home.path}`);
    clock = testClock();
    intake = intakeOf(store, clock);
    await store.write((tx) => tx.machines.insert(aMember("mch_1", "web1")));
    first = anInventory(clock.now(), {
      installed: [aPackage("bash"), aPackage("curl"), aPackage("openssl")],
      updates: [anUpdate("openssl"), anUpdate("bash")],
    });
    assert.equal((await intake.take("mch_1", reportOf(1, first))).kind, "taken");
  });
  afterEach(async () => {
    await store.stop();
    await home.remove();
  });

  const assertStored = async (inventory: Inventory) => {
    assert.equal(digestOf(await storedOf(store)), digestOf(inventory));
    assert.equal((await store.read.updates.currentAssessment("mch_1"))?.digest, digestOf(inventory));
  };

  it("lead to what a whole report would: changed, added, removed and held packages and updates", async () => {
    const second = anInventory(clock.now(), {
      installed: [aPackage("bash", "1.1"), aPackage("openssl", "1.0", { held: true }), aPackage("vim", "9", { source: { name: "vim-src", version: "9-1" } })],
      updates: [anUpdate("openssl", "1.1", { held: true, cves: ["CVE-2099-0001"] }), anUpdate("vim", "9.1", { title: "an editor", sizeBytes: 7 })],
    });
    assert.equal((await intake.take("mch_1", reportOf(2, second, first))).kind, "taken");
    await assertStored(second);
    assert.deepEqual((await storedOf(store)).installed, second.installed);
    assert.deepEqual(
      (await store.read.updates.ofMachine("mch_1")).map(({ name, title, held, cves, sizeBytes }) => ({ name, title, held, cves, sizeBytes })),
      second.updates.map(({ name, title, held, cves, sizeBytes }) => ({ name, title, held, cves: [...cves], sizeBytes })),
    );
    assert.deepEqual((await store.read.updates.currentAssessment("mch_1"))?.counts, { security: 2, held: 1 });
  });

  it("lead to it whatever they are, one after the other", async () => {
    const word = fc.constantFrom("a", "b", "c", "d'", 'e"', "é", "f\\", "日本");
    const packages = fc.uniqueArray(fc.record({ name: word, version: fc.constantFrom("1", "2"), held: fc.boolean() }), {
      selector: ({ name, version }) => `${name} ${version}`,
      minLength: 1,
    });
    const updates = fc.uniqueArray(
      fc.record({ name: word, candidateVersion: fc.constantFrom("3", "4"), cves: fc.subarray(["CVE-2099-0001", "CVE-2099-0002"]) }),
      {
        selector: ({ name, candidateVersion }) => `${name} ${candidateVersion}`,
      },
    );
    const inventories = fc.array(fc.record({ packages, updates }), { minLength: 1, maxLength: 5 });
    let sequence = 1;
    let before = first;
    await fc.assert(
      fc.asyncProperty(inventories, async (all) => {
        for (const given of all) {
          const installed = given.packages.map((one): InstalledPackage => aPackage(one.name, one.version, { held: one.held }));
          const missing = given.updates.map((one): MissingUpdate => anUpdate(one.name, one.candidateVersion, { cves: one.cves }));
          const next = anInventory(clock.now(), { installed, updates: missing });
          assert.equal((await intake.take("mch_1", reportOf(++sequence, next, before))).kind, "taken");
          before = next;
        }
        await assertStored(before);
      }),
      { numRuns: 30 },
    );
  });

  it("change nothing, and a whole report is wanted, when they are to something that isn't stored", async () => {
    const unknown = anInventory(clock.now(), { installed: [aPackage("bash", "0.9")] });
    const next = anInventory(clock.now(), { installed: [aPackage("bash", "1.1")] });
    assert.deepEqual(await intake.take("mch_1", reportOf(2, next, unknown)), { kind: "whole wanted" });
    await assertStored(first);
    assert.equal((await intake.take("mch_1", reportOf(2, next))).kind, "taken");
    await assertStored(next);
  });

  it("change nothing when they lead to something else than they say", async () => {
    const next = anInventory(clock.now(), { installed: [aPackage("bash", "1.1"), aPackage("curl"), aPackage("openssl")], updates: first.updates });
    const honest = reportOf(2, next, first);
    const lies = [
      { ...honest, inventory: { ...honest.inventory, installed: [] } },
      { ...honest, inventory: { ...honest.inventory, installed: [aPackage("bash", "1.2")] } },
      { ...honest, difference: { ...honest.difference, base: digestOf(first), digest: digestOf(first), removed: { installed: [], updates: [] } } },
      { ...reportOf(2, first, first), difference: { base: digestOf(first), digest: digestOf(next), removed: { installed: [], updates: [] } } },
    ];
    for (const lie of lies) assert.deepEqual(await intake.take("mch_1", lie), { kind: "whole wanted" });
    await assertStored(first);
    assert.equal((await intake.take("mch_1", honest)).kind, "taken");
  });

  it("can't take away everything: a machine without packages is one that can't be looked at", async () => {
    assert.deepEqual(await intake.take("mch_1", reportOf(2, anInventory(clock.now(), { installed: [] }), first)), { kind: "whole wanted" });
    await assertStored(first);
  });

  it("go on after reports that failed, as these leave what is stored as it is", async () => {
    const taken = await intake.take("mch_1", reportOf(2, anInventory(clock.now(), { installed: [], problems: ["dpkg is locked"] })));
    assert.equal(taken.kind === "taken" && taken.assessment.digest, digestOf(first));
    const next = anInventory(clock.now(), { ...first, installed: [...first.installed, aPackage("vim")] });
    assert.equal((await intake.take("mch_1", reportOf(3, next, first))).kind, "taken");
    await assertStored(next);
  });

  it("that come out of order change nothing, and their agent learns which number is the newest", async () => {
    const second = anInventory(clock.now(), { installed: [aPackage("bash", "2")] });
    const third = anInventory(clock.now(), { installed: [aPackage("bash", "3")] });
    assert.equal((await intake.take("mch_1", reportOf(3, third, first))).kind, "taken");
    assert.deepEqual(await intake.take("mch_1", reportOf(2, second, first)), { kind: "outdated", newest: 3 });
    assert.deepEqual(await intake.take("mch_1", reportOf(3, third, first)), { kind: "known", digest: digestOf(third) });
    await assertStored(third);
  });

  it("are answered with a wish for the whole by an engine that was restored from a backup", async () => {
    const second = anInventory(clock.now(), { installed: [aPackage("bash", "2")] });
    const third = anInventory(clock.now(), { installed: [aPackage("bash", "3")] });
    const restored = await openStore("memory:");
    const older = intakeOf(restored, clock);
    await restored.write((tx) => tx.machines.insert(aMember("mch_1", "web1")));
    assert.equal((await older.take("mch_1", reportOf(1, first))).kind, "taken");
    assert.equal((await intake.take("mch_1", reportOf(2, second, first))).kind, "taken");
    // From here on the backup, in which there is only the first report.
    assert.deepEqual(await older.take("mch_1", reportOf(3, third, second)), { kind: "whole wanted" });
    assert.equal((await older.take("mch_1", reportOf(3, third))).kind, "taken");
    assert.equal(digestOf(await storedOf(restored)), digestOf(third));
    await restored.stop();
  });

  it("are none that bring nothing new to an engine of schema version 9 beside this one, which finds no rows of packages; and what that one writes counts", async () => {
    const db = new DatabaseSync(join(home.path, "runwright.db"));
    const only = (sql: string) => db.prepare(sql).get();
    // It compares this with what the machine says.
    assert.notEqual(only("select digest from assessments where current = 1")?.digest, digestOf(first));
    const second = anInventory(clock.now(), { installed: [aPackage("bash", "2"), aPackage("curl")], updates: first.updates });
    db.prepare("update assessments set digest = ? where current = 1").run(digestOf(second));
    for (const { name, architecture, version } of second.installed)
      db.prepare("insert into packages (machineId, name, architecture, version, held) values ('mch_1', ?, ?, ?, 0)").run(name, architecture, version);
    await assertStored(second);
    assert.equal((await intake.take("mch_1", reportOf(2, second, second))).kind, "taken");
    await assertStored(second);
    const third = anInventory(clock.now(), { installed: [aPackage("bash", "3"), aPackage("curl")], updates: first.updates });
    assert.equal((await intake.take("mch_1", reportOf(3, third, second))).kind, "taken");
    await assertStored(third);
    assert.equal(only("select count(*) as rows from packages")?.rows, 0);
    db.close();
  });

  describe("write", () => {
    let counting: DatabaseSync;
    beforeEach(() => {
      counting = new DatabaseSync(join(home.path, "runwright.db"));
      counting.exec("create table written (name text)");
      for (const table of ["packageSets", "packages", "updates", "assessments", "happenings"])
        for (const change of ["insert", "update", "delete"])
          counting.exec(`create trigger ${table}_${change} after ${change} on ${table} begin insert into written values ('${change} ${table}'); end`);
    });
    afterEach(() => counting.close());
    const written = () => {
      const rows = counting.prepare("select name, count(*) as count from written group by name order by name").all();
      counting.exec("delete from written");
      return Object.fromEntries(rows.map((row) => [row.name, row.count]));
    };
    /** The assessment, and that the one before isn't the newest any more. */
    const ONE_ASSESSMENT = { "insert assessments": 1, "update assessments": 1 };
    const large = (n: number, changed = "1.0") => {
      const installed = Array.from({ length: n }, (_, i) => aPackage(`package-${i}`, i === 0 ? changed : "1.0"));
      return anInventory(clock.now(), { installed, updates: Array.from({ length: 50 }, (_, i) => anUpdate(`package-${i + 1}`)) });
    };

    it("one small row for a report that brings nothing new, as a difference and as a whole", async () => {
      await intake.take("mch_1", reportOf(2, large(1_000)));
      written();
      assert.equal((await intake.take("mch_1", reportOf(3, large(1_000), large(1_000)))).kind, "taken");
      assert.deepEqual(written(), ONE_ASSESSMENT);
      assert.equal((await intake.take("mch_1", reportOf(4, large(1_000)))).kind, "taken");
      assert.deepEqual(written(), ONE_ASSESSMENT);
    });

    it("the set of packages, and no rows of others, for a package that has changed, as a difference and as a whole", async () => {
      await intake.take("mch_1", reportOf(2, large(1_000)));
      written();
      await intake.take("mch_1", reportOf(3, large(1_000, "1.1"), large(1_000)));
      assert.deepEqual(written(), { ...ONE_ASSESSMENT, "update packageSets": 1 });
      await intake.take("mch_1", reportOf(4, large(1_000, "1.2")));
      assert.deepEqual(written(), { ...ONE_ASSESSMENT, "update packageSets": 1 });
    });
  });

  it("of 100,000 packages are taken: one that changed, and all of them", async function () {
    this.timeout(120_000);
    const many = (version: string, of = 100_000) =>
      anInventory(clock.now(), { installed: Array.from({ length: 100_000 }, (_, n) => aPackage(`package-${n}`, n < of ? version : "1.0")) });
    const steps = [many("1.0"), many("1.1", 1), many("2.0")];
    assert.equal((await intake.take("mch_1", reportOf(2, steps[0] as Inventory))).kind, "taken");
    assert.equal((await intake.take("mch_1", reportOf(3, steps[1] as Inventory, steps[0]))).kind, "taken");
    assert.equal((await intake.take("mch_1", reportOf(4, steps[2] as Inventory, steps[1]))).kind, "taken");
    await assertStored(steps[2] as Inventory);
  });
});

describe("reports of one machine through two engines of one database", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it("are never mixed: what is stored is one of them, and its digest tells which", async () => {
    const database = await postgres.newDatabase();
    const clock = testClock();
    const stores = [await openStore(database), await openStore(database)];
    const [one, other] = stores.map((store) => intakeOf(store, clock)) as [Intake, Intake];
    const [store] = stores as [Store];
    try {
      await store.write((tx) => tx.machines.insert(aMember("mch_1", "web1")));
      let known = anInventory(clock.now(), { installed: [aPackage("bash", "0"), aPackage("curl", "0")] });
      await one.take("mch_1", reportOf(1, known));
      for (let round = 1; round <= 20; round++) {
        const left = anInventory(clock.now(), { installed: [aPackage("bash", `${round}`), aPackage("curl", "0"), aPackage(`left-${round}`)] });
        const right = anInventory(clock.now(), { installed: [aPackage("bash", "0"), aPackage("curl", `${round}`), aPackage(`right-${round}`)] });
        const taken = await Promise.all([one.take("mch_1", reportOf(round * 2, left, known)), other.take("mch_1", reportOf(round * 2 + 1, right, known))]);
        const stored = digestOf(await storedOf(store));
        assert.equal((await store.read.updates.currentAssessment("mch_1"))?.digest, stored);
        assert.ok([left, right].some((each) => digestOf(each) === stored));
        assert.ok(taken.some(({ kind }) => kind === "taken"));
        known = digestOf(left) === stored ? left : right;
      }
    } finally {
      for (const each of stores) await each.stop();
    }
  });
});
