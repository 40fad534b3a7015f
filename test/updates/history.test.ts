import assert from "node:assert/strict";
import { ROOT_SCOPE } from "../../engine/core/scope.ts";
import { debianOrder } from "../../engine/core/versions/order.ts";
import { createJoinTokens } from "../../engine/fleet/join-tokens.ts";
import { createIds } from "../../engine/ids.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createEnrichment } from "../../engine/updates/enrichment.ts";
import { createHistory } from "../../engine/updates/history.ts";
import { createIntake } from "../../engine/updates/intake.ts";
import { testClock } from "../support/clock.ts";
import { aMember, anInventory, anUpdate, aPackage, reportOf } from "./reports.ts";

const KEEP_MS = 180 * 86_400_000;

describe("the history of assessments", () => {
  let store: Store;
  const clock = testClock();
  beforeEach(async () => {
    store = await openStore("memory:");
    await store.write((tx) => tx.machines.insert(aMember("mch_1", "web1")));
  });
  afterEach(() => store.stop());
  const take = (sequence: number, collectedAt = clock.now(), machineId = "mch_1") =>
    createIntake({ store, clock, newId: createIds(clock), enrichment: createEnrichment({ orders: { debian: debianOrder } }) }).take(
      machineId,
      reportOf(sequence, anInventory(collectedAt, { installed: [aPackage("bash")], updates: [anUpdate("bash")] })),
    );
  const kept = async () => (await store.read.updates.history("mch_1", 5_000)).map((one) => one.sequence);

  it("goes when it is old, and the newest of a machine stays however old it is", async () => {
    await take(1);
    clock.advance({ days: 100 });
    await take(2);
    clock.advance({ days: 100 });
    const history = createHistory({ store, clock, keepMs: KEEP_MS });
    assert.deepEqual(await history.purge(), { assessments: 1, installs: 0, machines: 0 });
    clock.advance({ days: 1_000 });
    assert.deepEqual(await history.purge(), { assessments: 0, installs: 0, machines: 0 });
    assert.deepEqual(await kept(), [2]);
  });

  it("goes with all that is known of a machine when that was removed so long ago, and others keep theirs", async () => {
    await store.write((tx) => tx.machines.insert(aMember("mch_2", "web2")));
    const both = ["mch_1", "mch_2"];
    const of = async (machineId: string) => ({
      assessments: (await store.read.updates.history(machineId, 10)).length,
      updates: (await store.read.updates.ofMachine(machineId)).length,
      packages: (await store.read.updates.packages(machineId)).length,
    });
    for (const machineId of both) await take(1, clock.now(), machineId);
    const before = await of("mch_1");
    assert.deepEqual(before, { assessments: 1, updates: 1, packages: 1 });
    await store.write((tx) => tx.machines.patch("mch_2", { removedAt: clock.now() }));
    const history = createHistory({ store, clock, keepMs: KEEP_MS });
    clock.advance({ days: 179 });
    assert.equal((await history.purge()).machines, 0);
    assert.deepEqual(await of("mch_2"), before);
    clock.advance({ days: 2 });
    assert.equal((await history.purge()).machines, 1);
    assert.deepEqual([await of("mch_1"), await of("mch_2")], [before, { assessments: 0, updates: 0, packages: 0 }]);
    assert.equal((await history.purge()).machines, 0);
    assert.equal((await store.read.machines.get("mch_2"))?.name, "web2");
  });

  it("goes in parts, and stops between two of them when the engine does", async () => {
    for (let sequence = 1; sequence <= 2_500; sequence++) await take(sequence);
    clock.advance({ days: 181 });
    const history = createHistory({ store, clock, keepMs: KEEP_MS });
    const stopping = new AbortController();
    stopping.abort();
    assert.deepEqual(await history.purge(stopping.signal), { assessments: 0, installs: 0, machines: 0 });
    assert.deepEqual(await history.purge(), { assessments: 2_499, installs: 0, machines: 0 });
  }).timeout(60_000);

  it("goes with join tokens that have let nobody in for as long", async () => {
    const joinTokens = createJoinTokens({ store, clock, newId: createIds(clock), engineKey: "k" });
    const { id } = await joinTokens.create({ url: "http://localhost", scope: ROOT_SCOPE, by: "ada", expiresInMs: 86_400_000 });
    const history = createHistory({ store, clock, keepMs: KEEP_MS });
    clock.advance({ days: 180 });
    await history.purge();
    assert.deepEqual(
      (await joinTokens.list()).map((token) => token.id),
      [id],
    );
    clock.advance({ days: 2 });
    await history.purge();
    assert.deepEqual(await joinTokens.list(), []);
  });

  it("is in the order in which reports came, whatever the clock of the machine said", async () => {
    await take(1, clock.now());
    clock.advance({ minutes: 1 });
    await take(2, clock.now() - 86_400_000);
    clock.advance({ minutes: 1 });
    await take(3, clock.now() + 86_400_000);
    clock.advance({ minutes: 1 });
    await take(4, clock.now());
    assert.deepEqual(await kept(), [4, 3, 2, 1]);
  });
});
