import type { Command } from "commander";
import { isFinal } from "../core/job.ts";
import type { Job, StreamedEntry, Streams, Transition } from "../protocol/http/jobs.ts";
import { type Context, withClient } from "./command.ts";
import { entryPrinter, followJob } from "./follow.ts";
import { tellEnding } from "./run.ts";
import { clean, relativeTime, table } from "./terminal.ts";

const STATUS_STYLE = { completed: "green", failed: "red", stopped: "yellow", running: "cyan" } as const;
const styleOf = (status: string) => (Object.hasOwn(STATUS_STYLE, status) ? STATUS_STYLE[status as keyof typeof STATUS_STYLE] : undefined);

export function addJob(program: Command, context: Context): void {
  const { terminal } = context;
  const job = program.command("job").description("List, show and stop jobs");

  job
    .command("list")
    .description("List jobs, newest first")
    .option("--runbook <name>", "of this runbook")
    .option("--status <status>", "one or several, separated by commas")
    .option("--limit <number>", "how many", "50")
    .option("--json", "print JSON")
    .action(async (options: { runbook?: string; status?: string; limit: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const { runbook, status } = options;
        const jobs: Job[] = [];
        for await (const one of client.pages<Job>("/api/v1/jobs", { runbook, status, limit: Math.min(500, Number(options.limit)) })) {
          if (jobs.push(one) >= Number(options.limit)) break;
        }
        if (options.json) return terminal.printJson(jobs);
        if (jobs.length === 0) return terminal.note("No job yet: start one with `runwright run NAME`.");
        const columns = [
          { title: "id", value: (row: Job) => row.id },
          { title: "runbook", value: (row: Job) => `${row.runbook}${row.version === null ? " (draft)" : `@${row.version}`}` },
          {
            title: "status",
            value: (row: Job) => (row.failureCode ? `${row.status} (${row.failureCode})` : row.status),
            style: (row: Job) => styleOf(row.status),
          },
          { title: "by", value: (row: Job) => row.actor.name },
          { title: "trigger", value: (row: Job) => row.trigger },
          { title: "asked for", value: (row: Job) => relativeTime(row.createdAt, context.now()) },
          { title: "took", value: (row: Job) => (row.startedAt && row.endedAt ? `${Date.parse(row.endedAt) - Date.parse(row.startedAt)} ms` : "") },
        ];
        for (const line of table(terminal, jobs, columns)) terminal.print(line);
      }),
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
          ["status", shown.status],
          ["asked for by", `${shown.actor.name} (${shown.trigger})`],
          ["attempt", String(shown.attempt)],
          ["parameters", JSON.stringify(shown.params)],
          ...(shown.error
            ? [["error", `${shown.error.name}: ${shown.error.message}${shown.error.stack ? `\n${shown.error.stack}` : ""}`] as [string, string]]
            : []),
          ...(shown.outputs ?? []).map((output) => ["output", JSON.stringify(output)] as [string, string]),
        ];
        for (const [name, value] of facts) terminal.print(`${name.padEnd(14)}${clean(value)}`);
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
    .option("--after <seq>", "entries after this number", "0")
    .option("--json", "one JSON object a line")
    .action(async (id: string, options: { follow?: boolean; after: string; json?: boolean }) =>
      withClient(context, async (client) => {
        const pretty = entryPrinter(terminal);
        const print = (entry: StreamedEntry) => (options.json ? terminal.print(JSON.stringify(entry)) : pretty(entry));
        if (options.follow) return tellEnding(await followJob(client, id, { onEntry: print, signal: context.signal, after: Number(options.after) }), context);
        for (let after = Number(options.after); ; ) {
          const page = await client.request<Streams>("GET", `/api/v1/jobs/${encodeURIComponent(id)}/streams`, { query: { after, limit: 1_000 } });
          for (const entry of page.items) print(entry);
          if (page.items.length === 0) return;
          after = page.last;
        }
      }),
    );

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
