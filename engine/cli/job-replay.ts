import type { Command } from "commander";
import type { WithheldWrite } from "../core/debug.ts";
import { RunwrightError } from "../core/errors.ts";
import type { DebugBegun } from "../protocol/http/debug.ts";
import type { Job } from "../protocol/http/jobs.ts";
import type { Client } from "./client.ts";
import { type Context, withClient } from "./command.ts";
import { goThrough } from "./debug-session.ts";
import { wholeNumber } from "./options.ts";
import { question } from "./prompt.ts";
import { shortValue, stepLines } from "./step-lines.ts";
import { clean } from "./terminal.ts";

interface ReplayOptions {
  inspect?: boolean;
  from?: number;
  allow?: string[];
  ask?: boolean;
  port: number;
  json?: boolean;
}

/** `job replay`: what a job did, once more, from its journal. */
export function addJobReplay(job: Command, context: Context): void {
  job
    .command("replay <id>")
    .description("Repeat an ended job from its journal, in the version that ran, and go on from its end without doing any write; the job itself isn't touched")
    .option("--inspect", "wait for a debugger, and halt where the failed call is made")
    .option("--from <call>", "make this call and those after it anew", wholeNumber(1))
    .option("--allow <function>", "do writes of this function, such as machines.exec; may be repeated", (name: string, before: string[] = []) => [
      ...before,
      name,
    ])
    .option("--ask", "ask before each other write")
    .option("--port <number>", "with --inspect: port of 127.0.0.1 to listen on; default: a free one", wholeNumber(0), 0)
    .option("--json", "print steps and ending as one JSON object a line")
    .action((id: string, options: ReplayOptions) => withClient(context, (client) => replay(client, id, options, context)));
}

async function replay(client: Client, id: string, { inspect = false, from, allow, ask, port, json }: ReplayOptions, context: Context): Promise<void> {
  const { terminal } = context;
  if (ask && !process.stdin.isTTY) throw new RunwrightError("BAD_REQUEST", "--ask needs a terminal; name the writes with --allow");
  const path = `/api/v1/jobs/${encodeURIComponent(id)}`;
  const before = await client.request<Job>("GET", path);
  const begun = await client.request<DebugBegun>("POST", `${path}/replay`, { body: { from, allow, ask, inspect } });
  const title = `replay of ${before.runbook} (${before.id})`;
  if (!json)
    terminal.note(
      terminal.colour(
        "gray",
        `${begun.job.id} replays ${before.id}, ${before.runbook} ${before.version === null ? "(draft)" : `version ${before.version}`}; ${allowed(allow, ask)}`,
      ),
    );
  const ended = await goThrough(
    client,
    begun,
    {
      onStep: (step) => (json ? terminal.print(JSON.stringify(step)) : terminal.print(stepLines(step, terminal).join("\n"))),
      onQuestion: (write) => asked(write, context),
      ...(inspect
        ? {
            inspector: {
              ...{ port, title, file: `file:///runwright/${before.runbook}.ts` },
              onListening: (url) =>
                terminal.print(json ? JSON.stringify({ websocketAddress: url, job: begun.job.id, session: begun.session }) : `Debugger listening on ${url}`),
            },
          }
        : {}),
    },
    context,
  );
  if (ended === null) return terminal.note("The debugger has left; the replay has ended.");
  const { status, failureCode, error } = ended;
  if (json) terminal.print(JSON.stringify({ job: begun.job.id, replayOf: before.id, status, failureCode, error }));
  const isSame = status === before.status && failureCode === before.failureCode;
  if (!isSame && status !== "completed") process.exitCode = 1;
  if (json) return;
  const how = `${status}${failureCode ? ` (${failureCode})` : ""}${error ? `: ${clean(`${error.name}: ${error.message}`)}` : ""}`;
  terminal.print(`${isSame ? "ended as the job did" : `the job ended ${before.status}, the replay`} ${how}`);
  if (error?.stack) terminal.print(clean(error.stack));
}

const allowed = (allow: string[] | undefined, ask: boolean | undefined): string =>
  allow ? `writes are withheld but ${allow.join(", ")}` : ask ? "each write is asked about" : "no write is done";

async function asked({ op, args, site }: WithheldWrite, context: Context): Promise<boolean> {
  // The child is a job like any other: what it writes isn't withheld.
  const more = op === "jobs.start" ? " The job that it starts isn't a replay: it does its writes without a question." : "";
  const answer = await question(context, `${op}(${shortValue(args)})${site ? ` at ${site}` : ""}\nDo it for real?${more} [y/N] `);
  return /^y(es)?$/i.test(answer);
}
