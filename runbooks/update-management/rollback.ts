/**
 * Takes back what a deployment has installed: each machine goes back to exactly the versions before, as far as its package manager can. `runwright deployment rollback` starts
 * it; nobody runs it by hand. Order and pace are decided here. What may be taken back is what somebody has asked for, and the engine looks at that, at freezes and at
 * locks in each step, whichever runbook asks. See docs/deployments.md.
 */
import { rollbackText, runbook, Type } from "runwright";
import { inParallel } from "./parallel.ts";

/** So many at a time: who goes back is often in a hurry, and a bad rollback is as bad as a bad update. */
const AT_ONCE = 10;

export default runbook({
  summary: "Take a deployment back: machines go back to the versions before it, where their package manager can",
  parameters: Type.Object({
    deployment: Type.String({ description: "The deployment to take back" }),
    machines: Type.Array(Type.String(), { default: [], description: "Names; none: all on which it has installed something" }),
    plan: Type.Boolean({ default: false, description: "Only say what would go back" }),
  }),
  permissions: { deployments: true },
  limits: { timeout: "6h", cpu: "10m", memoryMb: 128, hostCalls: 50_000, outputBytes: 100 * 1024 * 1024 },
  async run({ params, deployments, log, output, progress }) {
    const rollback = await deployments.rollback(params.deployment);
    const all = rollback.machines.length;
    if (all === 0) log.warning(`${rollback.id} has installed nothing on any machine`);
    let done = 0;
    await inParallel(rollback.machines, AT_ONCE, async (machine) => {
      const result = rollback.plan ? await machine.plan() : await machine.rollback();
      const isWell = result.problem === null && result.updates.every(({ status }) => status === "Succeeded" || status === "NotStarted");
      if (!rollback.plan) (isWell ? log.info : log.warning)(`${machine.name}: ${rollbackText(result)}`);
      output(result);
      progress(++done / all, machine.name);
      return true;
    });
  },
});
