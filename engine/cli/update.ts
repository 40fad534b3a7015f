import type { Command } from "commander";
import type { Update } from "../protocol/http/machines.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { relativeTime } from "./terminal.ts";
import { addUpdatePolicy } from "./update-policy.ts";
import { addUpdateWhatIf } from "./update-what-if.ts";
import { addUpdateWhy } from "./update-why.ts";

export function addUpdate(program: Command, context: Context): void {
  const update = program.command("update").description("Missing updates, and the policies that say what is done about them");
  addUpdateWhy(update, context);
  addUpdateWhatIf(update, context);
  addUpdatePolicy(update, context);
  update
    .command("list")
    .description("List missing updates by machine")
    .option("--machine <name>", "of one machine")
    .option("--classification <name>", "critical, security, updates …")
    .option("--limit <number>", "at most so many", wholeNumber(1), 1_000)
    .option("--json", "print JSON")
    .action(({ machine, classification, limit, json }: { machine?: string; classification?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Update>("/api/v1/updates", { machine, classification, limit: 500 }), {
          json: json === true,
          most: limit,
          empty: "No missing updates are known; `runwright machine list` says when each machine was assessed.",
          columns: [
            { title: "machine", value: (row) => row.machine },
            { title: "update", value: (row) => row.name },
            { title: "installed", value: (row) => row.installedVersion ?? "" },
            { title: "candidate", value: (row) => row.candidateVersion },
            {
              title: "classification",
              value: (row) => row.classification + (row.held ? " (held)" : ""),
              style: (row) => (row.classification === "security" || row.classification === "critical" ? "yellow" : undefined),
            },
            { title: "origin", value: (row) => row.origin, spare: 2 },
            { title: "first seen", value: (row) => relativeTime(row.firstSeenAt, context.now()), spare: 1 },
          ],
        }),
      ),
    );
}
