import type { Command } from "commander";
import type { Job } from "../protocol/http/jobs.ts";
import { type Context, withClient } from "./command.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { wholeNumber } from "./options.ts";
import { tellEnding } from "./run.ts";

interface ResumeOptions {
  version?: number;
  from?: number;
  follow?: boolean;
  json?: boolean;
}

/** `job resume`, `job suspend`, `job continue`. */
export function addJobMoves(job: Command, context: Context): void {
  const { terminal } = context;
  job
    .command("resume <id>")
    .description("Go on from the failed call of a job, with a new job that keeps what was recorded before")
    .option("--version <number>", "use this published version, whose calls must match what is kept", wholeNumber(1))
    .option("--from <call>", "go on from this call instead of the failed one; `job journal` numbers them", wholeNumber(1))
    .option("--follow", "show what it writes until it ends")
    .option("--json", "print the new job as JSON")
    .action((id: string, { version, from, follow, json }: ResumeOptions) =>
      withClient(context, async (client) => {
        const body = { version, from };
        const resumed = await client.request<Job>("POST", `/api/v1/jobs/${encodeURIComponent(id)}/resume`, { body });
        if (json) terminal.printJson(resumed);
        else terminal.print(`${resumed.id} goes on where ${id} was`);
        if (!follow) return;
        const print = entryPrinter(terminal);
        tellEnding(await followJob(client, resumed.id, { onEntry: print, signal: context.signal, terminal }), context);
      }),
    );
  for (const [verb, description, said] of [
    ["suspend", "Hold a job until it is continued; it keeps its journal", "is suspended"],
    ["continue", "Let a suspended job go on where it was", "goes on"],
  ] as const) {
    job
      .command(`${verb} <id>`)
      .description(description)
      .option("--json", "print JSON")
      .action((id: string, { json }: { json?: boolean }) =>
        withClient(context, async (client) => {
          const moved = await client.request<Job>("POST", `/api/v1/jobs/${encodeURIComponent(id)}/${verb}`);
          if (json) terminal.printJson(moved);
          else terminal.print(`${moved.id} ${said}`);
        }),
      );
  }
}
