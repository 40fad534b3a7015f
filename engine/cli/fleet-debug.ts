import { access } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { runbookNameOf } from "../authoring/names.ts";
import { RunwrightError } from "../core/errors.ts";
import type { StreamBody } from "../core/job.ts";
import type { FleetDebugEvent } from "../protocol/fleet-debug.ts";
import { toStreamedEntry } from "../protocol/http/jobs.ts";
import { readFleet } from "../testing/fleet-file.ts";
import { testedRunbook } from "../testing/run-runbook.ts";
import { sharedSandbox } from "../testing/shared-sandbox.ts";
import type { TestJob } from "../testing/test-job.ts";
import type { Context } from "./command.ts";
import { entryPrinter } from "./follow.ts";
import { stepLines } from "./step-lines.ts";
import { clean } from "./terminal.ts";

export interface FleetDebugOptions {
  fleet: string | true;
  param?: Record<string, unknown>;
  params?: Record<string, unknown>;
  dry?: boolean;
  port: number;
  json?: boolean;
}

/** Debugs a runbook in a fake fleet, as a test would run it: in the real sandbox, in this process's own runner, with no engine and no machine. */
export async function debugInFleet(file: string, { fleet: given, param, params, dry, port, json }: FleetDebugOptions, context: Context): Promise<void> {
  const { terminal, cwd, signal } = context;
  const path = given === true ? file.replace(/\.(m?ts)$/, ".fleet.$1") : resolve(cwd, given);
  await access(path).catch((cause: unknown) => {
    throw new RunwrightError("NOT_FOUND", `there is no fake fleet ${path}; it is a module such as: export default { machines: [{ name: "web-1" }] }`, {
      cause,
    });
  });
  const tell = json
    ? (event: FleetDebugEvent) => terminal.print(JSON.stringify(event))
    : printerOf(context, `${runbookNameOf(file)}, in the fake fleet of ${basename(path)},`);
  let seq = 0;
  const runbook = testedRunbook(file, {
    // Who reads events is told the address: nobody else of this computer needs it.
    ...{ port, isListed: !json },
    onListening: (url) => tell({ type: "listening", url }),
    onStep: (step) => tell({ type: "step", step }),
    onEntry: (body: StreamBody, at) => tell({ type: "entry", entry: toStreamedEntry({ ...body, seq: ++seq, at }) }),
  });
  const world = await readFleet(path);
  try {
    const job: TestJob = await runbook.run({
      ...{ ...world, signal },
      params: { ...world.params, ...params, ...param },
      ...(dry && { dry }),
    });
    const { status, failureCode, error, commands } = job;
    if (status !== "completed") process.exitCode = 1;
    tell({ type: "ended", status, failureCode, error, commands: commands.map(({ machine, text }) => ({ machine, text })) });
  } finally {
    await sharedSandbox().stop();
  }
}

function printerOf({ terminal }: Context, what: string): (event: FleetDebugEvent) => void {
  const entry = entryPrinter(terminal);
  return (event) => {
    if (event.type === "listening") {
      terminal.print(`Debugger listening on ${event.url}`);
      terminal.note(
        terminal.colour("gray", `${what} waits for it: chrome://inspect in Chrome, or "Attach" with this websocketAddress in VS Code; Ctrl-C ends both`),
      );
    } else if (event.type === "step") terminal.note(stepLines(event.step, terminal).join("\n"));
    else if (event.type === "entry") entry(event.entry);
    else ended(event);
  };

  function ended({ status, failureCode, error, commands }: Extract<FleetDebugEvent, { type: "ended" }>): void {
    terminal.endProgress();
    for (const { machine, text } of commands) terminal.note(`${clean(machine)} was told: ${clean(text)}`);
    const how = `${status}${failureCode ? ` (${failureCode})` : ""}${error ? `: ${clean(`${error.name}: ${error.message}`)}` : ""}`;
    terminal.note(status === "completed" ? how : terminal.colour("red", how));
    if (error?.stack) terminal.note(clean(error.stack));
  }
}
