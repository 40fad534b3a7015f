import { type Classification, isCritical, type Severity } from "../update.ts";
import { SECURITY_AGES } from "./report.ts";

const DAY_MS = 86_400_000;

/** What a vendor calls security, and what is critical by class or severity. */
export const isSecurity = (update: { classification: Classification; severity: Severity }): boolean =>
  update.classification === "security" || isCritical(update);

/** @param firstSeenAt of the oldest missing security update, Unix milliseconds; null: none is missing */
export function securityBucket(firstSeenAt: number | null, now: number): string {
  if (firstSeenAt === null) return "none";
  const days = Math.max(0, (now - firstSeenAt) / DAY_MS);
  return SECURITY_AGES.findLast(({ fromDays }) => fromDays !== null && fromDays <= days)?.bucket ?? "recent";
}
