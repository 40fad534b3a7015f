import type { ComplianceState } from "../core/update.ts";
import type { Verdict } from "../core/update-policy.ts";

/** How a terminal colours what is good, bad and neither. */
export const COMPLIANCE_STYLES = { compliant: "green", noncompliant: "red", notassessed: "gray", stale: "yellow" } as const satisfies Record<
  ComplianceState,
  string
>;
export const VERDICT_STYLES = {
  approved: "green",
  excluded: "red",
  exempt: "cyan",
  deferred: "yellow",
  unapproved: "yellow",
  notselected: "gray",
} as const satisfies Record<Verdict, string>;
