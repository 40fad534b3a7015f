import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { addAgent } from "./agent.ts";
import { type Context, type ExitCode, explain } from "./command.ts";
import { addJob } from "./job.ts";
import { addRun } from "./run.ts";
import { addServe } from "./serve.ts";

const COMMANDS = [addServe, addRun, addJob, addAgent];

/** @returns the exit code: 0 success, 1 failure, 2 usage */
export async function runCommand(argv: readonly string[], context: Context): Promise<ExitCode> {
  const program = new Command("runwright")
    .description("Write runbooks in TypeScript, run them in a sandbox that survives crashes, and keep every machine patched.")
    .version(VERSION)
    .configureOutput({ writeOut: (text) => context.terminal.print(text.trimEnd()), writeErr: (text) => context.terminal.note(text.trimEnd()) })
    .showHelpAfterError("(add --help for what it takes)")
    .exitOverride();
  for (const add of COMMANDS) add(program, context);
  overrideExits(program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return process.exitCode === 1 ? 1 : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (context.signal.aborted) return 1;
    for (const line of explain(error)) context.terminal.note(line);
    return 1;
  }
}

/** Commander asks each command by itself whether it may end the process. */
function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput(command.configureOutput()).showHelpAfterError("(add --help for what it takes)");
    overrideExits(child);
  }
}
