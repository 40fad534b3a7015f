import type { Command } from "commander";
import type { Solution } from "../protocol/http/solutions.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields, showTable } from "./list.ts";
import { addSolutionChanges } from "./solution-changes.ts";
import { relativeTime } from "./terminal.ts";

const STYLES = { asInstalled: undefined, changed: "yellow", gone: "gray" } as const;

export function addSolution(program: Command, context: Context): void {
  const { terminal } = context;
  const solution = program.command("solution").description("Solutions: runbooks, schedules, policies and windows that come and go together");
  solution
    .command("list")
    .description("List what is installed")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Solution>("/api/v1/solutions"), {
          json: json === true,
          empty: "No solution is installed: `runwright solution install runbooks/update-management` installs one.",
          columns: [
            { title: "name", value: (row) => row.name },
            { title: "version", value: (row) => row.version },
            { title: "scope", value: (row) => row.scope },
            { title: "members", value: (row) => row.members.length },
            { title: "changed", value: (row) => row.members.filter(({ state }) => state !== "asInstalled").length },
            { title: "installed", value: (row) => relativeTime(row.installedAt, context.now()), spare: 1 },
            { title: "by", value: (row) => row.installedBy, spare: 2 },
          ],
        }),
      ),
    );

  solution
    .command("show <name>")
    .description("Show what it has brought, and which of that was changed since")
    .option("--json", "print JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Solution>("GET", `/api/v1/solutions/${encodeURIComponent(name)}`);
        if (json) return terminal.printJson(found);
        showFields(terminal, [
          ["solution", `${found.name} ${found.version} (${found.scope})`],
          ["summary", found.summary],
          ["installed", `by ${found.installedBy}, ${found.installedAt}`],
        ]);
        showTable(terminal, found.members, [
          { title: "kind", value: (row) => row.kind },
          { title: "name", value: (row) => row.name },
          { title: "scope", value: (row) => row.scope },
          { title: "state", value: (row) => (row.state === "asInstalled" ? "as installed" : row.state), style: (row) => STYLES[row.state] },
        ]);
      }),
    );
  addSolutionChanges(solution, context);
}
