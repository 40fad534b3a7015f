import type { Command } from "commander";
import { type Context, withClient } from "./command.ts";

export function addOpenapi(program: Command, context: Context): void {
  program
    .command("openapi")
    .description("Print the description of the HTTP API (OpenAPI 3.1)")
    .action(() => withClient(context, async (client) => context.terminal.printJson(await client.request("GET", "/api/openapi.json"))));
}
