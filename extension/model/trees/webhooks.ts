import type { Resource } from "../../../engine/protocol/http/resources.ts";
import { deliveriesOf, WEBHOOKS } from "../client/lists.ts";
import { createPagedBranch } from "../paged-branch.ts";
import { deliveryRow, webhookRow } from "../rows/webhook-row.ts";
import { createTree, type Tree } from "../tree.ts";
import type { TreeSurroundings } from "./parts.ts";

/** Webhooks by name; below each what it received, newest first. */
export function webhooksTree({ client, timers }: TreeSurroundings): Tree {
  return createTree({
    root: () =>
      createPagedBranch<Resource>({
        client,
        door: WEBHOOKS,
        keyOf: ({ name }) => name,
        rowOf: (webhook) => webhookRow(webhook, timers.now()),
        order: "byName",
      }),
    branchOf: (row) =>
      row.is.includes("webhook")
        ? createPagedBranch({
            client,
            door: deliveriesOf(row.label),
            keyOf: ({ id }) => id,
            rowOf: (delivery) => deliveryRow(delivery, timers.now()),
            order: "newestFirst",
            pageSize: 20,
          })
        : undefined,
  });
}
