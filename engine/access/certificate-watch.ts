import type { Clock } from "../core/clock.ts";
import type { Happening } from "../core/happening.ts";
import type { AssetRecord } from "../store/records/assets.ts";
import type { Store } from "../store/store.ts";

/** Told once at each of these, and once when it has expired. */
const DAYS_BEFORE = [30, 7, 1, 0] as const;
const DAY_MS = 86_400_000;
const MOST = 1_000;

/** What event rules see of a certificate that is about to expire; undefined when there is more time than that. */
export function expiryOf({ id, name, scope, version, subject, notAfter }: AssetRecord, now: number): Happening | undefined {
  if (notAfter === null) return undefined;
  const left = Math.floor((notAfter - now) / DAY_MS);
  const stage = DAYS_BEFORE.toReversed().find((days) => (days === 0 ? notAfter <= now : notAfter - now <= days * DAY_MS));
  if (stage === undefined) return undefined;
  const told = { name, scope, version, subject: subject ?? "", notAfter: new Date(notAfter).toISOString(), daysLeft: left };
  return {
    // A new version has other stages; the same one is told once at each, by whichever engine looks first.
    id: `certificate.expiring ${id} ${version} ${stage}`,
    kind: "certificate.expiring",
    scope,
    document: { kind: "certificate.expiring", at: new Date(now).toISOString(), certificate: told },
    correlationId: id,
    depth: 0,
    at: now,
  };
}

/** Looks, through an index, for certificates among the assets that expire soon, and tells event rules. */
export function createCertificateWatch({ store, clock }: { store: Store; clock: Clock }) {
  return {
    async tick(): Promise<void> {
      const now = clock.now();
      const found = await store.read.assets.expiring({ before: now + DAYS_BEFORE[0] * DAY_MS + 1, limit: MOST });
      const told = found.map((asset) => expiryOf(asset, now)).filter((one) => one !== undefined);
      if (told.length === 0) return;
      await store.write(async (tx) => {
        for (const happening of told) await tx.happenings.tell(happening);
      });
    },
  };
}
