import type { DebugStep } from "../core/debug.ts";
import type { FailureCode, JobError } from "../core/job.ts";
import type { StreamedEntry } from "./http/jobs.ts";

/** What `runwright runbook debug --fleet --json` prints, one a line, as it happens. Who reads it passes over events and members that it doesn't know. */
export type FleetDebugEvent =
  /** The code is held until a debugger has attached there. */
  | { type: "listening"; url: string }
  | { type: "step"; step: DebugStep }
  | { type: "entry"; entry: StreamedEntry }
  /** What machines were told, in order, and how the job ended. */
  | {
      type: "ended";
      status: "completed" | "failed" | "stopped";
      failureCode: FailureCode | null;
      error: JobError | null;
      commands: readonly { machine: string; text: string }[];
    };
