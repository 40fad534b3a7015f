import type { Classification, ComplianceState, Severity } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";

// Shapes of reads that the engine is about to have; types of engine/protocol/http take their place.

export interface Overview {
  at: string;
  machines: {
    total: number;
    connected: number;
    byCompliance: Record<ComplianceState, number>;
    staleAgents: number;
    rebootPending: number;
    withHeld: number;
    withExemptions: number;
  } | null;
  updates: {
    missing: number;
    overdue: number;
    exploited: number;
    byClassification: { classification: Classification; count: number; machines: number }[];
    bySeverity: { severity: Severity; count: number; machines: number }[];
    byAge: { upToDays: number | null; count: number; security: number }[];
    oldestSecurityFirstSeenAt: string | null;
  } | null;
  jobs: { queued: number; running: number; waiting: number; suspended: number; failedLastDay: number; completedLastDay: number } | null;
  approvalsOpen: number | null;
  deployments: { open: number; halted: { id: string; window: string; reason: string; since: string }[] } | null;
  nextWindows: { name: string; scope: string; opensAt: string; closesAt: string }[] | null;
  staleMachines: { name: string; lastSeenAt: string }[] | null;
}

export interface TrendDay {
  day: string;
  machines: Record<ComplianceState, number>;
  missing: Partial<Record<Classification, number>>;
  overdue: number;
}

export interface UpdateGroup {
  name: string;
  candidateVersion: string;
  versions: number;
  classification: Classification;
  severity: Severity;
  machines: number;
  overdue: number;
  firstSeenAt: string;
  exploitedSince: string | null;
  epss: number | null;
  verdicts: Partial<Record<Verdict, number>>;
}
