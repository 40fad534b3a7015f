import type { ResourceRecord } from "../../core/resource.ts";
import { readMomentIn } from "../../core/schedule/moment.ts";
import type { WebhookSpec } from "../../protocol/resources/webhook.ts";

export type Webhook = ResourceRecord<WebhookSpec, "Webhook">;

const YEAR_MS = 365 * 86_400_000;
export const LONGEST_YEARS = 10;

/** First moment at which it takes nothing any more, Unix milliseconds. */
export function expiryOf({ spec, createdAt }: Pick<Webhook, "spec" | "createdAt">): number {
  const said = spec.expiresAt === undefined ? undefined : readMomentIn(spec.expiresAt, "UTC");
  return said?.epochMilliseconds ?? createdAt + YEAR_MS;
}

/** What is wrong with an expiry; what was there before is no mistake, as the same file is applied again later. */
export function expiryProblem(expiresAt: string | undefined, before: string | undefined, now: number): string | undefined {
  if (expiresAt === undefined || expiresAt === before) return undefined;
  const at = readMomentIn(expiresAt, "UTC")?.epochMilliseconds;
  if (at === undefined) return 'isn\'t a moment; write an instant such as "2027-06-30T12:00:00Z"';
  if (at <= now) return "is over already; choose a later moment, or leave it out";
  const latest = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO("UTC").add({ years: LONGEST_YEARS }).epochMilliseconds;
  return at > latest ? `lies more than ${LONGEST_YEARS} years ahead` : undefined;
}
