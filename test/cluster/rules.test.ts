import assert from "node:assert/strict";
import { createAssets } from "../../engine/access/assets.ts";
import { createIds } from "../../engine/ids.ts";
import { joinKinds, joinTriggers } from "../../engine/joints.ts";
import { createResources } from "../../engine/resources/resources.ts";
import { createTriggers } from "../../engine/triggers/triggers.ts";
import { ADA, type Rig, rig } from "../engine/rig.ts";
import { quiet } from "../http/rig.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

const HAPPENINGS = 150;

describe("event rules of two engines on one PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let engines: Rig[];
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [await rig({ address, engineId: "eng_a", runners: 1 }), await rig({ address, engineId: "eng_b", runners: 1 })];
  });
  after(async () => {
    for (const engine of engines) await engine.stop();
    await postgres.stop();
  });

  it("follow what happened once, whoever looks, while it goes on happening", async () => {
    const [here, there] = engines as [Rig, Rig];
    await here.publish("note", "async () => {}");
    const triggers = engines.map(({ store, jobs, sealer }) => {
      const parts = { store, clock, newId: createIds(clock) };
      return createTriggers({ ...parts, log: quiet, ...joinTriggers({ clock, jobs, sealer, assets: createAssets({ ...parts, sealer }) }) });
    });
    const resources = createResources({ store: here.store, clock, newId: createIds(clock), kinds: joinKinds(triggers[0] as (typeof triggers)[number]) });
    await here.store.write(async (tx) => {
      for (const [name, runs] of [
        ["zeta", 1],
        ["alpha", 2],
      ] as const) {
        const spec = { on: "machine.stale", overlap: "skip", runs: Array.from({ length: runs }, () => ({ runbook: "note" })) };
        await resources.put(tx, { kind: "EventRule", name, scope: "/", spec }, { actor: ADA });
      }
    });
    const looking = async (rules: { tick(): Promise<number> }) => {
      let handled = 0;
      while ((await here.store.read.happenings.open(1)).length > 0) handled += await rules.tick();
      return handled;
    };
    for (const half of [0, 1]) {
      await here.store.write(async (tx) => {
        for (let n = half; n < HAPPENINGS; n += 2)
          await tx.happenings.tell({ id: `h${n}`, kind: "machine.stale", scope: "/", document: { n }, correlationId: "c1", depth: 0, at: clock.now() });
      });
      const counts = await Promise.all(triggers.map(({ rules }) => looking(rules)));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        HAPPENINGS / 2,
      );
    }
    const rows = await there.store.read.occurrences.list({ scopes: ["/"], limit: 5_000 });
    assert.equal(rows.length, HAPPENINGS * 3);
    assert.equal(new Set(rows.map(({ resourceId, key, run }) => `${resourceId} ${key} ${run}`)).size, rows.length);
    const started = rows.flatMap(({ jobId }) => (jobId === null ? [] : [jobId]));
    const jobs = await there.store.read.jobs.list({ scopes: ["/"], limit: 5_000 });
    assert.deepEqual(jobs.map(({ id }) => id).sort(), started.sort(), "each job has its row");
    for (const id of started) assert.equal((await there.finish(id)).status, "completed");
  });
});
