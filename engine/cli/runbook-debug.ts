import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Command, Option } from "commander";
import { runbookNameOf } from "../authoring/names.ts";
import { openChecker } from "../checking.ts";
import { formatDiagnostic } from "../core/diagnostic.ts";
import { RunwrightError } from "../core/errors.ts";
import type { DebugBegun } from "../protocol/http/debug.ts";
import type { Job } from "../protocol/http/jobs.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { goThrough } from "./debug-session.ts";
import { debugInFleet } from "./fleet-debug.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { jsonObject, jsonValues, wholeNumber } from "./options.ts";
import { shownJob, tellEnding } from "./run.ts";
import { clean } from "./terminal.ts";
import { UNTIL_STDIN_ENDS, untilStdinEnds } from "./until-stdin-ends.ts";

interface DebugOptions {
  param?: Record<string, unknown>;
  params?: Record<string, unknown>;
  version?: number;
  dry?: boolean;
  machine?: string;
  fleet?: string | true;
  port: number;
  json?: boolean;
  untilStdinEnds?: boolean;
}

/** `runbook debug`: a job whose code waits for Chrome DevTools, VS Code or whatever else speaks the Chrome DevTools protocol. */
export function addRunbookDebug(runbook: Command, surroundings: Context): void {
  runbook
    .command("debug <file>")
    .description("Save the draft and run it for a debugger, which attaches to the address that is printed; with --version, a published version")
    .option("-p, --param <key=value...>", "a parameter; the value is JSON if it can be read as JSON, else a text", jsonValues)
    .option("--params <json>", "all parameters as one JSON object", jsonObject)
    .option("--version <number>", "debug this published version of the runbook of that name", wholeNumber(1))
    .option("--dry", "record writes instead of doing them")
    .option("--machine <name>", "let it reach this one machine only")
    .addOption(
      new Option(
        "--fleet [file]",
        "run it here, without an engine, in a fake fleet: the one of this file; default: NAME.fleet.ts beside the runbook",
      ).conflicts(["machine", "version"]),
    )
    .option("--port <number>", "port of 127.0.0.1 to listen on; default: a free one", wholeNumber(0), 0)
    .option("--json", "print the address, and then the job, as one JSON object a line; with --fleet, one event a line")
    .option(...UNTIL_STDIN_ENDS)
    .action(async (file: string, { fleet, ...options }: DebugOptions) => {
      const context = options.untilStdinEnds ? { ...surroundings, signal: untilStdinEnds(surroundings.signal) } : surroundings;
      if (fleet === undefined) return withClient(context, (client) => debug(client, file, options, context));
      await checked(resolve(context.cwd, file), file, context);
      await debugInFleet(resolve(context.cwd, file), { ...options, fleet }, context);
    });
}

async function debug(client: Client, file: string, options: DebugOptions, context: Context): Promise<void> {
  const { terminal, cwd } = context;
  const { params, param, version, dry, machine, port, json } = options;
  const path = resolve(cwd, file);
  const target = version === undefined ? await savedDraft(client, path, file, context) : { runbook: runbookNameOf(path), version };
  const sourceRoot = `${pathToFileURL(dirname(path)).href}/`;
  const begun = await client.request<DebugBegun>("POST", "/api/v1/debug", { body: { ...target, params: { ...params, ...param }, dry, machine, sourceRoot } });
  const { job } = begun;
  const print = entryPrinter(terminal);
  const watching = new AbortController();
  const followed = followJob(client, job.id, { onEntry: (entry) => (json ? undefined : print(entry)), signal: watching.signal, terminal: { note() {} } }).catch(
    () => null,
  );
  const ended = await goThrough(
    client,
    begun,
    {
      inspector: {
        ...{ port, title: `${job.runbook} (${job.id})`, file: pathToFileURL(path).href },
        onListening(url) {
          if (json) return terminal.print(JSON.stringify({ websocketAddress: url, job: job.id, session: begun.session }));
          terminal.print(`Debugger listening on ${url}`);
          terminal.note(
            terminal.colour("gray", `${job.id} waits for it: chrome://inspect in Chrome, or "Attach" with this websocketAddress in VS Code; Ctrl-C ends both`),
          );
        },
      },
    },
    context,
  ).finally(() => setTimeout(() => watching.abort(), 5_000).unref());
  const last = (await followed) ?? (await client.request<Job>("GET", `/api/v1/jobs/${job.id}`));
  if (json) terminal.print(JSON.stringify(shownJob(last)));
  if (ended === null) terminal.note(`The debugger has left: ${job.id} is ${last.status}.`);
  if (json && last.status !== "completed") process.exitCode = 1;
  else tellEnding(last, context);
}

async function savedDraft(client: Client, path: string, given: string, context: Context) {
  const { bundle, bundleHash, sourceMap, sources } = await checked(path, given, context);
  const runbook = runbookNameOf(path);
  await client.request("PUT", `/api/v1/runbooks/${encodeURIComponent(runbook)}/draft`, {
    body: { bundle, bundleHash, sourceMap: sourceMap ?? null, sources },
    signal: context.signal,
  });
  return { runbook, draft: true, bundleHash };
}

/** @throws CHECK_FAILED, NOT_FOUND */
async function checked(path: string, given: string, { terminal, signal }: Context) {
  await access(path).catch((cause: unknown) => {
    throw new RunwrightError("NOT_FOUND", `there is no file ${given}`, { cause });
  });
  const checker = openChecker();
  try {
    const { ok, diagnostics, ...content } = await checker.check({ entry: path, signal });
    for (const one of diagnostics) terminal.note(clean(formatDiagnostic(one)));
    if (!ok) throw new RunwrightError("CHECK_FAILED", `${given} doesn't pass its check; nothing was run`, { details: { diagnostics } });
    return content;
  } finally {
    await checker.stop();
  }
}
