import type { Command } from "commander";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { isFinal, PRIORITIES } from "../core/job.ts";
import type { Job } from "../protocol/http/jobs.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { jsonObject, jsonValues, wholeNumber, wholeNumberWithin } from "./options.ts";
import { clean } from "./terminal.ts";

interface RunOptions {
  param?: Record<string, unknown>;
  params?: Record<string, unknown>;
  follow?: boolean;
  wait?: boolean;
  draft?: boolean;
  version?: number;
  dry?: boolean;
  machine?: string;
  priority?: number;
  json?: boolean;
}

export function addRun(program: Command, context: Context): void {
  program
    .command("run <runbook>")
    .description("Run a runbook as a job")
    .option("-p, --param <key=value...>", "a parameter; the value is JSON if it can be read as JSON, else a text", jsonValues)
    .option("--params <json>", "all parameters as one JSON object", jsonObject)
    .option("--follow", "show what it writes until it ends")
    .option("--wait", "wait for its end")
    .option("--draft", "run the draft instead of the newest published version")
    .option("--version <number>", "run this published version", wholeNumber(1))
    .option("--dry", "record writes instead of doing them")
    .option("--machine <name>", "let it reach this one machine only")
    .option("--priority <number>", "-100 to 100: jobs with a higher one go first; default 0", wholeNumberWithin(PRIORITIES))
    .option("--json", "print the job as one JSON object")
    .action((runbook: string, options: RunOptions) => run(runbook, options, context));
}

async function run(runbook: string, options: RunOptions, context: Context): Promise<void> {
  const { terminal } = context;
  await withClient(context, async (client) => {
    const { draft, version, dry, machine, priority } = options;
    const body = { params: { ...options.params, ...options.param }, draft, version, dry, machine, priority };
    const job = await client.request<Job>("POST", `/api/v1/runbooks/${encodeURIComponent(runbook)}/jobs`, { body }).catch((error: unknown) => {
      throw withHint(error, options.param ?? {});
    });
    if (!options.follow && !options.wait) {
      if (options.json) terminal.printJson(shownJob(job));
      // Its runbook's concurrency limit has ended it before it began.
      if (isFinal(job.status)) return options.json ? endBadly(job) : tellEnding(job, context);
      if (!options.json) terminal.print(`${job.id}\n${terminal.colour("gray", `watch it with: runwright job logs ${job.id} --follow`)}`);
      return;
    }
    if (options.follow && !options.json) terminal.note(terminal.colour("gray", `${job.id} runs ${job.runbook}`));
    const done = await endOf(client, job, options, context);
    if (options.json) {
      terminal.printJson(shownJob(done));
      return endBadly(done);
    }
    if (!options.follow) for (const output of done.outputs ?? []) terminal.print(clean(typeof output === "string" ? output : JSON.stringify(output)));
    tellEnding(done, context);
  });
}

/** `-p version=12` gives a number. Where a text is wanted, says how to write one. */
function withHint(error: unknown, param: Readonly<Record<string, unknown>>): unknown {
  if (!isRunwrightError(error, "PARAMETERS_INVALID") || !Array.isArray(error.details)) return error;
  const fields = error.details as { field: string; message: string }[];
  const hints = fields.flatMap(({ field, message }) => {
    const [name, value] = [field.slice(1), param[field.slice(1)]];
    return value !== undefined && typeof value !== "string" && /must be string/.test(message) ? [`-p '${name}=${JSON.stringify(JSON.stringify(value))}'`] : [];
  });
  if (hints.length === 0) return error;
  return new RunwrightError(error.code, `${error.message}. What can be read as JSON is; a text is written ${hints.join(" ")}`, error);
}

function endOf(client: Client, job: Job, { follow, json }: RunOptions, context: Context): Promise<Job> {
  const print = entryPrinter(context.terminal);
  return followJob(client, job.id, { ...context, onEntry: (entry) => (follow && !json ? print(entry) : undefined) });
}

/** The object that `runwright run --wait --json` prints: what scripts build on. */
export const shownJob = ({ id, runbook, version, status, failureCode, error, outputs, startedAt, endedAt }: Job) => ({
  id,
  runbook,
  version,
  status,
  failureCode,
  error,
  outputs: outputs ?? [],
  startedAt,
  endedAt,
});

function endBadly({ status }: Job): void {
  if (status !== "completed") process.exitCode = 1;
}

/** Says how it ended; anything but `completed` is a failure of the command. */
export function tellEnding(job: Job, { terminal }: Pick<Context, "terminal">): void {
  terminal.endProgress();
  if (!isFinal(job.status) || job.status === "completed") return;
  process.exitCode = 1;
  const { error } = job;
  terminal.note(
    terminal.colour(
      "red",
      `job ${job.id} ${job.status}${job.failureCode ? ` (${job.failureCode})` : ""}${error ? `: ${clean(`${error.name}: ${error.message}`)}` : ""}`,
    ),
  );
  if (error?.stack) terminal.note(clean(error.stack));
}
