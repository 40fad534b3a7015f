import assert from "node:assert/strict";
import pg from "pg";
import type { JobMove } from "../../engine/store/records/jobs.ts";
import { type Rig, rig } from "../engine/rig.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

describe("a job that another engine moves at the same moment", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let engines: [Rig, Rig];
  let watcher: pg.Client;
  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [await rig({ address, engineId: "eng_1", runners: 1 }), await rig({ address, engineId: "eng_2", runners: 1 })];
    watcher = new pg.Client({ connectionString: address });
    await watcher.connect();
  });
  after(async () => {
    await watcher?.end();
    for (const engine of engines ?? []) await engine.stop();
    await postgres.stop();
  });

  /** Moves the running job at the engine that holds it, and commits only when `meanwhile` waits for the job's row. */
  async function whileMoved(id: string, move: Pick<JobMove, "to" | "wakeAt">, meanwhile: (other: Rig) => Promise<unknown>) {
    const job = await eventually("its start", async () => {
      const found = await engines[0].store.read.jobs.get(id);
      return found?.status === "running" ? found : undefined;
    });
    const [holder, other] = job.engine === "eng_1" ? engines : [engines[1], engines[0]];
    let during: Promise<unknown> | undefined;
    await holder.store.write(async (tx) => {
      assert.ok(await tx.jobs.move(id, job.fence, { at: Date.now(), by: "test", reason: "test", ...move }));
      during = meanwhile(other);
      during.catch(() => {}); // looked at below
      await eventually("someone who waits for the row", async () => {
        const { rows } = await watcher.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        return rows.length > 0;
      });
    });
    return during;
  }
  const endless = (more = "") => engines[0].publish("endless", "async () => { for (;;); }", more);

  it("is stopped when it has just begun to wait: no attempt is left that could end it", async () => {
    await endless();
    const { id } = await engines[0].start("endless");
    await whileMoved(id, { to: "waiting", wakeAt: null }, (other) => other.jobs.stop(id, "ada"));
    assert.equal((await engines[0].store.read.jobs.get(id))?.status, "stopped");
  });

  it("gives its place to a newer one, whether it has just begun to wait or just ended", async () => {
    await endless('concurrency: { limit: 1, overflow: "cancelRunning" },');
    for (const [to, then] of [
      ["waiting", "stopped"],
      ["completed", "completed"],
    ] as const) {
      const { id } = await engines[0].start("endless");
      let newer = "";
      await whileMoved(id, to === "waiting" ? { to, wakeAt: null } : { to }, async (other) => {
        newer = (await other.start("endless")).id;
      });
      assert.equal((await engines[0].store.read.jobs.get(id))?.status, then);
      await engines[0].jobs.stop(newer, "ada");
      assert.equal((await engines[0].finish(newer)).status, "stopped");
    }
  });
});
