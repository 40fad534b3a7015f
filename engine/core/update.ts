/** Azure's names (docs: Update Management, classifications). Linux sources know `security` and `other` only. */
export const CLASSIFICATIONS = ["critical", "security", "updateRollup", "featurePack", "servicePack", "definition", "tools", "updates", "other"] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

export const SEVERITIES = ["critical", "important", "moderate", "low", "unspecified"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const COMPLIANCE_STATES = ["compliant", "noncompliant", "notassessed", "stale"] as const;
export type ComplianceState = (typeof COMPLIANCE_STATES)[number];

export interface InstalledPackage {
  name: string;
  architecture: string;
  version: string;
  held: boolean;
}

/** What could be installed on one machine. */
export interface MissingUpdate {
  name: string;
  architecture: string;
  installedVersion: string;
  candidateVersion: string;
  classification: Classification;
  severity: Severity;
  /** Where it comes from, such as `Debian-Security:12/stable-security`. */
  origin: string;
  held: boolean;
  /** Offered to only part of the machines so far (Ubuntu's phased updates). */
  phased: boolean;
  rebootBehaviour: "never" | "always" | "unknown";
  cves: readonly string[];
  /** Bytes to download; absent when the source doesn't say. */
  sizeBytes?: number;
}

/** By the vendor's class or by how bad it is, whichever says so. */
export const isCritical = ({ classification, severity }: Pick<MissingUpdate, "classification" | "severity">): boolean =>
  classification === "critical" || severity === "critical";

/** What one agent found on its machine at one time. */
export interface Inventory {
  packageManager: string;
  /** Unix milliseconds by the machine's clock. */
  collectedAt: number;
  /** When the package lists were last fetched, Unix milliseconds; null: never or unknown. */
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  rebootReasons: readonly string[];
  installed: readonly InstalledPackage[];
  updates: readonly MissingUpdate[];
  /** What couldn't be found out, in words. An inventory with problems never makes a machine compliant. */
  problems: readonly string[];
}
