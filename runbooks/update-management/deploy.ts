/**
 * Carries out a deployment: the plan of one maintenance window, wave by wave. A maintenance window starts it; nobody runs it by hand.
 *
 * This file is meant to be read, and to be copied: a window names the runbook that carries its deployments out (`runbook: my-deploy`). Order, gates, pauses and what is told
 * are decided here. What may be done to a machine is decided by the engine, in each of the steps below, whichever runbook asks: only in the window, only what was planned
 * and approved, one deployment for a machine at a time, never more failures than the budget has, reboots one after the other. See docs/deployments.md.
 */
import { type Deployment, runbook, Type } from "runwright";
import { gate } from "./gate.ts";
import { pauses } from "./halts.ts";
import { runHooks } from "./hooks.ts";
import { inParallel } from "./parallel.ts";
import { patch, type Result } from "./patch.ts";
import { tell } from "./tell.ts";

export default runbook({
  summary: "Carry out a deployment: patch the machines of a maintenance window wave by wave",
  parameters: Type.Object({ deployment: Type.String({ description: "The deployment that starts the job" }) }),
  permissions: { deployments: true },
  limits: { timeout: "2h", cpu: "30m", memoryMb: 256, hostCalls: 100_000, logRate: 10_000 },
  async run({ params, deployments, log, output, progress, approval, retry }) {
    const deployment = await deployments.get(params.deployment);
    const context = { deployment, log, halted: pauses({ deployment, log, retry }) };
    const results: Result[] = [];
    const all = deployment.waves.flat().length;

    let stopped: { gate?: string } = {};
    if (await runHooks(deployment, "before")) {
      for (const [number, wave] of deployment.waves.entries()) {
        log(`wave ${number + 1} of ${deployment.waves.length}: ${wave.length} ${wave.length === 1 ? "machine" : "machines"}`);
        // Those whose window opens first begin first: a window may follow the sun.
        const queue = [...wave].sort((a, b) => a.opensAt - b.opensAt);
        await inParallel(queue, deployment.maxParallel, async (machine) => {
          const result = await patch(machine, context);
          results.push(result);
          // A hundred steps are enough, also of ten thousand machines.
          if (Math.floor((results.length * 100) / all) > Math.floor(((results.length - 1) * 100) / all))
            progress(results.length / all, `${result.machine}: ${result.status}`);
          return !result.over;
        });
        const next = deployment.waves[number + 1];
        if (next === undefined) break;
        if ((await mayGoOn(deployment, context.halted)) !== "running") break;
        await deployment.pause(Date.now() + deployment.soakMs);
        // What was halted while it soaked, too.
        if ((await mayGoOn(deployment, context.halted)) !== "running") break;
        const decision = await gate({ deployment, finished: number + 1, next, results, ask: approval });
        if (!decision.go) {
          log.warning(`wave ${number + 2} doesn't begin: ${decision.reason}`);
          stopped = { gate: decision.reason };
          break;
        }
      }
      await runHooks(deployment, "after");
    }
    const ended = await deployment.end(stopped);
    await tell(deployment, "ended", { log, retry });
    log(`${ended.status}: ${ended.reason}`);
    output({ deployment: deployment.id, window: deployment.window, ...ended, failures: results.filter(({ failed }) => failed).slice(0, 100) });
  },
});

/** Waits while somebody, or the error budget, has halted the rollout. */
async function mayGoOn(deployment: Deployment, halted: () => Promise<void>): Promise<"running" | "over"> {
  for (;;) {
    const { status, leftMs } = await deployment.control();
    if (leftMs === 0 || (status !== "running" && status !== "halted")) return "over";
    if (status === "running") return "running";
    await halted();
  }
}
