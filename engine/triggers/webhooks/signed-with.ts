import type { ResourceRecord } from "../../core/resource.ts";
import { type Scope, upwards } from "../../core/scope.ts";
import type { WebhookSpec } from "../../protocol/resources/webhook.ts";
import type { Reads } from "../../store/store.ts";

/** Webhooks that are read at once. */
const PAGE = 500;

/**
 * Webhooks whose requests are verified with this very secret, by name: not those that find a nearer one of its name.
 * Without it one further up would take its place, whose value their senders don't know.
 */
export async function signedWith(reads: Reads, { scope, name }: { scope: Scope; name: string }): Promise<ResourceRecord<WebhookSpec, "Webhook">[]> {
  const found: ResourceRecord<WebhookSpec, "Webhook">[] = [];
  for (let after: string | undefined; ; ) {
    const page = (await reads.resources.list({
      kind: "Webhook",
      scopes: [scope],
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    })) as ResourceRecord<WebhookSpec, "Webhook">[];
    found.push(...page.filter(({ spec }) => spec.verify.secret === name));
    after = page.at(-1)?.name;
    if (page.length < PAGE) break;
  }
  if (found.length === 0) return [];
  const scopes = [...new Set(found.flatMap((one) => upwards(one.scope)))];
  const holders = new Set((await reads.assets.named({ kind: "secret", names: [name], scopes })).map((one) => one.scope));
  return found.filter((one) => upwards(one.scope).find((place) => holders.has(place)) === scope);
}
