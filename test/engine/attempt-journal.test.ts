import assert from "node:assert/strict";
import { masterKeyOf } from "../../engine/access/master-key.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { systemClock } from "../../engine/clock.ts";
import { RunwrightError } from "../../engine/core/errors.ts";
import { createAttemptJournal } from "../../engine/jobs/attempt-journal.ts";
import { createJobFeed } from "../../engine/jobs/feed.ts";
import { openRecords } from "../../engine/jobs/sealed-records.ts";
import type { JobRecord } from "../../engine/store/records/jobs.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { aJob } from "../contract/rows.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const SEEDS = LONG ? 100 : 5;
const CALLS = 25;

type Fault = "none" | "before" | "after";

describe("the journal of an attempt, over a database that comes and goes", function () {
  this.timeout(120_000);
  let directory: TemporaryDirectory;
  let store: Store;
  before(async () => {
    directory = await temporaryDirectory();
    store = await openStore(`sqlite:${directory.path}`);
  });
  after(async () => {
    await store.stop();
    await directory.remove();
  });

  const away = () => new RunwrightError("DATABASE_UNAVAILABLE", "away");
  /** A real store behind a connection that breaks before a commit, or after it: then the answer is lost, and what was written is there. */
  const behind = (next: () => Fault): Store => ({
    ...store,
    async write(writer) {
      const fault = next();
      if (fault === "before") throw away();
      const value = await store.write(writer);
      if (fault === "after") throw away();
      return value;
    },
  });

  async function attempt(id: string, next: () => Fault) {
    const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 7))));
    const { wrapped, key } = sealer.newKey();
    await store.write((tx) => tx.jobs.insert(aJob({ id, wrappedKey: wrapped }), "ada"));
    const [job] = await store.write((tx) => tx.jobs.claim({ engine: "eng_1", now: Date.now(), leaseUntil: Date.now() + 60_000, limit: 10 }));
    assert.ok(job);
    const lost: unknown[] = [];
    const onLost = (error: unknown) => lost.push(error);
    return {
      job,
      key,
      lost,
      ...createAttemptJournal({ store: behind(next), clock: systemClock, feed: createJobFeed(), job, key, parameters: {}, recordedBytes: () => 0, onLost }),
    };
  }
  const call = (number: number) => ({
    call: number,
    op: "variables.get",
    effect: "read" as const,
    args: { name: `v${number}` },
    argsHash: "ff",
    retry: 0,
    issuedAt: 0,
  });

  async function assertWhole(job: JobRecord, key: Parameters<typeof openRecords>[2]): Promise<void> {
    const entries = await store.read.streams.list(job.id, { after: 0, limit: 10_000 });
    assert.deepEqual(
      entries.map(({ seq, kind }) => [seq, kind]),
      entries.map((_, index) => [index + 1, "output"]),
    );
    assert.deepEqual(
      entries.map((entry) => entry.kind === "output" && entry.value),
      Array.from({ length: 2 * CALLS }, (_, n) => n),
    );
    const stored = await store.read.jobs.get(job.id);
    assert.ok(stored);
    const calls = openRecords(stored, await store.read.journal.list(job.id), key);
    assert.deepEqual(
      calls.map(({ call: number, settlement }) => [number, settlement?.order, settlement?.outcome]),
      Array.from({ length: CALLS }, (_, n) => [n + 1, n + 1, { ok: true, value: n + 1 }]),
    );
  }

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`stores everything once and in order, whether or not a lost commit had happened (seed ${seed})`, async () => {
      const random = generator(seed);
      const next = (): Fault => (random() < 0.8 ? "none" : random() < 0.5 ? "before" : "after");
      const { job, key, lost, journal, finish, awayMs } = await attempt(`job_seed${seed}`, next);
      const outages: boolean[] = [];
      journal.onOutage?.((isAway) => outages.push(isAway));
      let answered: Promise<unknown> = Promise.resolve();
      for (let n = 1; n <= CALLS; n++) {
        journal.emit({ kind: "output", value: 2 * (n - 1) }, Date.now());
        if (random() < 0.3) await journal.issue({ ...call(n), effect: "write" });
        journal.emit({ kind: "output", value: 2 * (n - 1) + 1 }, Date.now());
        answered = journal.settle(call(n), { ok: true, value: n });
        answered.catch(() => {});
        if (random() < 0.7) await answered;
      }
      // The attempt's end takes along what isn't stored, and is tried until it is.
      const rest = finish();
      for (let tries = 0; ; tries++) {
        assert.ok(tries < 50);
        const done = await behind(next)
          .write(rest)
          .then(
            () => true,
            () => false,
          );
        if (done) break;
      }
      await assertWhole(job, key);
      assert.deepEqual(lost, []);
      assert.ok(outages.length > 0 && awayMs() > 0);
    });
  }

  it("keeps when a call was made, also when it is first written with its outcome", async () => {
    const { job, journal } = await attempt("job_issued", () => "none");
    const made = Date.UTC(2026, 2, 1);
    await journal.settle({ ...call(1), issuedAt: made }, { ok: true, value: 1 });
    await journal.issue({ ...call(2), issuedAt: made + 1 });
    await journal.settle({ ...call(2), issuedAt: made + 2 }, { ok: true, value: 2 });
    assert.deepEqual(
      (await store.read.journal.list(job.id)).map(({ issuedAt }) => issuedAt),
      [made, made + 1],
    );
  });

  it("ends the attempt when the job is someone else's by the time the database is back", async () => {
    let isAway = true;
    const { job, lost, journal } = await attempt("job_taken", () => (isAway ? "before" : "none"));
    const settled = journal.settle(call(1), { ok: true, value: 1 });
    await store.write((tx) => tx.jobs.move(job.id, null, { to: "queued", at: Date.now(), by: "eng_2", reason: "its lease has ended" }));
    isAway = false;
    await assert.rejects(settled, { code: "CONFLICT" });
    assert.equal(lost.length, 1);
    assert.deepEqual(await store.read.journal.list(job.id), []);
  });

  it("gives up when the attempt is let go, and leaves nothing behind", async () => {
    const { job, lost, journal, stop } = await attempt("job_let_go", () => "before");
    const settled = journal.settle(call(1), { ok: true, value: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    await assert.rejects(settled);
    assert.deepEqual([lost, await store.read.journal.list(job.id)], [[], []]);
  });
});

/** Mulberry32: the same faults for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
