import assert from "node:assert/strict";
import { join } from "node:path";
import { bundleRunbook } from "../../../engine/authoring/bundle.ts";
import { openChecker } from "../../../engine/checking.ts";
import type { AttemptJournal, AttemptToRun } from "../../../engine/core/run.ts";
import { createRig, emptyJob, type KeptJob, memoryJournal, type Rig, testPorts } from "../../sandbox/rig.ts";
import { installed, JOB, type World, world } from "./world.ts";

const ENTRY = join(import.meta.dirname, "../../../runbooks/update-management/deploy.ts");

/** The real runbook in the real sandbox, with the engine's real guards; machines and the clock are the test's. */
describe("a rollout that crashes", function () {
  this.timeout(240_000);
  let subject: Partial<AttemptToRun>;
  let current: World;
  /** One sandbox for all of them: what it asks goes to the world of the moment. */
  let rig: Rig;
  before(async () => {
    const checker = openChecker();
    try {
      const { ok, diagnostics, manifest } = await checker.check({ entry: ENTRY });
      assert.ok(ok && manifest, JSON.stringify(diagnostics));
      assert.deepEqual(diagnostics, []);
      const bundled = await bundleRunbook({ entry: ENTRY });
      assert.ok(bundled.ok);
      const { bundle, bundleHash, sourceMap } = bundled.bundle;
      subject = { bundle, bundleHash, sourceMap, manifest, jobId: JOB, originId: JOB, params: { deployment: "dpl_1" } };
    } finally {
      await checker.stop();
    }
    const deployments = new Proxy({} as World["rollout"], { get: (_, step: keyof World["rollout"]) => current.rollout[step] });
    rig = createRig({ ports: { ...testPorts(), deployments } });
  });
  after(() => rig.stop());

  /** One machine that fails, one that reboots, one that has drifted, hooks. */
  async function scene(): Promise<World> {
    const w = await world();
    w.scripts.set("a", { install: () => ({ rebootPending: true }) });
    w.scripts.set("c", { install: () => ({ updates: [installed("bash", "Failed", "exit 100")] }) });
    w.scripts.set("d", { offered: "1.2" });
    const hooks = [{ at: "before", runbook: "announce" } as const, { at: "beforeMachine", command: ["/bin/drain"] } as const];
    await w.deploy(["a", "b", "c", "d"], { allowedFailures: 1, spec: { soak: "0s", maxParallel: 2, hooks, healthCheck: { command: ["/bin/healthy"] } } });
    current = w;
    return w;
  }

  /** @param crashAt the settlement that isn't committed any more; what was done for it was done */
  async function attempt(kept: KeptJob, startedAt: number, crashAt = Number.POSITIVE_INFINITY) {
    const real = memoryJournal(kept, startedAt);
    let settlements = 0;
    const journal: AttemptJournal = {
      ...real,
      async settle(call, outcome) {
        if (++settlements >= crashAt) throw new Error("the engine is gone");
        return real.settle(call, outcome);
      },
    };
    const { run } = rig.start("", {
      kept,
      journal,
      attempt: { ...subject, startedAt, recorded: structuredClone(kept.recorded), storedStreamEntries: kept.entries.length },
    });
    return { ending: await run.ended, settlements };
  }

  const facts = async (w: World) => {
    const { status, reason } = await w.deployment();
    const machines = await w.store.read.deployments.machines("dpl_1");
    return { status, reason, machines: machines.map((one) => [one.name, one.status, one.message, one.rebootState]) };
  };

  it("comes to the same end from every point, and no machine is told anything twice", async () => {
    const whole = await scene();
    const kept = emptyJob();
    const { ending, settlements } = await attempt(kept, whole.clock.now());
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    const wanted = await facts(whole);
    assert.deepEqual(wanted, {
      status: "failed",
      reason: "2 of 4 machines succeeded, 1 Failed, 1 PlanDrift",
      machines: [
        ["a", "Succeeded", "1 update installed, rebooted", "Completed"],
        ["b", "Succeeded", "1 update installed", "NotNeeded"],
        ["c", "Failed", "1 of 1 update failed: bash: exit 100", "NotNeeded"],
        ["d", "PlanDrift", "bash: planned 1.1, now 1.2 is offered", "NotNeeded"],
      ],
    });
    await whole.stop();
    assert.ok(settlements >= 20, `${settlements}`);

    for (let crash = 1; crash <= settlements; crash++) {
      const w = await scene();
      try {
        const job = emptyJob();
        const first = await attempt(job, w.clock.now(), crash);
        assert.equal(first.ending.kind, "lost", `at ${crash}`);
        const second = await attempt(job, w.clock.now());
        assert.equal(second.ending.kind, "completed", `at ${crash}: ${JSON.stringify(second.ending)}`);
        assert.deepEqual(await facts(w), wanted, `at ${crash}`);
        // Asked again it is under the same id: agents execute an id once.
        assert.equal(new Set(w.commands).size, 4, `at ${crash}: ${w.commands.join(", ")}`);
        assert.deepEqual(await w.store.read.deployments.locks(["a", "b", "c", "d"]), [], `at ${crash}`);
      } finally {
        await w.stop();
      }
    }
  });
});
