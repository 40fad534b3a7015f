import type { Command } from "commander";
import type { JournalEntry } from "../protocol/http/jobs.ts";
import { type Context, withClient } from "./command.ts";
import { table } from "./terminal.ts";

/** `job journal`: the host calls of a job, numbered as `job resume --from` takes them. */
export function addJobJournal(job: Command, context: Context): void {
  const { terminal } = context;
  job
    .command("journal <id>")
    .description("List the host calls of a job in the order in which they were made")
    .option("--json", "print JSON")
    .action((id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const calls: JournalEntry[] = [];
        for await (const call of client.pages<JournalEntry>(`/api/v1/jobs/${encodeURIComponent(id)}/journal`)) calls.push(call);
        if (json) return terminal.printJson(calls);
        if (calls.length === 0) return terminal.note("It made no host call.");
        const columns = [
          { title: "call", value: (row: JournalEntry) => row.call },
          { title: "function", value: (row: JournalEntry) => row.op },
          { title: "effect", value: (row: JournalEntry) => row.effect },
          { title: "settled", value: (row: JournalEntry) => (row.settleOrder === null ? "no" : String(row.settleOrder)) },
          { title: "took", value: (row: JournalEntry) => (row.settledAt === null ? "" : `${Date.parse(row.settledAt) - Date.parse(row.issuedAt)} ms`) },
          { title: "arguments", value: (row: JournalEntry) => JSON.stringify(row.args) },
        ];
        for (const line of table(terminal, calls, columns)) terminal.print(line);
      }),
    );
}
