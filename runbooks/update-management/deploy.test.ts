import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeDeployment, type FakeRequest, loadRunbook, type TestJob, type TestWorld } from "runwright/testing";
import { verify } from "runwright/webhooks";

const deploy = loadRunbook(new URL("./deploy.ts", import.meta.url));
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const params = { deployment: "dpl_test" };
const carryOut = (deployment: FakeDeployment, more: Partial<TestWorld> = {}): Promise<TestJob> => deploy.run({ params, deployment, ...more });
interface Summary {
  status: string;
  reason: string;
  counts: Record<string, number>;
}
const summary = (job: TestJob): Summary => {
  assert.deepEqual([job.status, job.error], ["completed", null]);
  return job.outputs[0] as unknown as Summary;
};
/** `web-1 begin`, in order. */
const steps = (job: TestJob) =>
  job.calls.flatMap(({ op, args }) => {
    const { machine } = args as { machine?: string };
    return op.startsWith("deployments.") && machine !== undefined ? [`${machine.replace("mch_", "")} ${op.slice("deployments.".length)}`] : [];
  });
const begun = (job: TestJob) => steps(job).flatMap((step) => (step.endsWith(" begin") ? [step.split(" ")[0]] : []));

test("deploy patches wave by wave, soaks in between, and ends with counts", async () => {
  const job = await carryOut({ waves: [["a"], ["b", "c"], ["d"]], soakMs: 300_000 });
  assert.deepEqual(summary(job).counts, { Succeeded: 4 });
  assert.equal(summary(job).status, "succeeded");
  assert.deepEqual(begun(job), ["a", "b", "c", "d"]);
  assert.equal(job.calls.filter(({ op }) => op === "deployments.pause").length, 2);
});

test("deploy works on no more machines at a time than it may", async () => {
  let now = 0;
  let most = 0;
  const slow = (name: string) => ({
    name,
    begin: () => {
      most = Math.max(most, ++now);
      return { go: true as const, fitting: 1, left: 0 };
    },
    install: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return {};
    },
  });
  await carryOut({ waves: [["a", "b", "c", "d", "e"].map(slow)], maxParallel: 2 });
  assert.equal(most, 2);
});

test("deploy reboots whom it may, waits for those that may not yet, and says which reboot isn't proven", async () => {
  let asked = 0;
  const job = await carryOut({
    allowedFailures: 5,
    waves: [
      [
        { name: "a", expectedReboot: "expected" },
        {
          name: "b",
          expectedReboot: "expected",
          askReboot: () => (++asked < 3 ? { go: false, again: true, halted: false, at: 0, message: "a is down" } : { go: true, fence: 4 }),
          reboot: () => ({ state: "Unverified", message: "its health check ended with 1" }),
        },
      ],
      ["c"],
    ],
    whenHalted: ["abort"],
  });
  assert.equal(steps(job).filter((step) => step === "b askReboot").length, 3);
  assert.deepEqual(summary(job).counts, { Succeeded: 1, RebootUnverified: 1, Cancelled: 1 });
  assert.equal(summary(job).status, "aborted");
});

test("deploy stops at more failures than the budget has, tells it signed, and goes on when somebody continues", async () => {
  const sent: FakeRequest[] = [];
  const failing = (name: string) => ({ name, install: () => ({ end: "reported" as const, succeeded: 0, failed: 1, message: "exit 100" }) });
  const world = {
    secrets: { notify: secret },
    http(request: FakeRequest) {
      sent.push(request);
      return { status: 204 };
    },
  };
  const job = await carryOut({ waves: [["a"], [failing("b"), failing("c")], ["d"]], allowedFailures: 1, notifies: true, whenHalted: ["continue"] }, world);
  assert.deepEqual(summary(job).counts, { Succeeded: 2, Failed: 2 });
  assert.deepEqual(
    sent.map(({ body }) => JSON.parse(body ?? "").type),
    ["deployment.halted", "deployment.ended"],
  );
  for (const { headers, body } of sent)
    assert.deepEqual(verify({ scheme: "standard", secret, headers, body: Buffer.from(body ?? ""), now: Number(headers["webhook-timestamp"]) * 1_000 }), {
      valid: true,
    });
  assert.ok(!JSON.stringify(job.calls).includes(secret.slice(6)), "the secret is in the journal");
});

test("deploy begins no other machine once it is halted or aborted", async () => {
  const failing = { name: "a", install: () => ({ end: "failed" as const, message: "DISK_FULL" }) };
  const job = await carryOut({ waves: [[failing, "b", "c"]], maxParallel: 1, whenHalted: ["abort"] });
  assert.deepEqual(summary(job).counts, { Failed: 1, Cancelled: 2 });
  assert.equal(summary(job).status, "aborted");
  assert.ok(!steps(job).includes("b install") && !steps(job).includes("c begin"));
});

