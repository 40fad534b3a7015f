import type { Generated } from "kysely";

/** What machines have and miss, what was done about it, and what is known of vulnerabilities; the rest of the schema says how columns are meant. */
export interface UpdateTables {
  packageSets: {
    machineId: string;
    /** Of the assessment that it belongs to, as that one has it. */
    digest: string;
    packed: Uint8Array;
  };
  /** Written by engines of schema version 9 and before. */
  packages: {
    machineId: string;
    name: string;
    architecture: string;
    version: string;
    held: number;
    /** Null: the same as the package. */
    sourceName: string | null;
    sourceVersion: string | null;
  };
  updates: {
    machineId: string;
    name: string;
    architecture: string;
    kind: string;
    title: string | null;
    /** Empty: nothing older is installed. */
    installedVersion: string;
    candidateVersion: string;
    classification: string;
    severity: string;
    origin: string;
    held: number;
    phased: number;
    rebootBehaviour: string;
    cvesJson: string;
    advisoriesJson: string;
    sizeBytes: number | null;
    /** When the engine first heard of it on this machine. */
    firstSeenAt: number;
    /** What policies say of it, as it was judged last. */
    verdict: string;
    /** When it must be installed by; null: no policy says. */
    dueAt: number | null;
    /** What the machine itself said of its classification, severity, CVEs and advisories, where vulnerability data says more; null: the same. */
    reportedJson: string | null;
    /** One of its CVEs is known to be exploited since, Unix milliseconds. */
    exploitedSince: number | null;
    /** Highest probability that one of its CVEs is exploited within 30 days, 0 to 1. */
    epss: number | null;
  };
  /** Updates as they are offered: what all machines share that miss the same. A row never changes; who knows more of it makes another one. */
  offers: {
    id: Generated<number>;
    /** Of the other columns. */
    hash: string;
    kind: string;
    name: string;
    title: string | null;
    architecture: string;
    candidateVersion: string;
    classification: string;
    severity: string;
    cvesJson: string;
    exploitedSince: number | null;
    epss: number | null;
  };
  /** How a machine stands: what `assessments` and `updates` say of it, packed. Written in the transaction that changes those. */
  standings: {
    machineId: string;
    /** Of the texts; 0: not packed yet. */
    format: Generated<number>;
    /** The assessment whose figures it has. */
    assessmentId: string | null;
    /** Empty: it never was assessed. */
    figures: Generated<string>;
    /** Of the set of missing updates. */
    sums: Generated<string>;
    updates: Generated<string>;
  };
  /** Figures of a day, as they were when they were counted last. */
  dailyFigures: {
    /** In UTC, such as `2026-03-01`. */
    day: string;
    /** Of machines that lie in it, not below. */
    scope: string;
    takenAt: number;
    /** Machines by compliance. */
    complianceJson: string;
    /** Missing updates by classification. */
    missingJson: string;
    overdue: number;
  };
  /** When the engine first heard of an update anywhere in a scope or below it. */
  updatesFirstSeen: { scope: string; name: string; architecture: string; candidateVersion: string; at: number };
  /** Policies of this scope have changed since: its machines are to be judged anew, one after the other. */
  judgings: {
    id: string;
    scope: string;
    /** Id of the machine up to which it is done. */
    after: string;
    /** Ids of machines before it that somebody else was writing about. */
    leftJson: string;
    at: number;
  };
  /** One command `install` on one machine. */
  installs: {
    commandId: string;
    machineId: string;
    /** `install rollback`. */
    action: string;
    jobId: string | null;
    packageManager: string;
    startedAt: number;
    endedAt: number | null;
    rebootPending: number;
    resumed: number;
    repairsJson: string;
    logFile: string;
  };
  installedUpdates: {
    commandId: string;
    machineId: string;
    name: string;
    architecture: string;
    fromVersion: string | null;
    version: string;
    status: string;
    message: string;
    startedAt: number | null;
    endedAt: number | null;
  };
  /** What operators import: which version of a package mends which vulnerabilities, by platform (`debian:12`, `ubuntu:24.04`, `rhel:9`). */
  vulnerabilityFixes: {
    /** The import that it came with. */
    edition: string;
    platform: string;
    /** Source package on Debian and Ubuntu, binary package elsewhere. */
    package: string;
    fixedVersion: string;
    /** Empty: none. */
    advisory: string;
    /** Versions before this one aren't affected; empty: all before the fixed one are. */
    affectedFrom: string;
    severity: string;
    cvesJson: string;
  };
  /** What one import says of a vulnerability itself. */
  vulnerabilities: {
    edition: string;
    cve: string;
    severity: string;
    /** Known to be exploited since, Unix milliseconds (CISA KEV). */
    exploitedSince: number | null;
    /** Probability of being exploited within 30 days, 0 to 1 (EPSS). */
    epss: number | null;
  };
  /** Imports of vulnerability data. Rows of an edition count when it is valid; a newer one of the same source takes its place at one moment. */
  vulnerabilityImports: {
    edition: string;
    source: string;
    /** `loading`, `valid`, or `replaced`: its rows are being removed. */
    status: string;
    file: string;
    startedAt: number;
    importedAt: number | null;
    importedBy: string;
    fixes: number;
    vulnerabilities: number;
    /** Entries that couldn't be used. */
    skipped: number;
  };
  assessments: {
    id: string;
    machineId: string;
    packageManager: string;
    /** Of the report; grows with every report of a machine, also when its clock is set back. */
    sequence: number;
    /** By the machine's clock. */
    collectedAt: number;
    /** By the engine's clock. */
    receivedAt: number;
    listsUpdatedAt: number | null;
    rebootPending: number;
    rebootReasonsJson: string;
    compliance: string;
    /** Missing updates by classification, held ones under `held`. */
    countsJson: string;
    problemsJson: string;
    installedCount: number;
    /** 1 for the newest of its machine. */
    current: number;
    /** Of what was reported, so that the next report needs to hold only what differs; null: not kept. After `set:` since schema version 10, whose rows of `packageSets` count by it. */
    digest: string | null;
    /** Missing updates by verdict, and those beyond their due time under `overdue`. */
    verdictsJson: string;
    /** When verdicts must be given anew, as time changes some of them; 0: now, as something else has changed. Null: not by time. */
    judgeAgainAt: number | null;
  };
}
