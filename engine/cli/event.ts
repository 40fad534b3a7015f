import type { Command } from "commander";
import type { Published } from "../protocol/http/approvals.ts";
import { type Context, withClient } from "./command.ts";
import { jsonOrText, jsonValues } from "./options.ts";

export function addEvent(program: Command, context: Context): void {
  const event = program.command("event").description("Events that jobs wait for");

  event
    .command("publish <name>")
    .description("Publish an event: jobs in its scope and below that wait for it go on")
    .option("-p, --payload <name=value...>", "a member of the payload; the value is JSON if it can be read as JSON, else a text", jsonValues)
    .option("--json-payload <json>", "the whole payload, any JSON value", jsonOrText)
    .option("--scope <scope>", "where it happens")
    .option("--json", "print JSON")
    .action(
      (name: string, { payload, jsonPayload, scope, json }: { payload?: Record<string, unknown>; jsonPayload?: unknown; scope?: string; json?: boolean }) =>
        withClient(context, async (client) => {
          const body = { payload: jsonPayload ?? payload ?? null, ...(scope === undefined ? {} : { scope }) };
          const published = await client.request<Published>("POST", `/api/v1/events/${encodeURIComponent(name)}`, { body });
          if (json) context.terminal.printJson(published);
          else {
            const { roused } = published;
            const jobs = roused === 1 ? "1 waiting job goes on" : `${roused} waiting jobs go on`;
            context.terminal.print(`published ${name} in ${published.scope}, number ${published.seq}: ${jobs}`);
          }
        }),
    );
}
