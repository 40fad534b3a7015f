import type { DeploymentStatus } from "../../core/deploy/status.ts";
import type { Classification, ComplianceState, Severity } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";

// Shapes of reads that the engine is about to have; types of engine/protocol/http take their place.

export interface WindowOpening {
  name: string;
  scope: string;
  occurrence: string;
  opensAt: string;
  closesAt: string;
  exception: { kind: "skipped" | "cancelled"; reason: string; by: string } | null;
  frozen: string | null;
  deployment: { id: string; status: DeploymentStatus } | null;
}

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
  deployments: { open: number; awaitingApproval: number; halted: { id: string; window: string; reason: string; since: string }[] } | null;
  nextWindows: WindowOpening[] | null;
  staleMachines: { name: string; lastSeenAt: string }[] | null;
}

export interface TrendDay {
  day: string;
  machines: Record<ComplianceState, number>;
  missing: Partial<Record<Classification, number>>;
  overdue: number;
}

interface Grouped {
  machines: number;
  overdue: number;
  firstSeenAt: string;
  exploitedSince: string | null;
  epss: number | null;
  verdicts: Partial<Record<Verdict, number>>;
  severity: Severity;
}

export interface UpdateGroup extends Grouped {
  by: "update";
  name: string;
  kind: "package" | "patch";
  title: string | null;
  newestVersion: string;
  versions: number;
  classification: Classification;
  cves: number;
}

export interface CveGroup extends Grouped {
  by: "cve";
  cve: string;
  updates: string[];
  updateCount: number;
}
