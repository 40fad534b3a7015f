import type { InstallStatus } from "../install.ts";
import type { Classification, ComplianceState, Severity } from "../update.ts";

/** Machines by the age of the oldest missing security update, in days since it was first seen there: Azure's OldestMissingSecurityUpdateBucket, and `none`. */
export const SECURITY_AGES = [
  { bucket: "none", fromDays: null },
  { bucket: "recent", fromDays: 0 },
  ...[30, 60, 90, 120, 150, 180].map((fromDays) => ({ bucket: `${fromDays} days`, fromDays })),
  { bucket: "older", fromDays: 210 },
] as const;

export interface MissingCounts {
  missing: number;
  /** Machines that miss one of them. */
  machines: number;
  /** Beyond their due time, and offered to their machine. */
  overdue: number;
}

export interface ScopeFigures extends MissingCounts {
  scope: string;
  byCompliance: Record<ComplianceState, number>;
  /** All machines of the scope itself. */
  total: number;
  security: number;
  oldestSecurityFirstSeenAt: string | null;
}

/** How machines comply, at one moment, with what led there. Moments are RFC 3339 texts in UTC, days are those of UTC. */
export interface ComplianceReport {
  at: string;
  selector: string;
  /** Trees that it covers: what its reader may see. */
  scopes: string[];
  /** Length of the period that installs and the trend are about. */
  days: number;
  machines: {
    total: number;
    byCompliance: Record<ComplianceState, number>;
    /** Share of machines that are compliant, 0 to 1; null: there are none. */
    compliantShare: number | null;
    rebootPending: number;
  };
  /** By name; the largest where there are more than are told. */
  byScope: ScopeFigures[];
  /** Scopes that aren't told. */
  moreScopes: number;
  byClassification: ({ classification: Classification } & MissingCounts)[];
  bySeverity: ({ severity: Severity } & MissingCounts)[];
  bySecurityAge: { bucket: string; fromDays: number | null; machines: number }[];
  oldestSecurityFirstSeenAt: string | null;
  sla: {
    /** Updates beyond their due time, and machines that have one. */
    overdue: number;
    machines: number;
    /** Due within seven days. */
    dueSoon: number;
    /** Most machines first. */
    updates: { name: string; machines: number; since: string }[];
    /** Overdue for longest first. */
    worst: { machine: string; scope: string; overdue: number; since: string }[];
  };
  /** What was tried in the period, each update of each install. */
  installs: {
    byStatus: Partial<Record<InstallStatus, number>>;
    /** Succeeded of what ended well or failed, 0 to 1; null: nothing was tried. */
    successShare: number | null;
    machines: number;
    byDay: { day: string; succeeded: number; failed: number; other: number }[];
    /** Failed most often first. */
    failures: { name: string; count: number }[];
  };
  /** Oldest day first; days of which nothing was counted are left out. Null: figures of days are kept for scopes, and the selector goes by something else. */
  trend: { day: string; byCompliance: Record<ComplianceState, number>; missing: number; security: number; overdue: number }[] | null;
}

/** One machine of the report. */
export interface MachineFigures {
  machine: string;
  scope: string;
  compliance: ComplianceState;
  missing: number;
  critical: number;
  security: number;
  overdue: number;
  rebootPending: boolean;
  /** Of these rows times are Unix milliseconds: there is one for each machine, and few are written as text. */
  oldestSecurityFirstSeenAt: number | null;
  bucket: string;
  assessedAt: number | null;
}
