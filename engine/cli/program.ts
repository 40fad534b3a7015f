import { Command, CommanderError } from "commander";
import { systemClock } from "../clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { VERSION } from "../version.ts";
import { type AddCommand, type Context, type ExitCode, explain, problemAsJson } from "./command.ts";

/** Every command, loaded when it is asked for: an agent needs no database, and a list no compiler. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import("./serve.ts")).addServe,
  login: async () => (await import("./login.ts")).addLogin,
  runbook: async () => (await import("./runbook.ts")).addRunbook,
  run: async () => (await import("./run.ts")).addRun,
  job: async () => (await import("./job.ts")).addJob,
  approval: async () => (await import("./approval.ts")).addApproval,
  event: async () => (await import("./event.ts")).addEvent,
  schedule: async () => (await import("./schedule.ts")).addSchedule,
  rule: async () => (await import("./rule.ts")).addRule,
  freeze: async () => (await import("./freeze.ts")).addFreeze,
  webhook: async () => (await import("./webhook.ts")).addWebhook,
  asset: async () => (await import("./asset.ts")).addAsset,
  agent: async () => (await import("./agent.ts")).addAgent,
  machine: async () => (await import("./machine.ts")).addMachine,
  update: async () => (await import("./update.ts")).addUpdate,
  report: async () => (await import("./report.ts")).addReport,
  window: async () => (await import("./window.ts")).addWindow,
  deployment: async () => (await import("./deployment.ts")).addDeployment,
  solution: async () => (await import("./solution.ts")).addSolution,
  plan: async () => (await import("./plan.ts")).addPlan,
  apply: async () => (await import("./apply.ts")).addApply,
  export: async () => (await import("./export.ts")).addExport,
  import: async () => (await import("./import.ts")).addImport,
  token: async () => (await import("./token.ts")).addToken,
  types: async () => (await import("./known-types.ts")).addTypes,
  activity: async () => (await import("./activity.ts")).addActivity,
  backup: async () => (await import("./backup.ts")).addBackup,
  restore: async () => (await import("./restore.ts")).addRestore,
  service: async () => (await import("./engine-service.ts")).addService,
  doctor: async () => (await import("./doctor.ts")).addDoctor,
  demo: async () => (await import("./demo.ts")).addDemo,
  openapi: async () => (await import("./openapi.ts")).addOpenapi,
};

/** @returns the exit code: 0 success, 1 failure, 2 usage, 3 success with changes */
export async function runCommand(argv: readonly string[], surroundings: Omit<Context, "now">): Promise<ExitCode> {
  const context: Context = { ...surroundings, now: systemClock.now };
  const asJson = argv.includes("--json");
  const program = new Command("runwright")
    .description("Write runbooks in TypeScript, run them in a sandbox that survives crashes, and keep every machine patched.")
    .version(VERSION)
    .enablePositionalOptions() // `run --version 3` is about the runbook
    .configureOutput({
      writeOut: (text) => context.terminal.print(text.trimEnd()),
      writeErr: (text) => context.terminal.note(text.trimEnd()),
      outputError: (text, write) => write(asJson ? usageAsJson(text) : `${text}(add --help for what it takes)`),
    })
    .exitOverride();
  const named = Object.hasOwn(COMMANDS, argv[0] ?? "") ? COMMANDS[argv[0] ?? ""] : undefined;
  for (const load of named ? [named] : Object.values(COMMANDS)) (await load())(program, context);
  overrideExits(program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return process.exitCode === 1 || process.exitCode === 3 ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (context.signal.aborted) return 1;
    for (const line of asJson ? [problemAsJson(error)] : explain(error)) context.terminal.note(line);
    return 1;
  }
}

/** Commander asks each command by itself whether it may end the process. */
function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().configureOutput(command.configureOutput());
    overrideExits(child);
  }
}

const usageAsJson = (text: string): string => problemAsJson(new RunwrightError("BAD_REQUEST", text.trim().replace(/^error: /, "")));
