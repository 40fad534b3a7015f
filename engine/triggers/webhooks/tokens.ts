import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { RunwrightError } from "../../core/errors.ts";
import { createRecent, type Recent } from "../../core/recent.ts";
import { WEBHOOK_TOKEN_PREFIX } from "../../core/webhook.ts";
import type { Store, Writes } from "../../store/store.ts";
import type { Fresh } from "../fresh.ts";
import { ANYWHERE, networksOf } from "./addresses.ts";
import { expiryOf, type Webhook } from "./expiry.ts";

/** Stands for the webhook of a token that nobody has: a stranger costs as much as an expired one. */
const DECOY: { hash: string; endsAt: number | null; resource: Webhook } = {
  hash: "0".repeat(64),
  endsAt: 0,
  resource: {
    id: "",
    kind: "Webhook",
    scope: "/",
    name: "",
    spec: { enabled: false, verify: { scheme: "none" }, expiresAt: "2026-01-01T00:00:00Z", runs: [] },
    revision: 0,
    createdAt: 0,
    createdBy: "",
    updatedAt: 0,
    updatedBy: "",
    authorId: "",
    author: "",
  },
};

/** Read as that of a webhook would be. */
const DECOY_SPEC = JSON.stringify(DECOY.resource.spec);
const NETWORKS_KEPT = 1_000;
const OPENED_KEPT = 1_000;
type Found = NonNullable<Awaited<ReturnType<Store["read"]["webhookTokens"]["find"]>>>;

/** Tokens of webhooks: 256 random bits, shown once; a plain hash of them is kept, as nobody can guess what it belongs to. */
export function createWebhookTokens({ store, clock, fresh }: { store: Pick<Store, "read">; clock: Clock; fresh: Fresh }) {
  // Only what opens is kept: strangers ask the database, whatever is wrong with their token.
  const opened: Recent<{ moment: number; found: Found }> = createRecent({ maxWeight: OPENED_KEPT, weigh: () => 1 });
  const networks: Recent<ReturnType<typeof networksOf>> = createRecent({ maxWeight: NETWORKS_KEPT, weigh: () => 1 });

  function networksOfWebhook({ id, revision, spec }: Webhook) {
    const key = `${id} ${revision}`;
    const known = networks.get(key) ?? networksOf(spec.allowedAddresses ?? ANYWHERE);
    networks.set(key, known);
    return known;
  }

  return {
    /**
     * The webhook that a token opens, for whoever asks from this address. Unknown, ended, expired, disabled, from elsewhere: all is looked at, whatever is wrong, and
     * the answer is the same.
     * @throws NOT_FOUND
     */
    async open(token: string, address: string): Promise<Webhook> {
      const hash = hashOf(token);
      const moment = fresh.moment();
      const kept = opened.get(hash);
      const found = kept && kept.moment === moment ? kept.found : await store.read.webhookTokens.find(hash);
      const { endsAt, resource, hash: stored } = (found as typeof DECOY | undefined) ?? DECOY;
      if (!found) JSON.parse(DECOY_SPEC);
      const now = clock.now();
      const { enabled = true } = resource.spec;
      const allowed = networksOfWebhook(resource);
      const holds = [
        timingSafeEqual(Buffer.from(hash), Buffer.from(stored)),
        endsAt === null || endsAt > now,
        expiryOf(resource) > now,
        enabled,
        allowed.include(address),
      ];
      if (holds.includes(false)) throw new RunwrightError("NOT_FOUND", "there is no such webhook, or it takes nothing now; ask whoever gave you its address");
      if (found && moment !== null) opened.set(hash, { moment, found });
      return resource;
    },

    /**
     * A new token; those that are there end after `overlapMs`.
     * @returns its text: it is shown this once @throws CONFLICT when the webhook has expired
     */
    async rotate(tx: Writes, { id, name }: Pick<Webhook, "id" | "name">, { overlapMs, by }: { overlapMs: number; by: string }): Promise<string> {
      const webhook = (await tx.resources.lock(id)) as Webhook | undefined;
      if (!webhook) throw new RunwrightError("NOT_FOUND", `the webhook "${name}" was deleted meanwhile`);
      const now = clock.now();
      if (expiryOf(webhook) <= now)
        throw new RunwrightError("CONFLICT", `the webhook "${name}" has expired; set a later expiresAt first, then make a token for it`);
      await tx.webhookTokens.end(id, { at: now + overlapMs, now });
      const text = WEBHOOK_TOKEN_PREFIX + randomBytes(32).toString("base64url");
      await tx.webhookTokens.insert({ hash: hashOf(text), resourceId: id, createdAt: now, createdBy: by, endsAt: null });
      return text;
    },
  };
}
export type WebhookTokens = ReturnType<typeof createWebhookTokens>;

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
