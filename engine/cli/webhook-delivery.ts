import { type Command, Option } from "commander";
import { DELIVERY_STATUSES } from "../core/webhook.ts";
import type { Delivery, DeliveryDetail, HookAnswer } from "../protocol/http/webhooks.ts";
import { type Context, withClient } from "./command.ts";
import { listed, showFields } from "./list.ts";
import { wholeNumber } from "./options.ts";
import { relativeTime } from "./terminal.ts";

const pathOf = (name: string, id = "") => `/api/v1/webhooks/${encodeURIComponent(name)}/deliveries${id && `/${encodeURIComponent(id)}`}`;

/** What webhooks received. */
export function addDeliveries(webhook: Command, context: Context): void {
  const { terminal } = context;

  webhook
    .command("deliveries <name>")
    .description("List what a webhook received, newest first")
    .addOption(new Option("--status <status>", "only those").choices([...DELIVERY_STATUSES]))
    .option("--limit <count>", "at most so many", wholeNumber(1), 50)
    .option("--json", "print JSON")
    .action((name: string, { status, limit, json }: { status?: string; limit: number; json?: boolean }) =>
      withClient(context, (client) =>
        listed(context, client.pages<Delivery>(pathOf(name), { status, limit: Math.min(limit, 500) }), {
          json: json === true,
          most: limit,
          empty: "Nothing was received yet: try it with `runwright webhook test NAME --file body.json`.",
          columns: [
            { title: "id", value: (row) => row.id },
            { title: "received", value: (row) => relativeTime(row.receivedAt, context.now()) },
            { title: "status", value: (row) => row.status },
            { title: "from", value: (row) => row.address, spare: 1 },
            { title: "what became of it", value: (row) => row.jobIds.join(", ") || row.reason },
          ],
        }),
      ),
    );

  webhook
    .command("delivery <name> <id>")
    .description("Show what was received: without credentials, and with what is called a secret masked")
    .option("--json", "print JSON")
    .action((name: string, id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const found = await client.request<DeliveryDetail>("GET", pathOf(name, id));
        if (json) return terminal.printJson(found);
        showFields(terminal, [
          ["id", found.id],
          ["received", `${found.receivedAt} from ${found.address}`],
          ["status", found.status],
          ["reason", found.reason],
          ["jobs", found.jobIds.join(", ")],
          ["replay of", found.replayOf ?? ""],
          ["headers", JSON.stringify(found.headers, null, 2)],
          ["query", found.query === undefined ? "" : JSON.stringify(found.query)],
          ["body", found.bodyKept ? (found.body === undefined ? "for whoever may change the webhook" : JSON.stringify(found.body, null, 2)) : "not kept"],
        ]);
      }),
    );

  webhook
    .command("replay <name> <id>")
    .description("Handle a kept delivery once more, with new jobs")
    .option("--json", "print JSON")
    .action((name: string, id: string, { json }: { json?: boolean }) =>
      withClient(context, async (client) => {
        const answer = await client.request<HookAnswer>("POST", `${pathOf(name, id)}/replay`);
        if (json) return terminal.printJson(answer);
        if (answer.skipped !== undefined) terminal.print(`starts nothing: ${answer.skipped}`);
        for (const jobId of answer.jobIds) terminal.print(`started ${jobId}`);
      }),
    );
}
