import type { TestEvent } from "../../../engine/protocol/test-events.ts";
import type { Program, Runtime } from "../workspace/program.ts";
import { listenTo, saidIn } from "../workspace/running-program.ts";
import type { Selection } from "./selection.ts";
import { testEventIn } from "./test-event.ts";

export interface TestRunning {
  program: Program;
  /** Of the workspace. */
  cwd: string;
  selection: Selection;
  /** Let each process wait for a debugger. */
  inspect?: boolean;
  coverage?: boolean;
  tell(event: TestEvent): void;
  /** A line that is no event. */
  hear(line: string): void;
  signal: AbortSignal;
}

/** Runs tests as `runwright runbook test` does, which is what CI runs. @throws what the program says when it told of no end; the signal's reason */
export async function runTests({ program, cwd, selection, inspect, coverage, tell, hear, signal }: TestRunning, runtime: Runtime): Promise<void> {
  let hasEnded = false;
  const { code, stderr } = await listenTo(
    program,
    {
      ...{ cwd, signal },
      words: [
        ...["runbook", "test", ...selection.files, ...selection.words, "--reporter", "json"],
        ...(inspect ? ["--inspect", "0", "--inspect-runbooks", "--until-stdin-ends"] : []),
        ...(coverage ? ["--coverage"] : []),
      ],
      onLine(line) {
        const event = testEventIn(line);
        hasEnded ||= event?.type === "end";
        if (event) tell(event);
        else hear(line);
      },
    },
    runtime,
  );
  if (!hasEnded) throw new Error(`the workspace's runwright ${program.version} ended with ${code} before the tests did: ${saidIn(stderr)}`);
}
