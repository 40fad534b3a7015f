import type { HttpClient } from "../http/client.ts";
import type { SandboxPorts } from "../ports.ts";
import { approvalFunctions } from "./approval.ts";
import { assetFunctions } from "./assets.ts";
import { deploymentFunctions } from "./deployments.ts";
import { engineFunctions } from "./engine.ts";
import { eventFunctions } from "./events.ts";
import type { HostFunction } from "./function.ts";
import { httpFunctions } from "./http.ts";
import { jobFunctions } from "./jobs.ts";
import { machineUpdateFunctions } from "./machine-updates.ts";
import { machineFunctions } from "./machines.ts";
import { sleepFunctions } from "./sleep.ts";

/** Every function that runbooks can reach, by its name. `log`, `output` and `progress` are streams, not calls. `replaced` wins over others of the same name. */
export function createCatalogue(ports: SandboxPorts, http: HttpClient, replaced: readonly HostFunction[]): ReadonlyMap<string, HostFunction> {
  const rows = [
    ...sleepFunctions(),
    ...assetFunctions(ports.assets),
    ...machineFunctions(ports.fleet),
    ...machineUpdateFunctions(ports.fleet),
    ...jobFunctions(ports.jobs),
    ...approvalFunctions(ports.approvals),
    ...eventFunctions(ports.events),
    ...deploymentFunctions({ ...ports, http }),
    ...engineFunctions(ports.engine),
    ...httpFunctions(http),
    ...replaced,
  ];
  return new Map(rows.map((row) => [row.op, row]));
}
