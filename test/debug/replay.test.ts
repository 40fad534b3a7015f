import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { alter } from "../engine/alter.ts";
import { ADA } from "../engine/rig.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type DebugRig, debugRig } from "./rig.ts";

const GRANTS = 'permissions: { machines: { select: "all", actions: ["exec"] }, variables: ["one"], secrets: ["token"] },';

/** The third call fails; the runbook then goes on with a write that no job has done yet. */
const RUN = `async ({ machines, variables, output, secrets, log }) => {
  const [web] = await machines.select("all");
  const one = await variables.get("one");
  let message;
  try {
    await web.exec(["broken"]);
  } catch (error) {
    message = error.message;
  }
  await web.exec(["after", one]);
  if (message) throw new Error("gave up: " + message);
}`;

describe("a replay", function () {
  this.timeout(30_000);
  let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
  let rig: DebugRig;
  const executed: string[][] = [];

  before(async () => {
    dir = await temporaryDirectory();
    rig = await debugRig({
      address: `sqlite:${dir.path}`,
      machines: [
        {
          name: "web-1",
          exec(argv) {
            executed.push([...argv]);
            if (argv[0] === "broken") throw new Error("no such program");
            return { stdout: "done" };
          },
        },
      ],
    });
    rig.variables.set("one", 1);
    rig.secrets.set("token", "swordfish-123");
  });
  after(async () => {
    await rig.stop();
    await dir.remove();
  });
  beforeEach(() => void executed.splice(0));

  async function failedJob() {
    await rig.publish("patch", RUN.replace("one]", '"x"]'), GRANTS);
    const job = await rig.finish((await rig.start("patch")).id);
    assert.equal(job.status, "failed", JSON.stringify(job.error));
    const before = JSON.stringify([job, await rig.store.read.jobs.transitions(job.id), (await rig.store.read.journal.list(job.id)).length]);
    executed.splice(0);
    return {
      job,
      before,
      now: async () =>
        JSON.stringify([
          await rig.store.read.jobs.get(job.id),
          await rig.store.read.jobs.transitions(job.id),
          (await rig.store.read.journal.list(job.id)).length,
        ]),
    };
  }

  it("prints each call with arguments, outcome and place, ends as the job did, sends nothing and leaves the job as it was", async () => {
    const { job, before, now } = await failedJob();
    rig.variables.set("one", 2);
    const session = await rig.replay(job.id);
    session.begin();
    const ended = await session.ended;
    assert.deepEqual([ended?.status, ended?.failureCode, ended?.error?.message], ["failed", "error", "gave up: no such program"]);
    assert.deepEqual(
      session.steps.map(({ call, op, how, ok }) => [call, op, how, ok]),
      [
        [1, "machines.select", "recorded", true],
        [2, "variables.get", "recorded", true],
        [3, "machines.exec", "recorded", false],
        [4, "machines.exec", "recorded", true],
      ],
    );
    assert.deepEqual(session.steps[1]?.outcome, 1, "as it was then");
    assert.match(String(session.steps[2]?.site), /^runbook\.js:6:\d+$/);
    assert.deepEqual(executed, []);
    assert.equal(await now(), before);
    const replayed = await rig.store.read.jobs.get(session.job.id);
    assert.deepEqual([replayed?.debug, replayed?.replayOf, replayed?.trigger], ["replay", job.id, "manual"]);
    rig.variables.set("one", 1);
  });

  it("goes on from a call that is made anew without doing its writes, and shows what would have been done", async () => {
    const { job } = await failedJob();
    const session = await rig.replay(job.id, { from: 3 });
    session.begin();
    const ended = await session.ended;
    assert.equal(ended?.status, "completed", JSON.stringify(ended));
    const made = session.steps
      .slice(2)
      .map(({ op, how, args, outcome }) => [op, how, (args as { argv: string[] }).argv[0], (outcome as { exitCode: number }).exitCode]);
    assert.deepEqual(made, [
      ["machines.exec", "withheld", "broken", 0],
      ["machines.exec", "withheld", "after", 0],
    ]);
    assert.deepEqual(executed, []);
  });

  it("can't be resumed, nor can what was debugged: nothing would withhold its writes then", async () => {
    const refused = (jobId: string, pattern: RegExp) =>
      assert.rejects(
        rig.jobs.resume({ jobId, actor: ADA, correlationId: "c2" }),
        (error) => isRunwrightError(error, "CONFLICT") && pattern.test(error.message),
      );
    const { job } = await failedJob();
    const replayed = await rig.replay(job.id);
    replayed.begin();
    assert.equal((await replayed.ended)?.status, "failed");
    await refused(replayed.job.id, new RegExp(`is a replay: replay or resume ${job.id} instead`));
    const debugged = await rig.debug("patch", {}, { inspect: false });
    debugged.begin();
    assert.equal((await debugged.ended)?.status, "failed");
    await refused(debugged.job.id, /was debugged: debug its runbook again/);
  });

  it("does the writes that are allowed by name", async () => {
    const { job } = await failedJob();
    const session = await rig.replay(job.id, { from: 4, allow: ["machines.exec"] });
    session.begin();
    await session.ended;
    assert.deepEqual(executed, [["after", "x"]]);
    assert.equal(session.steps.at(-1)?.how, "done");
  });

  it("refuses to allow what isn't a write, and says what is", async () => {
    const { job } = await failedJob();
    for (const name of ["machines.exce", "machines.select", "job_01"]) {
      await assert.rejects(
        rig.replay(job.id, { allow: ["machines.exec", name] }),
        (error) => isRunwrightError(error, "BAD_REQUEST") && error.message.includes(`"${name}"`) && /these are: .*machines\.exec/.test(error.message),
      );
    }
    assert.equal((await rig.store.read.jobs.list({ scopes: ["/"], limit: 1 }))[0]?.id, job.id);
  });

  for (const allow of [true, false]) {
    it(`asks about a write, and ${allow ? "does it when that is allowed" : "withholds it when it isn't"}`, async () => {
      const { job } = await failedJob();
      const session = await rig.replay(job.id, { from: 4, ask: true });
      session.answerAll(allow);
      session.begin();
      await session.ended;
      assert.deepEqual(
        session.questions.map(({ call, op }) => [call, op]),
        [[4, "machines.exec"]],
      );
      assert.equal(executed.length, allow ? 1 : 0);
    });
  }

  it("halts before the call that failed, with the recorded results, and steps over it", async () => {
    const { job } = await failedJob();
    const session = await rig.replay(job.id, { inspect: true });
    await session.ready;
    const { inspector } = session;
    await inspector.enable();
    await inspector.release();
    const lines: number[] = [];
    const line = (at: typeof halted) => (at.callFrames[0]?.location.lineNumber ?? 0) + 1;
    let halted = await inspector.paused();
    // Behind the call before the one that failed: its result is there.
    while (line(halted) < 7) {
      lines.push(line(halted));
      inspector.ask("Debugger.stepOver");
      halted = await inspector.paused();
    }
    assert.equal(await inspector.valueOf(halted, "one"), 1);
    assert.deepEqual(lines, [4, 6], "the line of the call that failed is the next one");
    assert.equal(line(halted), 8, "the catch");
    assert.deepEqual(
      session.steps.map(({ call }) => call),
      [1, 2, 3],
    );
    inspector.ask("Debugger.resume");
    assert.equal((await session.ended)?.status, "failed");
    assert.deepEqual(executed, []);
  });

  it("masks secrets in what it shows", async () => {
    await rig.publish(
      "leak",
      `async ({ secrets, machines }) => { const [web] = await machines.select("all"); const t = await secrets.get("token"); await web.exec(["echo", t]); throw new Error(t); }`,
      GRANTS,
    );
    const job = await rig.finish((await rig.start("leak")).id);
    const session = await rig.replay(job.id);
    session.begin();
    const ended = await session.ended;
    assert.equal(session.steps.length, 3);
    assert.doesNotMatch(JSON.stringify([session.steps, ended]), /swordfish/);
    assert.match(JSON.stringify(session.steps), /secret:token@1/);
  });

  const refused = async (jobId: string, code: string, says: RegExp, more = {}) =>
    assert.rejects(rig.replay(jobId, more), (error) => isRunwrightError(error, code as "CONFLICT") && says.test(error.message));

  it("is refused for a job that hasn't ended, one that there isn't, and a call that wasn't made", async () => {
    await rig.publish("waits", 'async ({ sleep }) => { await sleep("1h"); }');
    const job = await rig.start("waits");
    await refused(job.id, "CONFLICT", /only a job that has ended/);
    await rig.jobs.stop(job.id, "ada");
    await refused("job_none", "JOB_NOT_FOUND", /there is no job/);
    const { job: failed } = await failedJob();
    await refused(failed.id, "CONFLICT", /has no call 99/, { from: 99 });
  });

  it("says which call is damaged, and replays nothing of the journal", async () => {
    const { job } = await failedJob();
    alter(dir.path, "update journal set outcome = substr(outcome, 1, 10) where jobId = ? and call = 2", job.id);
    await refused(job.id, "DATABASE_DAMAGED", /call 2 \(variables\.get\) isn't as it was written/);
  });

  it("says that the bundle is gone", async () => {
    await rig.publish("gone", 'async ({ output }) => { output("gone"); }');
    const job = await rig.finish((await rig.start("gone")).id);
    alter(dir.path, "update jobs set bundleHash = ? where id = ?", "0".repeat(64), job.id);
    await refused(job.id, "BUNDLE_DAMAGED", /is missing in the store/);
  });

  it("fails with nondeterminism, naming the call, when the code isn't the one that was recorded", async () => {
    const { job } = await failedJob();
    await rig.publish("other", RUN.replace('["broken"]', '["mended"]').replace("one]", '"x"]'), GRANTS);
    const { bundleHash } = await rig.finish((await rig.start("other")).id);
    alter(dir.path, "update jobs set bundleHash = ? where id = ?", bundleHash, job.id);
    executed.splice(0);
    const session = await rig.replay(job.id);
    session.begin();
    const ended = await session.ended;
    assert.equal(ended?.failureCode, "nondeterminism");
    assert.match(String(ended?.error?.message), /call 3 differs from the journal: recorded machines\.exec.*broken.*mended/);
    assert.deepEqual(executed, []);
  });

  it("never ends the process of another one, and is stopped when its client leaves", async () => {
    const { job } = await failedJob();
    const first = await rig.replay(job.id);
    const second = await rig.replay(job.id);
    first.attached.left();
    second.begin();
    assert.equal((await second.ended)?.status, "failed");
    assert.equal((await rig.finish(first.job.id)).status, "stopped");
  });
});
