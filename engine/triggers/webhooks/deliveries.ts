import { RunwrightError } from "../../core/errors.ts";
import { createMasker } from "../../core/masking.ts";
import { maskSensitive, WEBHOOK_TOKENS } from "../../core/webhook.ts";
import type { DeliveryRecord } from "../../store/records/deliveries.ts";
import type { Store } from "../../store/store.ts";
import type { Secrets } from "../ports.ts";
import { documentOf } from "./document.ts";
import type { Webhook } from "./expiry.ts";
import type { Ledger } from "./ledger.ts";
import type { Incoming } from "./proof.ts";

/** A delivery as people see it. */
export interface ShownDelivery {
  delivery: DeliveryRecord;
  headers: unknown;
  query: unknown;
  /** As a runbook would see it; null: there was none, or it wasn't kept. */
  body: unknown;
  bodyKept: boolean;
}

/** What was received, for those who look at it afterwards. */
export function createDeliveries({ store, secrets, ledger }: { store: Pick<Store, "read">; secrets: Pick<Secrets, "openSecret">; ledger: Ledger }) {
  /** @throws NOT_FOUND */
  async function find(webhook: Webhook, id: string): Promise<DeliveryRecord> {
    const delivery = await store.read.deliveries.get(id);
    if (delivery?.resourceId !== webhook.id)
      throw new RunwrightError("NOT_FOUND", `there is no delivery ${id.slice(0, 64)} of ${webhook.name}; see \`runwright webhook deliveries ${webhook.name}\``);
    return delivery;
  }

  return {
    find,

    /** Masked: what is called a secret, and the webhook's own. Other secrets aren't looked for: whether one is masked would tell a sender that it was guessed. */
    async show(webhook: Webhook, id: string): Promise<ShownDelivery> {
      const delivery = await find(webhook, id);
      const content = ledger.open(delivery);
      const masker = createMasker();
      const own = webhook.spec.verify.secret;
      const value = own === undefined ? "" : await secrets.openSecret(own, webhook.scope).catch(() => ""); // gone: nothing to mask
      masker.add(value, "secret");
      const shown = (given: unknown) => withoutTokens(masker.maskJson(maskSensitive(given as never)));
      const body = content.body === null ? null : readable(webhook, content.headers, content.body);
      return { delivery, headers: shown(Object.fromEntries(content.headers)), query: shown(content.query), body: shown(body), bodyKept: content.body !== null };
    },

    /** What a kept delivery was, to be handled once more. @throws NOT_FOUND, CONFLICT */
    async again(webhook: Webhook, id: string, { address, correlationId }: Pick<Incoming, "address" | "correlationId">): Promise<Incoming> {
      const { headers, query, body } = ledger.open(await find(webhook, id));
      if (body === null)
        throw new RunwrightError(
          "CONFLICT",
          `the body of ${id} wasn't kept: it wasn't proven where it came from, or another delivery says the same; have it sent again`,
        );
      return { headers, query, body: Buffer.from(body, "base64"), address, correlationId };
    },
  };
}
export type Deliveries = ReturnType<typeof createDeliveries>;

function readable(webhook: Webhook, headers: [string, string][], base64: string): unknown {
  try {
    return documentOf(webhook, { headers, body: Buffer.from(base64, "base64"), query: {} }).body;
  } catch {
    return null; // it was refused for that
  }
}

function withoutTokens(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(WEBHOOK_TOKENS, "***"));
}
