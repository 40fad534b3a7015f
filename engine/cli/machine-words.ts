import type { Assessment } from "../protocol/http/machines.ts";
import { relativeTime } from "./terminal.ts";

/** How a terminal colours what is good, bad and neither. */
export const COMPLIANCE_STYLES = { compliant: "green", noncompliant: "red", notassessed: "gray", stale: "yellow" } as const;

/** Such as `noncompliant (2 security, 1 other, 1 held), reboot pending`. */
export function complianceOf(assessment: Assessment | null): string {
  if (!assessment) return "notassessed";
  const { security = 0, critical = 0, held = 0, phased = 0, ...others } = assessment.counts;
  const rest = Object.values(others).reduce((sum, count) => sum + count, 0);
  const { overdue = 0, exempt = 0, deferred = 0, excluded = 0 } = assessment.verdicts;
  const parts = [
    [critical, "critical"],
    [security, "security"],
    [rest, "other"],
    [held, "held"],
    [phased, "phased"],
    [overdue, "overdue"],
    [deferred, "deferred"],
    [excluded, "excluded"],
    [exempt, "exempt"],
  ] as const;
  const missing = parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(", ");
  return `${assessment.compliance}${missing ? ` (${missing})` : ""}${assessment.rebootPending ? ", reboot pending" : ""}`;
}

/** How old what is known is: of the report, by the engine's clock. */
export const assessedAgo = (assessment: Assessment | null, now: number): string => (assessment ? relativeTime(assessment.receivedAt, now) : "never");
