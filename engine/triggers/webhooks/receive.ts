import type { Clock } from "../../core/clock.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { NewId } from "../../core/id.ts";
import { firstUnmet } from "../../core/pointer.ts";
import { createBuckets } from "../../core/token-bucket.ts";
import { DEFAULT_WEBHOOK_RATE } from "../../core/webhook.ts";
import type { DeliverySummary } from "../../store/records/deliveries.ts";
import type { Store, Writes } from "../../store/store.ts";
import type { Cause, Firing, Ready, Shot, Unready } from "../firing.ts";
import type { Freezes } from "../freezes.ts";
import type { JobDoor, Log, PreparedJob, Secrets } from "../ports.ts";
import { documentOf, type WebhookDocument } from "./document.ts";
import type { Webhook } from "./expiry.ts";
import type { Ledger } from "./ledger.ts";
import { type Identity, type Incoming, identify, prove } from "./proof.ts";

export interface ReceivingParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  newId: NewId;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: Pick<JobDoor<Prepared>, "tell">;
  secrets: Pick<Secrets, "openSecret">;
  ledger: Ledger;
  log: Log;
}

/** What became of a delivery that was taken. */
export interface Accepted {
  jobIds: readonly string[];
  /** Why it started nothing. */
  skipped?: string;
}

/** Called in the transaction that makes the jobs. */
export type Also = (tx: Writes, accepted: Accepted & { deliveryId: string }) => void;

const UNKNOWN: Identity = { nonce: null, sameAs: null, givenKey: null };

