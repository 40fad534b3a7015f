import type { Command } from "commander";
import type { Approval } from "../protocol/http/approvals.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields, showTable } from "./list.ts";
import { jsonValues, wholeNumber } from "./options.ts";
import { parametersOf } from "./parameters.ts";
import { relativeTime } from "./terminal.ts";

const pathOf = (id: string) => `/api/v1/approvals/${encodeURIComponent(id)}`;

export function addApproval(program: Command, context: Context): void {
  const { terminal } = context;
  const approval = program.command("approval").description("What jobs ask people for: list, show, approve, reject");

  approval
    .command("list")
    .description("List what can be decided now, newest first")
    .option("--all", "also what is decided or over")
    .option("--job <id>", "of this job")
    .option("--limit <number>", "how many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action(({ all, job, limit, json }: { all?: boolean; job?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Approval>("/api/v1/approvals", { job, open: all ? undefined : true, limit: Math.min(500, limit) }), {
          json: json === true,
          most: limit,
          empty: all ? "No job has asked for an approval yet." : "Nothing waits for an approval.",
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "runbook", value: (row) => row.runbook, spare: 2 },
            { title: "status", value: (row) => row.status },
            { title: "asked by", value: (row) => row.requester, spare: 3 },
            { title: "until", value: (row) => row.expiresAt.slice(0, 16).replace("T", " "), spare: 1 },
            { title: "message", value: (row) => row.message },
          ],
        }),
      ),
    );

  approval
    .command("show <id>")
    .description("Show what is asked, who may decide, and who has")
    .option("--json", "print JSON")
    .action((id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<Approval>("GET", pathOf(id));
        if (json) terminal.printJson(found);
        else show(found, context);
      }),
    );

  for (const [verb, description, said] of [
    ["approve", "Approve what a job is about to do", "approved"],
    ["reject", "Refuse it: the call fails in the runbook", "refused"],
  ] as const) {
    const command = approval.command(`${verb} <id>`).description(description).option("--reason <text>", "for the record and for the job");
    if (verb === "approve")
      command.option("-a, --answer <name=value...>", "what its form asks for; the value is JSON if it can be read as JSON, else a text", jsonValues);
    command
      .option("--json", "print JSON")
      .action((id: string, { reason, answer, json }: { reason?: string; answer?: Record<string, unknown>; json?: boolean }) =>
        withClient(context, async (client) => {
          const body = { ...(reason === undefined ? {} : { reason }), ...(answer === undefined ? {} : { answers: answer }) };
          const decided = await client.request<Approval>("POST", `${pathOf(id)}/${verb}`, { body });
          if (json) return terminal.printJson(decided);
          const missing = decided.minimum - (decided.decisions?.length ?? 0);
          terminal.print(decided.status === "pending" ? `${said} ${id}; ${missing} more must approve` : `${said} ${id}; ${decided.job} goes on`);
        }),
      );
  }
}

function show(found: Approval, context: Context): void {
  const { terminal } = context;
  showFields(terminal, [
    ["id", found.id],
    ["message", found.message],
    ["status", found.status],
    ["job", `${found.job} (${found.runbook} in ${found.scope}, asked for by ${found.requester})`],
    ["who", `${found.minimum} of ${found.who.join(", ")}${found.notRequester ? `, not ${found.requester}` : ""}`],
    ["until", `${found.expiresAt}, then ${found.onTimeout === "approve" ? "it counts as approved" : "it fails"}`],
  ]);
  showTable(terminal, parametersOf(found.form), [
    { title: "answer", value: (row) => row.name },
    { title: "takes", value: (row) => row.takes },
    { title: "otherwise", value: (row) => row.otherwise },
    { title: "description", value: (row) => row.description },
  ]);
  showTable(terminal, found.decisions ?? [], [
    { title: "by", value: (row) => row.by },
    { title: "decision", value: (row) => row.decision },
    { title: "when", value: (row) => relativeTime(row.at, context.now()) },
    { title: "reason", value: (row) => row.reason },
  ]);
}
