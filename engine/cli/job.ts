import type { Command } from "commander";
import { formatDuration } from "../core/duration.ts";
import { isFinal } from "../core/job.ts";
import type { Job, StreamedEntry, Streams, Transition } from "../protocol/http/jobs.ts";
import { type Context, withClient } from "./command.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { addJobJournal } from "./job-journal.ts";
import { addJobMoves } from "./job-moves.ts";
import { addJobReplay } from "./job-replay.ts";
import { listed, showFields } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { tellEnding } from "./run.ts";
import { relativeTime, table } from "./terminal.ts";

const STATUS_STYLE = { completed: "green", failed: "red", stopped: "yellow", running: "cyan" } as const;
const styleOf = (status: string) => (Object.hasOwn(STATUS_STYLE, status) ? STATUS_STYLE[status as keyof typeof STATUS_STYLE] : undefined);

/** From start to end, waiting included; nothing before it has ended. */
const tookOf = ({ startedAt, endedAt }: Job): string => (startedAt && endedAt ? formatDuration(Date.parse(endedAt) - Date.parse(startedAt)) : "");

const skipped = (job: Job): boolean => job.status === "stopped" && job.error?.name === "Skipped";

function statusOf(job: Job): string {
  const more = job.failureCode ?? (skipped(job) ? "skipped" : job.heldBack ? "held back" : null);
  return more ? `${job.status} (${more})` : job.status;
}

/** In a list: why it isn't what was asked for, if its concurrency key is the reason. */
const whyOf = (job: Job): string => (job.error && (skipped(job) || job.error.name === "Rejected") ? job.error.message : "");

function concurrencyOf({ concurrencyKey, heldBack }: Job): string {
  if (concurrencyKey === null) return "";
  const key = concurrencyKey === "" ? "all jobs of the runbook count together" : `key ${JSON.stringify(concurrencyKey)}`;
  return heldBack ? `${key}; held back until fewer of them are under way` : key;
}

export function addJob(program: Command, context: Context): void {
  const { terminal } = context;
  const job = program.command("job").description("List, show and stop jobs");

  job
    .command("list")
    .description("List jobs, newest first")
    .option("--runbook <name>", "of this runbook")
    .option("--status <status>", "one or several, separated by commas")
    .option("--limit <number>", "how many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action(({ runbook, status, limit, json }: { runbook?: string; status?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Job>("/api/v1/jobs", { runbook, status, limit: Math.min(500, limit) }), {
          json: json === true,
          most: limit,
          empty: runbook || status ? "No job is like that." : "No job yet: start one with `runwright run NAME`.",
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "runbook", value: (row) => `${row.runbook}${row.version === null ? " (draft)" : `@${row.version}`}` },
            { title: "status", value: statusOf, style: (row) => styleOf(row.status) },
            { title: "by", value: (row) => row.actor.name, spare: 2 },
            { title: "trigger", value: (row) => row.trigger, spare: 1 },
            { title: "asked for", value: (row) => relativeTime(row.createdAt, context.now()), spare: 4 },
            { title: "took", value: (row) => tookOf(row), spare: 3 },
            { title: "why", value: whyOf, spare: 5 },
          ],
        }),
      ),
    );

  job
    .command("show <id>")
    .description("Show a job and every change of its status")
    .option("--json", "print JSON")
    .action(async (id: string, options: { json?: boolean }) =>
      withClient(context, async (client) => {
        const path = `/api/v1/jobs/${encodeURIComponent(id)}`;
        const shown = await client.request<Job>("GET", path);
        const { items } = await client.request<{ items: Transition[] }>("GET", `${path}/transitions`);
        if (options.json) return terminal.printJson({ ...shown, transitions: items });
        const facts: [string, string][] = [
          ["job", shown.id],
          ["runbook", `${shown.runbook}${shown.version === null ? " (draft)" : ` version ${shown.version}`}`],
          ["status", statusOf(shown)],
          ["asked for by", `${shown.actor.name} (${shown.trigger})`],
          ["priority", shown.priority === 0 ? "" : String(shown.priority)],
          ["concurrency", concurrencyOf(shown)],
          ["attempt", String(shown.attempt)],
          ...(shown.runtime ? [["runtime", shown.runtime] as [string, string]] : []),
          ["took", tookOf(shown)],
          ["parameters", JSON.stringify(shown.params)],
          ...(shown.error
            ? [["error", `${shown.error.name}: ${shown.error.message}${shown.error.stack ? `\n${shown.error.stack}` : ""}`] as [string, string]]
            : []),
          ...(shown.outputs ?? []).map((output) => ["output", JSON.stringify(output)] as [string, string]),
        ];
        showFields(terminal, facts);
        const columns = [
          { title: "at", value: (row: Transition) => row.at },
          { title: "status", value: (row: Transition) => row.to, style: (row: Transition) => styleOf(row.to) },
          { title: "by", value: (row: Transition) => row.by },
          { title: "reason", value: (row: Transition) => row.reason },
        ];
        terminal.print("");
        for (const line of table(terminal, items, columns)) terminal.print(line);
      }),
    );

  job
    .command("logs <id>")
    .description("Print what a job wrote")
    .option("--follow", "go on until it ends")
    .option("--after <seq>", "entries after this number", wholeNumber(0), 0)
    .option("--json", "one JSON object a line")
    .action(async (id: string, options: { follow?: boolean; after: number; json?: boolean }) =>
      withClient(context, async (client) => {
        const pretty = entryPrinter(terminal, { isLogResult: true, hasBar: options.follow === true });
        const print = (entry: StreamedEntry) => (options.json ? terminal.print(JSON.stringify(entry)) : pretty(entry));
        if (options.follow) return tellEnding(await followJob(client, id, { ...context, onEntry: print, after: options.after }), context);
        for (let { after } = options; !context.signal.aborted; ) {
          const page = await client.request<Streams>("GET", `/api/v1/jobs/${encodeURIComponent(id)}/streams`, { query: { after, limit: 1_000 } });
          for (const entry of page.items) print(entry);
          if (page.items.length === 0) return;
          after = page.last;
        }
      }),
    );

  addJobMoves(job, context);
  addJobJournal(job, context);
  addJobReplay(job, context);

  job
    .command("stop <id>")
    .description("End a job at once")
    .option("--json", "print JSON")
    .action(async (id: string, options: { json?: boolean }) =>
      withClient(context, async (client) => {
        const stopped = await client.request<Job>("POST", `/api/v1/jobs/${encodeURIComponent(id)}/stop`);
        if (options.json) return terminal.printJson(stopped);
        terminal.print(isFinal(stopped.status) ? `${stopped.id} is ${stopped.status}` : `${stopped.id} is being stopped`);
      }),
    );
}
