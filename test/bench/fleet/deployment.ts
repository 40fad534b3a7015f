import type { Deployment, DeploymentDetail } from "../../../engine/protocol/http/deployments.ts";
import { percentile } from "../load.ts";
import type { FleetEngine } from "./engine.ts";

export interface DeploymentFigures {
  machines: number;
  /** To the plan, and from its start to its end. */
  planMs: number;
  rolloutMs: number;
  status: string;
  counts: Readonly<Record<string, number>>;
  /** Summary of the fleet, asked meanwhile: milliseconds. */
  summaryP95: number;
}

/** One window that opens now, over machines whose names the selector gives; three waves. */
export async function measureDeployment(engine: FleetEngine, { selector, atOnce }: { selector: string; atOnce: number }): Promise<DeploymentFigures> {
  const spec = { cron: "0 2 * * *", timeZone: "UTC", duration: "4h", soak: "0s", runbook: "deploy", selector, waves: "10, 10%, rest", maxParallel: atOnce };
  await engine.ask("PUT", "/windows/bench", { spec: { ...spec, errorBudget: "10%" } });
  const begin = performance.now();
  const { id } = await engine.ask<Deployment>("POST", "/windows/bench/run", { reason: "bench" });
  const planMs = performance.now() - begin;
  const summaries: number[] = [];
  for (;;) {
    const asked = performance.now();
    await engine.ask("GET", "/overview");
    summaries.push(performance.now() - asked);
    const found = await engine.ask<DeploymentDetail>("GET", `/deployments/${id}`);
    if (found.endedAt !== null) {
      const machines = Object.values(found.machines).reduce((sum, n) => sum + n, 0);
      const rolloutMs = Date.parse(found.endedAt) - Date.parse(found.startedAt ?? found.createdAt);
      return { machines, planMs, rolloutMs, status: found.status, counts: found.machines, summaryP95: percentile(summaries, 95) };
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
