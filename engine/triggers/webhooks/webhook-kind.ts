import type { Clock } from "../../core/clock.ts";
import { isRunwrightError } from "../../core/errors.ts";
import type { DocumentProblem } from "../../core/resource.ts";
import type { Actor } from "../../core/role.ts";
import { type Scope, upwards } from "../../core/scope.ts";
import { WebhookSpec } from "../../protocol/resources/webhook.ts";
import { checkedHmac } from "../../protocol/webhook-encoding.ts";
import type { Reads } from "../../store/store.ts";
import type { TriggerKind } from "../kind.ts";
import type { Secrets } from "../ports.ts";
import { runProblems } from "../runs.ts";
import { networkProblem } from "./addresses.ts";
import { expiryOf, expiryProblem, type Webhook } from "./expiry.ts";

/** Webhooks as resources. */
export function webhookKind({ clock, secrets }: { clock: Clock; secrets: Pick<Secrets, "requireVisible"> }): TriggerKind<WebhookSpec> {
  /** Whoever may use a secret of a scope above to verify could try out signatures with it: they must see it, as an author of runbooks must. */
  async function secretProblems(
    { scheme, secret }: WebhookSpec["verify"],
    { scope, reads, actor }: { scope: Scope; reads: Reads; actor: Actor },
  ): Promise<DocumentProblem[]> {
    const at = "/verify/secret";
    if (scheme === "none") return secret === undefined ? [] : [{ path: at, message: "goes with a scheme; none takes whatever comes" }];
    if (secret === undefined) return [{ path: at, message: `must name the secret with which requests are signed; the scheme none needs no secret` }];
    try {
      await secrets.requireVisible([secret], scope, actor, reads);
    } catch (error) {
      if (!isRunwrightError(error, "PERMISSION_DENIED")) throw error;
      return [{ path: at, message: error.message }];
    }
    const found = await reads.assets.named({ kind: "secret", names: [secret], scopes: upwards(scope) });
    return found.length > 0
      ? []
      : [{ path: at, message: `there is no secret "${secret}" in ${scope} or above; set it with \`runwright asset set ${secret}\`` }];
  }

  return {
    kind: "Webhook",
    noun: "webhooks",
    command: "webhook",
    schema: WebhookSpec,
    actions: { read: "webhook.read", write: "webhook.write" },
    runbooks: (spec) => spec.runs.map((run) => run.runbook),
    secrets: ({ verify }) => (verify.secret === undefined ? [] : [verify.secret]),

    async check({ scope, spec }, { reads, actor, before }) {
      const { verify, expiresAt, allowedAddresses = [] } = spec;
      const problems: DocumentProblem[] = [];
      const expiry = expiryProblem(expiresAt, (before as Webhook | undefined)?.spec.expiresAt, clock.now());
      if (expiry) problems.push({ path: "/expiresAt", message: expiry });
      for (const [i, network] of allowedAddresses.entries()) {
        const message = networkProblem(network);
        if (message) problems.push({ path: `/allowedAddresses/${i}`, message });
      }
      if ((verify.scheme === "hmac") !== (verify.hmac !== undefined))
        problems.push({ path: "/verify/hmac", message: "goes with the scheme hmac, which needs it: { header, algorithm, encoding, prefix }" });
      else if (verify.hmac !== undefined) problems.push(...hmacProblems(verify.hmac));
      problems.push(...(await secretProblems(verify, { scope, reads, actor })));
      return [...problems, ...(await runProblems(spec.runs, { kind: "Webhook", scope, reads, actor }))];
    },

    async states(reads, resources) {
      const tokens = await reads.webhookTokens.of(resources.map((one) => one.id));
      const now = clock.now();
      return new Map(
        resources.map((one) => [
          one.id,
          {
            expiresAt: new Date(expiryOf(one)).toISOString(),
            expired: expiryOf(one) <= now,
            tokens: tokens
              .filter(({ resourceId, endsAt }) => resourceId === one.id && (endsAt === null || endsAt > now))
              .map(({ createdAt, createdBy, endsAt }) => ({
                createdAt: new Date(createdAt).toISOString(),
                createdBy,
                endsAt: endsAt === null ? null : new Date(endsAt).toISOString(),
              })),
          },
        ]),
      );
    },

    async stored(tx, resource, before) {
      // A URL that was given up doesn't come back to life: whoever still has it isn't meant any more. A later expiry lets a new token be made.
      const now = clock.now();
      if (before && expiryOf(before) <= now) await tx.webhookTokens.end(resource.id, { at: now, now });
    },
  };
}

function hmacProblems(format: NonNullable<WebhookSpec["verify"]["hmac"]>): DocumentProblem[] {
  try {
    checkedHmac(format);
    return [];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return [{ path: "/verify/hmac", message: error.message }];
  }
}