/** From a request to its jobs. Whoever calls has found the webhook. */
export function createReceiving<Prepared extends PreparedJob>(parts: ReceivingParts<Prepared>) {
  const { store, clock, newId, firing, freezes, jobs, secrets, ledger, log } = parts;
  const rates = createBuckets({ clock });

  /** @throws RATE_LIMITED */
  function limit({ id, name, spec }: Webhook): void {
    const { perSecond, burst } = spec.rateLimit ?? DEFAULT_WEBHOOK_RATE;
    const seconds = rates.take(id, { perSecond, burst });
    if (seconds === 0) return;
    ledger.countUnkept(id);
    throw new RunwrightError("RATE_LIMITED", `the webhook ${name} takes ${burst} requests at once and ${perSecond} a second; try again in ${seconds} s`, {
      details: { retryAfterSeconds: seconds },
    });
  }

  /** @throws WEBHOOK_UNUSABLE */
  async function secretOf({ name, scope, spec: { verify } }: Webhook): Promise<string | undefined> {
    if (verify.secret === undefined) return undefined;
    try {
      return await secrets.openSecret(verify.secret, scope);
    } catch (error) {
      if (!isRunwrightError(error, "ASSET_NOT_FOUND")) throw error;
      log.warn({ webhook: name, secret: verify.secret }, "a webhook's secret is missing: nothing can be verified");
      throw unusable("its secret is missing");
    }
  }

  /** Signed as it must be, by whom it must be. @throws SIGNATURE_INVALID, BAD_REQUEST, WEBHOOK_UNUSABLE */
  async function proven(webhook: Webhook, incoming: Incoming): Promise<Identity> {
    try {
      const secret = await secretOf(webhook);
      return identify(incoming, prove(webhook.spec.verify, secret, incoming, clock.now()));
    } catch (error) {
      if (error instanceof TypeError) {
        log.warn({ webhook: webhook.name, problem: error.message }, "a webhook's secret can't be used: nothing can be verified");
        throw unusable("its secret can't be used with its scheme");
      }
      if (isRunwrightError(error)) await ledger.keep(webhook, incoming, { status: "refused", reason: worded(error) }, { proven: false });
      throw error;
    }
  }

  /** @throws BAD_REQUEST, MEDIA_UNSUPPORTED */
  async function read(webhook: Webhook, incoming: Incoming): Promise<WebhookDocument> {
    try {
      return documentOf(webhook, incoming);
    } catch (error) {
      if (isRunwrightError(error)) await ledger.keep(webhook, incoming, { status: "refused", reason: worded(error) }, { proven: false });
      throw error;
    }
  }

  /**
   * What an earlier delivery that says the same has started.
   * @throws REPLAYED when only the signature is the same: an honest sender that tries again gives the key of the first try
   */
  async function earlier(
    { deliveries }: Pick<Writes, "deliveries"> | Store["read"],
    { id }: Webhook,
    identity: Identity,
  ): Promise<DeliverySummary | undefined> {
    const { nonce, sameAs, givenKey } = identity;
    const signed = nonce === null ? undefined : await deliveries.byNonce(id, nonce);
    if (!signed) return sameAs === null ? undefined : deliveries.same(id, sameAs);
    if (givenKey !== null && signed.givenKey === givenKey) return signed;
    throw new RunwrightError("REPLAYED", "this very signature was received before; sign anew, or give the same Idempotency-Key with every attempt");
  }

  async function fire(
    webhook: Webhook,
    incoming: Incoming,
    identity: Identity,
    { replayOf, also }: { replayOf: string | null; also?: Also },
  ): Promise<Accepted> {
    const document = await read(webhook, incoming);
    // Mostly nothing is known of it, and the insert would tell: only what would start nothing is looked up before.
    const known = async () => {
      const found = await earlier(store.read, webhook, identity);
      if (found) await store.durable();
      return found && again(webhook, incoming, identity, found);
    };
    const keep = (status: "frozen" | "filtered" | "refused", reason: string) => ledger.keep(webhook, incoming, { status, reason, replayOf }, { proven: true });

    const now = clock.now();
    const held = await freezes.at("webhooks", webhook.scope, now);
    if (held) {
      const before = await known();
      if (before) return before;
      await keep("frozen", held.reason);
      throw new RunwrightError("WEBHOOK_FROZEN", held.reason, { details: { retryAfterSeconds: Math.max(1, Math.ceil((held.until - now) / 1_000)) } });
    }
    const unmet = firstUnmet(document, webhook.spec.where ?? []);
    if (unmet !== undefined) {
      const before = await known();
      if (before) return before;
      await keep("filtered", unmet);
      return { jobIds: [], skipped: unmet };
    }
    const id = newId("dlv");
    const cause: Cause = { key: id, dueAt: now, reason: "webhook", document, correlationId: incoming.correlationId };
    const shots = await firing.prepareAll(webhook, webhook.spec.runs, cause);
    const unready = shots.filter((shot) => !shot.ready);
    if (unready.length > 0) {
      const before = await known();
      if (before) return before;
      await keep("refused", unready.map(({ runbook, refused }) => `${runbook}: ${refused}`).join("; "));
      throw refusalOf(unready);
    }
    return start(webhook, incoming, identity, { id, replayOf, shots: shots as Ready<Prepared>[], ...(also ? { also } : {}) });
  }

  /** Delivery, jobs and entries of the activity log: all are committed, or none is. Of several engines that get the same delivery one inserts it. */
  async function start(
    webhook: Webhook,
    incoming: Incoming,
    identity: Identity,
    { id, replayOf, shots, also }: { id: string; replayOf: string | null; shots: readonly Ready<Prepared>[]; also?: Also },
  ): Promise<Accepted> {
    const jobIds = shots.map(({ prepared }) => prepared.job.id);
    const record = ledger.recordOf(webhook, incoming, { status: "started", reason: "", identity, jobIds, replayOf }, { id });
    const done = await store.write(async (tx) => {
      if (!(await tx.deliveries.insert(record))) return undefined;
      const admitted = [];
      for (const shot of shots) admitted.push(await firing.start(tx, webhook, shot, id));
      also?.(tx, { jobIds, deliveryId: id });
      return admitted;
    });
    if (done) {
      for (const one of done) jobs.tell(one);
      return { jobIds };
    }
    const known = await earlier(store.read, webhook, identity);
    if (!known) throw new RunwrightError("CONFLICT", "the delivery that says the same was removed meanwhile; send it again");
    return again(webhook, incoming, identity, known);
  }

  /** Another signature with the key of an earlier delivery is taken note of: it mustn't start anything later, with another key. */
  async function again(webhook: Webhook, incoming: Incoming, identity: Identity, known: DeliverySummary): Promise<Accepted> {
    const { jobIds } = known;
    if (identity.nonce === null || identity.nonce === known.nonce) return { jobIds };
    const record = ledger.recordOf(
      webhook,
      incoming,
      { status: "repeated", reason: `same Idempotency-Key as ${known.id}`, identity: { ...identity, sameAs: null }, jobIds },
      { withBody: false },
    );
    await store.write(async (tx) => void (await tx.deliveries.insert(record)));
    return { jobIds };
  }

  return {
    /**
     * A request as it came from outside.
     * @throws RATE_LIMITED, SIGNATURE_INVALID, BAD_REQUEST, MEDIA_UNSUPPORTED, REPLAYED, WEBHOOK_FROZEN, DELIVERY_REFUSED, TOO_LARGE, WEBHOOK_UNUSABLE
     */
    async receive(webhook: Webhook, incoming: Incoming, also?: Also): Promise<Accepted> {
      limit(webhook);
      return fire(webhook, incoming, await proven(webhook, incoming), { replayOf: null, ...(also ? { also } : {}) });
    },

    /** What was received before, once more: it was proven then. @throws as `receive` */
    replay: (webhook: Webhook, incoming: Incoming, replayOf: string, also: Also): Promise<Accepted> => fire(webhook, incoming, UNKNOWN, { replayOf, also }),

    /** What a request would start. Writes nothing. @throws as `receive` */
    async dry(webhook: Webhook, incoming: Incoming): Promise<{ skipped?: string; runs: { runbook: string; parameters: unknown }[] }> {
      const secret = await secretOf(webhook);
      prove(webhook.spec.verify, secret, incoming, clock.now());
      const document = documentOf(webhook, incoming);
      const held = await freezes.at("webhooks", webhook.scope, clock.now());
      const skipped = held?.reason ?? firstUnmet(document, webhook.spec.where ?? []);
      if (skipped !== undefined) return { skipped, runs: [] };
      const cause: Cause = { key: "dry", dueAt: clock.now(), reason: "webhook", document, correlationId: incoming.correlationId };
      const shots: Shot<Prepared>[] = await firing.prepareAll(webhook, webhook.spec.runs, cause);
      const unready = shots.filter((shot) => !shot.ready);
      if (unready.length > 0) throw refusalOf(unready);
      return { runs: (shots as Ready<Prepared>[]).map(({ runbook, request }) => ({ runbook, parameters: request.params })) };
    },
  };
}
export type Receiving<Prepared extends PreparedJob> = ReturnType<typeof createReceiving<Prepared>>;

const worded = ({ message, code }: RunwrightError): string => `${message} [${code}]`;
const unusable = (why: string) => new RunwrightError("WEBHOOK_UNUSABLE", `nothing was started: ${why}; tell whoever keeps this webhook`);

/** What the sender can mend is told; what else there is, only whoever keeps the webhook learns from the delivery. */
function refusalOf(unready: readonly Unready[]): RunwrightError {
  const [first] = unready;
  if (!first || unready.some(({ code }) => code !== "PARAMETERS_INVALID" && code !== "TOO_LARGE"))
    return unusable("a runbook of this webhook can't be started");
  if (unready.some(({ code }) => code === "TOO_LARGE"))
    return new RunwrightError("TOO_LARGE", "body, headers and query are larger than the 512 KB that a runbook takes; send less");
  const details = unready.flatMap((one) => (Array.isArray(one.details) ? one.details : []));
  return new RunwrightError("DELIVERY_REFUSED", `nothing was started: ${unready.map(({ refused }) => refused).join("; ")}`, { details });
}
