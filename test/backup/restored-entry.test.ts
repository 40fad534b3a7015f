import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import Database from "better-sqlite3";
import { tellOfRestore } from "../../engine/access/restored.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { testClock } from "../support/clock.ts";
import { type BackupRig, backupRig } from "./rig.ts";

describe("the activity log after a restore", function () {
  this.timeout(60_000);
  let rig: BackupRig;
  let store: Store | undefined;
  const clock = testClock("2026-01-16T09:00:00Z");
  beforeEach(async () => {
    rig = await backupRig();
    store = undefined;
    await append(rig.store, "before");
  });
  afterEach(async () => {
    await store?.stop();
    await rig[Symbol.asyncDispose]();
  });
  const append = (into: Store, target: string) =>
    into.write(async (tx) =>
      tx.activity.append({
        ...{ at: clock.now(), actorId: "prn_1", actorKind: "user" as const, actorName: "ada", address: "local", operation: "asset.write", target },
        ...{ scope: "/" as const, result: "ok", correlationId: "req_1" },
      }),
    );
  const start = async () => {
    store = await openStore(`sqlite:${rig.at("restored")}`);
    await tellOfRestore({ store, clock, correlationId: "start-1" });
    return store;
  };
  const told = async (from: Store) => (await from.read.activity.list({ scopes: ["/"], operation: "engine.restore", limit: 10 })).map((entry) => entry);

  it("has one entry of it, chained to the last one of the backup: who, when, and which backup", async () => {
    const { path, manifest } = await rig.backup();
    await rig.restore(path);
    const restored = await start();
    await append(restored, "after");
    const [entry, ...more] = await told(restored);
    assert.deepEqual(more, []);
    const { seq, previousHash: _, hash: __, ...said } = entry ?? assert.fail("no entry");
    assert.deepEqual(
      [seq, said],
      [
        2,
        {
          ...{ at: Date.parse("2026-01-16T08:00:00Z"), actorId: "", actorKind: "local", actorName: "ada@rack-1", address: "local" },
          ...{ operation: "engine.restore", target: "engine", scope: "/", result: "ok", correlationId: "start-1" },
          details: {
            ...{
              file: "1.backup",
              createdAt: manifest.createdAt,
              records: manifest.parts[0]?.sha256,
              rows: Object.values(manifest.counts).reduce((sum, count) => sum + count),
            },
            ...{ engineVersion: "1.2.3", schemaVersion: manifest.database.schemaVersion },
          },
        },
      ],
    );
    assert.deepEqual(await restored.read.activity.verify(), { entries: 3, removed: 0, firstBroken: null });
  });

  it("has it once, however often the engine starts, and once for each restore", async () => {
    await rig.restore((await rig.backup()).path);
    await (await start()).stop();
    const again = await start();
    assert.equal((await told(again)).length, 1);
    await again.stop();
    await rig.restore((await rig.backup()).path, { existing: { keepAs: "old" } });
    assert.equal((await told(await start())).length, 1, "the other one was in the directory that was replaced");
  });

  it("says that it was restored also when the note is none that this version reads", async () => {
    await rig.restore((await rig.backup()).path);
    const db = new Database(rig.at("restored/runwright.db"));
    db.exec("update meta set value = '{}' where key = 'restoreNote'");
    db.close();
    const restored = await start();
    assert.deepEqual(
      (await told(restored)).map(({ at, actorKind, actorName, details }) => [at, actorKind, actorName, details]),
      [[clock.now(), "local", "", undefined]],
    );
    assert.equal((await restored.read.activity.verify()).firstBroken, null);
  });

  it("isn't touched by the restore itself: the records stay one file of their owner's alone", async () => {
    await rig.restore((await rig.backup()).path);
    assert.deepEqual(
      (await rig.names(rig.at("restored"))).filter((name) => name.startsWith("runwright.db")),
      ["runwright.db"],
    );
    assert.equal((await stat(rig.at("restored/runwright.db"))).mode & 0o777, 0o600);
    const db = new Database(rig.at("restored/runwright.db"), { readonly: true });
    assert.equal(db.prepare("select count(*) from activity").pluck().get(), 1);
    db.close();
  });
});
