import assert from "node:assert/strict";
import type { JobRecord } from "../../engine/store/records/jobs.ts";
import { openStore } from "../../engine/store/store.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";

const BACKLOG = 10_000;
const AT_ONCE = 500;
/** Places of the runners are given as they become free; that many jobs at most may begin between the asking and the turn. */
const PASSED_AT_MOST = 50;

describe(`with ${BACKLOG.toLocaleString("en")} jobs of one runbook in the queue`, function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  before(async () => {
    directory = await temporaryDirectory();
    const address = `sqlite:${directory.path}`;
    engine = await rig({ address });
    await engine.publish("busy", "async ({ output, sleep }) => { output(1); await sleep(20); }");
    await engine.publish("other", "async ({ output }) => { output('begun'); }");
    await engine.publish("elsewhere", "async ({ output }) => { output('begun'); }", "", "/team");
    await engine.jobs.drain(0); // nothing is dispatched
    const first = await engine.start("busy");
    await engine.stop();
    const store = await openStore(address);
    for (let n = 0; n < BACKLOG; n += AT_ONCE) {
      await store.write(async (tx) => {
        for (let i = n; i < n + AT_ONCE; i++) await tx.jobs.insert({ ...newJob(first), id: `${first.id.slice(0, -6)}${String(i).padStart(6, "0")}` }, "ada");
      });
    }
    await store.stop();
    engine = await rig({ address });
    const { promise: underWay, resolve } = Promise.withResolvers<void>();
    const end = engine.jobs.feed.subscribe(null, (event) => event.kind === "entries" && resolve());
    await underWay;
    end();
  });
  after(async () => {
    await engine.stop();
    await directory.remove();
  });

  for (const [runbook, where] of [
    ["other", "in the same scope"],
    ["elsewhere", "in another scope"],
  ] as const) {
    it(`another's first job ${where} is among the next that begin`, async () => {
      const job = await engine.start(runbook);
      const done = await engine.finish(job.id);
      const delay = (done.startedAt ?? 0) - job.createdAt;
      const begun = await engine.store.read.jobs.list({ scopes: ["/"], runbook: "busy", statuses: ["running", "completed"], limit: BACKLOG });
      const passed = begun.filter((one) => (one.startedAt ?? 0) > job.createdAt && (one.startedAt ?? 0) < (done.startedAt ?? 0)).length;
      const left = (await engine.store.read.jobs.countByStatus()).queued ?? 0;
      // The time is the machine's; the promise is that few go first.
      console.log(`        begun after ${delay} ms; ${passed} of the busy runbook began meanwhile, ${left} are left`);
      assert.equal(done.status, "completed");
      assert.ok(left > BACKLOG / 2, `only ${left} are left: there is no backlog any more`);
      assert.ok(passed <= PASSED_AT_MOST, `${passed} began before it`);
    });
  }
});

function newJob(job: JobRecord) {
  const { runbookId, runbook, version, bundleHash, manifest, scope, params, trigger, dry, actor, correlationId, parentId, depth, priority } = job;
  const { seed, wrappedKey, createdAt } = job;
  const same = { runbookId, runbook, version, bundleHash, manifest, scope, params, trigger, dry, actor, correlationId, parentId, depth, priority };
  return { ...same, seed, wrappedKey, createdAt, idempotencyKey: null };
}
