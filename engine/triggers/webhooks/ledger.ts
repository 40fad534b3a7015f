import type { Clock } from "../../core/clock.ts";
import type { NewId } from "../../core/id.ts";
import { createBuckets } from "../../core/token-bucket.ts";
import { headersForRunbook } from "../../core/webhook.ts";
import type { DeliveryRecord } from "../../store/records/deliveries.ts";
import type { Store, Writes } from "../../store/store.ts";
import type { Sealer } from "../ports.ts";
import type { Webhook } from "./expiry.ts";
import type { Identity, Incoming } from "./proof.ts";

/** What started nothing is kept one by one up to this many an hour, of each webhook and each engine: a flood mustn't fill the disk. */
const KEPT = { proven: { perSecond: 1_000 / 3_600, burst: 1_000 }, unproven: { perSecond: 100 / 3_600, burst: 100 } };
const TRIM_TO = 1_000;
const KEPT_MS = 30 * 86_400_000;
const PURGED_AT_ONCE = 500;

/** What is sealed of a delivery. */
export interface DeliveryContent {
  headers: [string, string][];
  query: Readonly<Record<string, unknown>>;
  /** Base64; null: not kept, as it wasn't proven where it comes from. */
  body: string | null;
}

type Became = Pick<DeliveryRecord, "status" | "reason"> & { jobIds?: readonly string[]; identity?: Identity; replayOf?: string | null };

/** The record of deliveries. */
export function createLedger({ store, clock, newId, sealer }: { store: Store; clock: Clock; newId: NewId; sealer: Sealer }) {
  const buckets = createBuckets({ clock });
  const unkept = new Map<string, number>();
  const contextOf = (id: string) => `webhook delivery ${id}`;

  function recordOf(
    { id: resourceId, spec }: Webhook,
    { headers, query, body, address }: Incoming,
    { identity, jobIds = [], replayOf = null, ...became }: Became,
    { id = newId("dlv"), withBody = true }: { id?: string; withBody?: boolean } = {},
  ): DeliveryRecord {
    const { wrapped, key } = sealer.newKey();
    const content: DeliveryContent = {
      headers: Object.entries(headersForRunbook(headers, spec.verify.hmac?.header)),
      query,
      body: withBody ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64") : null,
    };
    return {
      id,
      resourceId,
      receivedAt: clock.now(),
      address,
      ...became,
      nonce: identity?.nonce ?? null,
      sameAs: identity?.sameAs ?? null,
      givenKey: identity?.givenKey ?? null,
      jobIds,
      replayOf,
      wrappedKey: wrapped,
      content: key.seal(JSON.stringify(content), contextOf(id)),
    };
  }

  function countUnkept(webhookId: string): void {
    if (unkept.size > 10_000) unkept.clear();
    unkept.set(webhookId, (unkept.get(webhookId) ?? 0) + 1);
  }

  return {
    recordOf,
    countUnkept,

    /** Keeps one that started nothing. @param proven whether it is known where it comes from: else its body isn't kept, and it can't be replayed */
    async keep(webhook: Webhook, incoming: Incoming, became: Became, { proven }: { proven: boolean }): Promise<void> {
      if (buckets.take(`${webhook.id} ${proven}`, proven ? KEPT.proven : KEPT.unproven) > 0) return countUnkept(webhook.id);
      const more = unkept.get(webhook.id) ?? 0;
      unkept.delete(webhook.id);
      const reason = more > 0 ? `${became.reason} (before it, ${more} more started nothing and weren't kept)` : became.reason;
      const record = recordOf(webhook, incoming, { ...became, reason }, { withBody: proven });
      await store.write(async (tx) => void (await tx.deliveries.insert(record)));
    },

    /** @throws DATABASE_DAMAGED, MASTER_KEY_WRONG */
    open: ({ id, wrappedKey, content }: Pick<DeliveryRecord, "id" | "wrappedKey" | "content">): DeliveryContent =>
      JSON.parse(sealer.unwrap(wrappedKey).open(content, contextOf(id))),

    /** What is old goes, and of each webhook what is beyond the newest that started nothing. A part at a time: others write meanwhile. */
    async purge(): Promise<void> {
      const part = (work: (tx: Writes) => Promise<number>) => store.write(work);
      while ((await part((tx) => tx.deliveries.purge(clock.now() - KEPT_MS, PURGED_AT_ONCE))) > 0);
      for (let after: string | undefined; ; ) {
        const some = await store.read.resources.list({ kind: "Webhook", scopes: ["/"], limit: 200, ...(after === undefined ? {} : { after }) });
        for (const { id } of some) await part((tx) => tx.deliveries.trim(id, TRIM_TO));
        after = some.at(-1)?.name;
        if (after === undefined) return;
      }
    },
  };
}
export type Ledger = ReturnType<typeof createLedger>;
