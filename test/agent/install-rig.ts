import { join } from "node:path";
import type { OpenedChunk } from "../../engine/fleet/command-seal.ts";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import { installReport } from "../../engine/protocol/agent.ts";
import type { LabHost } from "../support/lab.ts";
import { ACTOR, type TestEngine } from "./engine-under-test.ts";

let made = 0;

/** A new command for an action of the agent. */
export const ask = (machineId: string, action: string, args: object, more: Partial<CommandRequest> = {}): CommandRequest => ({
  ...{ id: `cmd_${action}${++made}`, machineId, action, args, jobId: null, actor: ACTOR, correlationId: "test" },
  ...more,
});

export const performOn = (engine: TestEngine, command: CommandRequest, onOutput?: (chunk: OpenedChunk) => void): Promise<any> =>
  engine.fleet.commands.perform(command, { onOutput });

export const packages = (...names: string[]) => names.map((name) => ({ name, architecture: "all", version: "1.1-1" }));

/** What a report says of each update, in a line. @throws when it isn't one */
export function outcomes(report: any): string[] {
  if (!installReport.Check(report)) throw new Error(`not a report: ${JSON.stringify(installReport.Errors(report)[0])}`);
  return report.updates.map(({ name, status }) => `${name} ${status}`);
}

/** Opens or closes a gate of lab-gate: with it closed, the package's script waits. */
export const gateOf = (host: LabHost, phase: "unpack" | "configure") => join(host.directory, `etc/lab-gate.${phase}`);
export const gateLog = (host: LabHost) => join(host.directory, "var/log/lab-gate.log");
