import type { Command } from "commander";
import type { NewToken, Token } from "../protocol/http/access.ts";
import { type Context, withClient } from "./command.ts";
import { listed } from "./list.ts";
import { duration } from "./options.ts";
import { relativeTime } from "./terminal.ts";

interface CreateOptions {
  principal?: string;
  role?: string;
  scope?: string;
  expiresIn?: string;
  json?: boolean;
}

export function addToken(program: Command, context: Context): void {
  const { terminal } = context;
  const token = program.command("token").description("API tokens for people and programs");

  token
    .command("create <name>")
    .description("Make a token; it is shown this once. Without --role and --scope it may do all that its principal may")
    .option("--principal <name>", "user or service that it belongs to (default: you)")
    .option("--role <role>", "at most this: reader, operator, author, admin")
    .option("--scope <scope>", "only there and below")
    .option("--expires-in <duration>", "such as 30d; without it the token never expires", duration)
    .option("--json", "print JSON")
    .action((name: string, { json, ...options }: CreateOptions) =>
      withClient(context, async (client) => {
        const made = await client.request<NewToken>("POST", "/api/v1/tokens", { body: { name, ...options } });
        if (json) return terminal.printJson(made);
        terminal.print(made.token);
        terminal.note(
          `${made.id} of ${made.principal}: ${made.grants.map(({ role, scope }) => `${role} at ${scope}`).join(", ")}; keep it, it isn't shown again`,
        );
      }),
    );

  token
    .command("list")
    .description("List your own tokens and those that you may revoke")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Token>("/api/v1/tokens"), {
          json: json === true,
          empty: "No tokens.",
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "name", value: (row) => row.name, spare: 1 },
            { title: "principal", value: (row) => row.principal },
            { title: "may", value: (row) => row.grants.map(({ role, scope }) => `${role} at ${scope}`).join(", ") },
            { title: "state", value: (row) => stateOf(row, context.now()) },
            { title: "used", value: (row) => relativeTime(row.lastUsedAt, context.now()), spare: 2 },
          ],
        }),
      ),
    );

  token
    .command("revoke <id>")
    .description("End a token at once")
    .option("--json", "print JSON")
    .action((id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        await client.request("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`);
        if (json) terminal.printJson({ id, state: "revoked" });
        else terminal.print(`revoked ${id}`);
      }),
    );
}

function stateOf({ revokedAt, expiresAt }: Token, now: number): string {
  if (revokedAt) return `revoked ${relativeTime(revokedAt, now)}`;
  if (!expiresAt) return "never expires";
  return `${Date.parse(expiresAt) <= now ? "expired" : "expires"} ${relativeTime(expiresAt, now)}`;
}
