import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { alter } from "./alter.ts";
import { ADA, type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

/** The outcome with another last byte. */
const FLIPPED = "substr(outcome, 1, length(outcome) - 1) || (case when substr(outcome, -1) = x'00' then x'01' else x'00' end)";

interface Damage {
  what: string;
  /** Of the job `?`. */
  statement: string;
  /** What the error says of it: the call, or what else is damaged. */
  names: RegExp;
}

/** Calls 1 to 3 are settled, call 4 is issued: the job waits for a decision. */
const DAMAGES: Damage[] = [
  {
    what: "an outcome was altered",
    statement: `update journal set outcome = cast(${FLIPPED} as blob) where jobId = ? and call = 2`,
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "an outcome was cut short",
    statement: "update journal set outcome = substr(outcome, 1, 10) where jobId = ? and call = 2",
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "an outcome is a text",
    statement: "update journal set outcome = 'text' where jobId = ? and call = 2",
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "an outcome is that of another call",
    statement: "update journal set outcome = (select outcome from journal j where j.jobId = journal.jobId and j.call = 1) where jobId = ? and call = 3",
    names: /call 3 \(variables\.get\) isn't/,
  },
  {
    what: "arguments were altered",
    statement: `update journal set argsJson = '{"name":"c"}' where jobId = ? and call = 2`,
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "arguments are no JSON any more",
    statement: "update journal set argsJson = '{' where jobId = ? and call = 2",
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "a call's number was altered",
    statement: "update journal set call = 9007199254740991 where jobId = ? and call = 3",
    names: /call 9007199254740991 \(variables\.get\) isn't/,
  },
  {
    what: "job time was altered",
    statement: "update journal set settledAt = settledAt + 1 where jobId = ? and call = 3",
    names: /call 3 \(variables\.get\) isn't/,
  },
  {
    what: "a settled call in the middle was removed",
    statement: "delete from journal where jobId = ? and call = 2",
    names: /settled as number 2, after call 1 \(variables\.get\), is missing/,
  },
  {
    what: "the first call was removed",
    statement: "delete from journal where jobId = ? and call = 1",
    names: /settled as number 1 is missing/,
  },
  {
    what: "two calls have the same place",
    statement: "update journal set settleOrder = 1 where jobId = ? and call = 2",
    names: /call 2 \(variables\.get\) isn't/,
  },
  {
    what: "the seal of a call that was only issued was removed",
    statement: "update journal set outcome = null where jobId = ? and call = 4",
    names: /call 4 \(approval\) isn't/,
  },
  {
    what: "a settled call was made to look as if it were only issued",
    statement: "update journal set outcome = null, settleOrder = null, settledAt = null where jobId = ? and call = 3",
    names: /call 3 \(variables\.get\) isn't/,
  },
  {
    what: "the job's count of settled calls is too high",
    statement: "update jobs set settleSeq = settleSeq + 1 where id = ?",
    names: /settled as number 4, after call 3 \(variables\.get\), is missing/,
  },
  {
    what: "the job's count of settled calls is too low",
    statement: "update jobs set settleSeq = settleSeq - 1 where id = ?",
    names: /call 3 \(variables\.get\) was settled as number 3, and the job knows of 2/,
  },
  {
    what: "the job's key was altered",
    statement: "update jobs set wrappedKey = cast(substr(wrappedKey, 1, 40) || x'0000' || substr(wrappedKey, 43) as blob) where id = ?",
    names: /the key of job job_\w+ is damaged/,
  },
];

describe("a damaged journal", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let read: string;
  const open = () => rig({ address: `sqlite:${directory.path}`, runners: 1 });
  before(async () => {
    directory = await temporaryDirectory();
    engine = await open();
    await engine.publish(
      "asks",
      `async ({ variables, approval, output }) => {
        for (const name of ["a", "b", "a"]) output(await variables.get(name));
        await approval({ message: "Go on?" });
        output("went on");
      }`,
      'permissions: { variables: ["a", "b", "c"] },',
    );
    await engine.publish("next", "async ({ output }) => output('next')");
    engine.variables.set("a", "value a").set("b", "value b").set("c", "value c");
  });
  after(async () => {
    await engine.stop();
    await directory.remove();
  });
  beforeEach(() => {
    read = engine.reads.join();
  });

  async function waiting(): Promise<string> {
    const { id } = await engine.start("asks");
    await until(engine, id, "waiting");
    read = engine.reads.join();
    return id;
  }

  async function goOn(jobId: string): Promise<void> {
    const approval = await eventually("the approval", async () => (await engine.store.read.approvals.list({ scopes: ["/"], jobId, limit: 1 }))[0]);
    await engine.jobs.approvals.decide({ approvalId: approval.id, actor: ADA, decision: "approve", reason: "", answers: {} });
  }

  async function assertDamaged(jobId: string, names: RegExp): Promise<void> {
    const job = await engine.finish(jobId);
    const said = job.error?.message ?? "";
    assert.deepEqual([job.status, job.failureCode, job.error?.name], ["failed", "damaged", "DamageError"], said);
    assert.match(said, names);
    assert.match(said, /Restore .* from a backup, or start the job anew(: runwright run asks)?$/);
    assert.deepEqual(await engine.outputs(jobId), ["value a", "value b", "value a"], "nothing of it was replayed");
    assert.equal(engine.reads.join(), read, "and no call was made again");
    await assert.rejects(engine.jobs.resume({ jobId, actor: ADA, correlationId: "c2" }), { code: "DATABASE_DAMAGED", message: names });
    assert.equal((await engine.finish((await engine.start("next")).id)).status, "completed", "the next job runs");
  }

  it("isn't seen where there is none: the same job goes on when nothing was altered", async () => {
    const id = await waiting();
    await goOn(id);
    const job = await engine.finish(id);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
    assert.deepEqual(await engine.outputs(id), ["value a", "value b", "value a", "went on"]);
  });

  for (const { what, statement, names } of DAMAGES) {
    it(`fails its job alone, and says which call and what to do, when ${what}`, async () => {
      const id = await waiting();
      assert.equal(alter(directory.path, statement, id), 1);
      await goOn(id);
      await assertDamaged(id, names);
    });
  }

  it("is found in the last of hundreds of calls, while the runbook goes on from the first: it does nothing new", async () => {
    await engine.publish(
      "many",
      `async ({ variables, approval }) => {
        for (let i = 0; i < 300; i++) await variables.get("a");
        await approval({ message: "Go on?" });
        await variables.get("b");
      }`,
      'permissions: { variables: ["a", "b"] },',
    );
    const { id } = await engine.start("many");
    await until(engine, id, "waiting");
    read = engine.reads.join();
    assert.equal(alter(directory.path, `update journal set outcome = cast(${FLIPPED} as blob) where jobId = ? and call = 299`, id), 1);
    await goOn(id);
    const job = await engine.finish(id);
    assert.deepEqual([job.status, job.failureCode, job.error?.name], ["failed", "damaged", "DamageError"], JSON.stringify(job.error));
    assert.match(job.error?.message ?? "", /call 299 \(variables\.get\) isn't as it was written/);
    assert.equal(engine.reads.join(), read);
  });

  it("is found as well when it was altered while the engine was stopped", async () => {
    const ids = [await waiting(), await waiting()];
    await engine.stop();
    assert.equal(alter(directory.path, "delete from journal where jobId = ? and call = 2", ids[0]), 1);
    engine = await open();
    for (const id of ids) await goOn(id);
    read = engine.reads.join();
    await assertDamaged(ids[0] ?? "", /settled as number 2, after call 1/);
    assert.equal((await engine.finish(ids[1] ?? "")).status, "completed", "the other one is whole");
  });
});