test("deploy asks again for an install that isn't allowed yet, as the rollout is halted", async () => {
  let asked = 0;
  const waits = {
    name: "a",
    install: () => (++asked < 3 ? { go: false as const, again: true as const, halted: asked === 1, at: 0, message: "the rollout is halted" } : {}),
  };
  const job = await carryOut({ waves: [[waits]] });
  assert.deepEqual([summary(job).counts, asked], [{ Succeeded: 1 }, 3]);
});

test("deploy tells a machine that has begun when it is aborted nothing more", async () => {
  const drain = { at: "beforeMachine" as const, onFailure: "abort" as const, run: (machine: string | undefined) => ({ ok: machine !== "a" }) };
  const job = await carryOut({ waves: [["a", "b"]], hooks: [drain, { at: "afterInstall" }] });
  assert.deepEqual(summary(job).counts, { Failed: 1, Cancelled: 1 });
  assert.equal(summary(job).status, "aborted");
  assert.deepEqual(
    steps(job).filter((step) => step.startsWith("b ")),
    ["b begin", "b hook", "b install", "b finish"],
  );
});

test("deploy ends when the window closes while it is halted", async () => {
  const failing = { name: "a", install: () => ({ end: "failed" as const }) };
  const job = await carryOut({ waves: [[failing], ["b"]], whenHalted: ["nothing"] });
  assert.equal(summary(job).status, "failed");
  assert.ok(!begun(job).includes("b"));
});

test("deploy doesn't go on to the next wave when most of a wave have failed, whatever the budget", async () => {
  const failing = (name: string) => ({ name, install: () => ({ end: "failed" as const }) });
  const job = await carryOut({
    waves: [
      ["a", failing("b"), failing("c")],
      ["d", "e"],
    ],
    allowedFailures: 100,
  });
  assert.deepEqual(summary(job).counts, { Succeeded: 1, Failed: 2, SkippedByGate: 2 });
  assert.match(summary(job).reason, /2 of 3 machines of wave 1 failed/);
});

test("deploy runs the hooks in their places, and does what their failure asks for", async () => {
  const ran: string[] = [];
  const hook = (at: "before" | "beforeMachine" | "afterInstall" | "afterReboot" | "after") => ({
    at,
    run: (machine: string | undefined) => {
      ran.push(machine === undefined ? at : `${at} ${machine}`);
      return { ok: true };
    },
  });
  const hooks = (["before", "beforeMachine", "afterInstall", "afterReboot", "after"] as const).map(hook);
  await carryOut({ waves: [[{ name: "a", expectedReboot: "expected" }, "b"]], maxParallel: 1, hooks });
  assert.deepEqual(ran, ["before", "beforeMachine a", "afterInstall a", "afterReboot a", "beforeMachine b", "afterInstall b", "after"]);

  const skip = await carryOut({
    waves: [["a", "b"]],
    allowedFailures: 9,
    hooks: [{ at: "beforeMachine", run: (name) => ({ ok: name !== "a", message: "no" }) }],
  });
  assert.deepEqual(summary(skip).counts, { Failed: 1, Succeeded: 1 });
  assert.ok(!steps(skip).includes("a install"));

  const goesOn = await carryOut({ waves: [["a"]], hooks: [{ at: "afterInstall", onFailure: "continue", run: () => ({ ok: false, message: "no" }) }] });
  assert.deepEqual(summary(goesOn).counts, { SucceededWithWarnings: 1 });

  const abort = await carryOut({ waves: [["a"]], hooks: [{ at: "before", run: () => ({ ok: false, message: "no backup" }) }] });
  assert.deepEqual([summary(abort).status, summary(abort).counts, steps(abort)], ["aborted", { Cancelled: 1 }, []]);
});

test("deploy tells machines that are lost or still at it nothing more", async () => {
  const job = await carryOut({
    allowedFailures: 5,
    waves: [
      [
        { name: "a", expectedReboot: "expected", install: () => ({ end: "lost" }) },
        { name: "b", install: () => ({ end: "unfinished" }) },
      ],
    ],
  });
  assert.ok(!steps(job).some((step) => step.endsWith("askReboot")));
  assert.equal(summary(job).counts.AgentLost, 1);
});

test("deploy goes on when nobody can be told", async () => {
  const job = await carryOut({ waves: [["a"]], notifies: true }, { secrets: { notify: secret }, http: () => ({ status: 500 }) });
  assert.equal(summary(job).status, "succeeded");
  assert.match(job.logs.findLast(({ level }) => level === "warning")?.message ?? "", /nobody could be told that it is ended: .* 500/);
});

test("deploy does nothing in a dry run, and refuses a deployment that isn't its own", async () => {
  const dry = await carryOut({ waves: [["a"]] }, { dry: true });
  assert.deepEqual([dry.status, dry.error], ["completed", null]);
  assert.ok(!steps(dry).includes("a install"));
  const job = await deploy.run({ params: { deployment: "dpl_other" }, deployment: { waves: [["a"]] } });
  assert.equal(job.error?.code, "NOT_FOUND");
});

test("deploy needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await deploy.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
