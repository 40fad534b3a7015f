import { randomBytes } from "node:crypto";
import type { Json } from "../../core/json.ts";
import { type SignOptions, sign } from "../../protocol/webhook-signature.ts";
import type { Store } from "../../store/store.ts";
import type { Fresh } from "../fresh.ts";
import type { JobDoor, PreparedJob, Sealer, Secrets } from "../ports.ts";
import { createDeliveries } from "./deliveries.ts";
import type { Webhook } from "./expiry.ts";
import { createLedger } from "./ledger.ts";
import type { Incoming } from "./proof.ts";
import { type Accepted, type Also, createReceiving, type ReceivingParts } from "./receive.ts";
import { createWebhookTokens } from "./tokens.ts";
import { webhookKind } from "./webhook-kind.ts";

export interface WebhooksParts<Prepared extends PreparedJob> extends Omit<ReceivingParts<Prepared>, "ledger" | "secrets"> {
  store: Store;
  jobs: JobDoor<Prepared>;
  secrets: Secrets;
  fresh: Fresh;
  sealer: Sealer;
}

/** Webhooks: their kind, their tokens, what they receive, and the record of it. */
export function createWebhooks<Prepared extends PreparedJob>(parts: WebhooksParts<Prepared>) {
  const { clock, secrets } = parts;
  const ledger = createLedger(parts);
  const tokens = createWebhookTokens(parts);
  const receiving = createReceiving({ ...parts, ledger });
  const deliveries = createDeliveries({ ...parts, ledger });

  /** A request as a sender who knows the secret would make it. */
  async function signed({ scope, spec: { verify } }: Webhook, { headers, ...request }: Incoming): Promise<Incoming> {
    const { scheme, secret, hmac } = verify;
    if (scheme === "none" || secret === undefined) return { headers, ...request };
    const value = await secrets.openSecret(secret, scope);
    const id = `test_${randomBytes(16).toString("hex")}`;
    const proof = sign({ scheme, hmac, secret: value, body: request.body, now: clock.now(), id } as SignOptions);
    return { headers: [...headers, ...Object.entries(proof)], ...request };
  }

  return {
    kind: webhookKind(parts),
    rotate: tokens.rotate,
    purge: ledger.purge,

    /**
     * A request to `/hooks/TOKEN`. After it has resolved, all is committed.
     * @param mayWait called with the webhook before anything starts
     */
    async receive(token: string, incoming: Incoming, mayWait: (webhook: Webhook) => void): Promise<Accepted & { webhookId: string }> {
      const webhook = await tokens.open(token, incoming.address);
      mayWait(webhook);
      return { ...(await receiving.receive(webhook, incoming)), webhookId: webhook.id };
    },

    /** Signs a request and handles it as one that came from outside. */
    test: async (webhook: Webhook, incoming: Incoming, also: Also): Promise<Accepted> => receiving.receive(webhook, await signed(webhook, incoming), also),
    /** The same, without starting or writing anything. */
    testDry: async (webhook: Webhook, incoming: Incoming): Promise<{ skipped?: string; runs: { runbook: string; parameters: Json }[] }> => {
      const found = await receiving.dry(webhook, await signed(webhook, incoming));
      return found as typeof found & { runs: { runbook: string; parameters: Json }[] };
    },

    show: deliveries.show,
    /** @throws NOT_FOUND, CONFLICT, and as a request */
    async replay(webhook: Webhook, id: string, from: Pick<Incoming, "address" | "correlationId">, also: Also): Promise<Accepted> {
      return receiving.replay(webhook, await deliveries.again(webhook, id, from), id, also);
    },
  };
}
export type Webhooks = ReturnType<typeof createWebhooks>;
