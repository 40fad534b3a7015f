import { systemClock } from "../../engine/clock.ts";
import type { MaintenanceWindowSpec } from "../../engine/core/deploy/spec.ts";
import type { Deployment, DeploymentDetail, DeploymentMachine } from "../../engine/protocol/http/deployments.ts";
import type { NewJoinToken } from "../../engine/protocol/http/machines.ts";
import { type FleetParts, joinFleet, type SimulatedFleet } from "../../engine/simulator/fleet.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { publishSolution } from "../engine/rollout-rows.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

export interface SimulatedWorld {
  readonly engine: EngineProcess;
  readonly port: number;
  directory: string;
  fleet: SimulatedFleet;
  demand<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  /** Every machine has reported, and the engine has said so. */
  reported(withinMs?: number): Promise<void>;
  /** Opens a window now and waits for the end of its deployment. */
  deploy(spec: Partial<MaintenanceWindowSpec>): Promise<{ deployment: DeploymentDetail; machines: DeploymentMachine[] }>;
  /** The engine is killed, and another one starts on its data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const SHAPE = { packages: 60, missing: 12, failing: 0 } as const;

/** A real engine process with the runbooks of the solution, and a simulated fleet in this process that is connected to it. */
export async function startSimulatedWorld(options: { machines: number } & Partial<FleetParts>): Promise<SimulatedWorld> {
  const home = await temporaryDirectory();
  const stops: (() => Promise<unknown>)[] = [() => home.remove()];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const port = await freePort();
    const start = () => startEngineProcess(home.path, { RUNWRIGHT_PORT: String(port) });
    let engine = await start();
    stops.push(() => engine.kill());
    await publishSolution(engine);
    const demand = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
      const answer = await engine.request<Body>(method, `/api/v1${path}`, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    const { token } = await demand<NewJoinToken>("POST", "/join-tokens", { scope: "/", uses: options.machines });
    const fleet = await joinFleet({
      ...{ seed: "test", prefix: "sim-", tokens: [token], shape: SHAPE, pace: { installMs: 1, rebootMs: 50 }, agentVersion: "0.1.0", clock: systemClock },
      ...{ signal: new AbortController().signal, ...options },
    });
    stops.push(() => fleet.stop());
    await fleet.connect(0);
    const show = (id: string) => demand<DeploymentDetail>("GET", `/deployments/${id}`);
    return {
      ...{ port, directory: home.path, fleet, demand, stop },
      get engine() {
        return engine;
      },
      async restart() {
        await engine.kill();
        engine = await start();
      },
      async reported(withinMs = 60_000) {
        await eventually("a report of each machine", () => fleet.agents.every((agent) => agent.taken() > 0), withinMs);
      },
      async deploy(spec) {
        await demand("PUT", "/windows/nightly", { spec: { cron: "0 2 * * *", timeZone: "UTC", duration: "2h", soak: "0s", runbook: "deploy", ...spec } });
        const { id } = await demand<Deployment>("POST", "/windows/nightly/run", { reason: "test" });
        const deployment = await eventually(
          `the end of ${id}`,
          async () => {
            const found = await show(id);
            return found.endedAt === null ? undefined : found;
          },
          120_000,
        );
        return { deployment, machines: (await demand<{ items: DeploymentMachine[] }>("GET", `/deployments/${id}/machines?limit=500`)).items };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
