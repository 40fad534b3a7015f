import type { FleetDebugEvent } from "../../../engine/protocol/fleet-debug.ts";
import type { Program, Runtime } from "../workspace/program.ts";
import { listenTo, saidIn } from "../workspace/running-program.ts";
import { fleetEventIn } from "./fleet-event.ts";

export interface FleetRun {
  /** Path of the runbook. */
  file: string;
  /** Path of the module with the fake fleet. */
  fleet: string;
  cwd: string;
  /** Undefined: those that the fleet has. */
  params: Readonly<Record<string, unknown>> | undefined;
  dry: boolean;
  tell(event: FleetDebugEvent): void;
  /** A line that is no event. */
  hear(line: string): void;
  signal: AbortSignal;
}

/** Debugs a runbook in a fake fleet, as `runwright runbook debug --fleet` does: no engine and no machine has a part in it. @throws what the program says when it told of no end */
export async function runInFleet(program: Program, { file, fleet, cwd, params, dry, tell, hear, signal }: FleetRun, runtime: Runtime): Promise<void> {
  let hasEnded = false;
  const { stderr } = await listenTo(
    program,
    {
      ...{ cwd, signal },
      words: [
        ...["runbook", "debug", file, "--fleet", fleet, "--json", "--until-stdin-ends"],
        ...(params === undefined ? [] : ["--params", JSON.stringify(params)]),
        ...(dry ? ["--dry"] : []),
      ],
      onLine(line) {
        const event = fleetEventIn(line);
        hasEnded ||= event?.type === "ended";
        if (event) tell(event);
        else hear(line);
      },
    },
    runtime,
  );
  if (!hasEnded) throw new Error(saidIn(stderr));
}
