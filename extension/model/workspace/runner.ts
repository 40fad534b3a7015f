import { dirname } from "node:path";
import type { Client } from "../client/client.ts";
import type { FleetRun } from "../debug/run-in-fleet.ts";
import type { TestRunning } from "../testing/run-tests.ts";
import type { Timers } from "../timers.ts";
import { findProgram, type Program, type Runtime, runProgram } from "./program.ts";
import type { Publisher } from "./publisher.ts";
import type { RunWords } from "./publishing.ts";

/** Where checking, bundling and planning happen. */
export interface Workbench {
  /** The workspace's own program for a file or folder; undefined: it has none. */
  program(path: string): Promise<Program | undefined>;
  /** For words that need no engine. */
  offlineRunner(program: Program, cwd: string, signal: AbortSignal): RunWords;
  /** Its tests. */
  runTests(program: Program, running: Omit<TestRunning, "program">): Promise<void>;
  /** One of its runbooks, in a fake fleet. */
  debugInFleet(program: Program, run: FleetRun): Promise<void>;
  /**
   * In the workspace's own program, else on the engine.
   * @param about.root of the workspace: an engine is sent nothing from outside of it
   */
  publisherFor(about: ({ file: string } | { folder: string }) & { root: string }, client: Client): Promise<Publisher>;
}

export function createWorkbench(runtime: Runtime, parts: { timers: Pick<Timers, "after">; chance(): number }): Workbench {
  return {
    program: (path) => findProgram(path),
    offlineRunner: (program, cwd, signal) => (words) => runProgram(program, { words, cwd, signal }, runtime),
    async runTests(program, running) {
      const { runTests } = await import("../testing/run-tests.ts");
      await runTests({ program, ...running }, runtime);
    },
    async debugInFleet(program, run) {
      const { runInFleet } = await import("../debug/run-in-fleet.ts");
      await runInFleet(program, run, runtime);
    },
    async publisherFor({ root, ...about }, client) {
      const program = await findProgram("folder" in about ? about.folder : dirname(about.file));
      if (program) return (await import("./workspace-publisher.ts")).workspacePublisher(program, client, runtime);
      return (await import("./engine-publisher.ts")).enginePublisher({ client, root, ...parts });
    },
  };
}
