import type { Command } from "commander";
import type { Activity, Verified } from "../protocol/http/access.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { wholeNumber } from "./options.ts";

export function addActivity(program: Command, context: Context): void {
  const { terminal } = context;
  const activity = program.command("activity").description("Who did what to what, when, from where, with what result");

  activity
    .command("list")
    .description("List entries, newest first")
    .option("--actor <name>", "by one principal")
    .option("--operation <name>", "such as runbook.publish")
    .option("--target <target>", "such as runbook:patch-web")
    .option("--limit <number>", "at most so many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action(({ limit, json, ...query }: { actor?: string; operation?: string; target?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Activity>("/api/v1/activity", { ...query, limit: Math.min(500, limit) }), {
          json: json === true,
          most: limit,
          empty: "No entries.",
          columns: [
            { title: "no.", value: (row) => row.seq },
            { title: "at", value: (row) => row.at },
            { title: "who", value: (row) => row.actor.name || "(nobody)" },
            { title: "from", value: (row) => row.address, spare: 2 },
            { title: "operation", value: (row) => row.operation },
            { title: "target", value: (row) => row.target },
            { title: "result", value: (row) => row.result, style: (row) => (row.result === "ok" ? undefined : "red") },
          ],
        }),
      ),
    );

  activity
    .command("verify")
    .description("Check that no entry was changed, removed or put in")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Verified>("GET", "/api/v1/activity/verify");
        if (found.firstBroken !== null) process.exitCode = 1;
        if (json) return terminal.printJson(found);
        if (found.firstBroken === null) {
          const age = found.removed > 0 ? `; ${found.removed} before them were removed for their age` : "";
          terminal.print(`all ${found.entries} entries are as they were written${age}`);
        } else
          terminal.print(
            terminal.colour("red", `entry ${found.firstBroken} isn't as it was written, or one is missing before it; the ${found.entries} before are sound`),
          );
      }),
    );
}
