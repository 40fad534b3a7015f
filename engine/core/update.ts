/** Azure's names (docs: Update Management, classifications). Linux sources know `security` and `other` only. */
export const CLASSIFICATIONS = ["critical", "security", "updateRollup", "featurePack", "servicePack", "definition", "tools", "updates", "other"] as const;
export type Classification = (typeof CLASSIFICATIONS)[number];

export const SEVERITIES = ["critical", "important", "moderate", "low", "unspecified"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const COMPLIANCE_STATES = ["compliant", "noncompliant", "notassessed", "stale"] as const;
export type ComplianceState = (typeof COMPLIANCE_STATES)[number];

/** A `package` replaces the version that is installed; a `patch` (zypper, Windows, macOS) is installed beside others and has no older version. */
export const UPDATE_KINDS = ["package", "patch"] as const;
export type UpdateKind = (typeof UPDATE_KINDS)[number];

/** What installing does to the machine: `possible` when the source says that it may ask for a reboot, `unknown` when it says nothing. */
export const REBOOT_BEHAVIOURS = ["never", "always", "possible", "unknown"] as const;
export type RebootBehaviour = (typeof REBOOT_BEHAVIOURS)[number];

export interface InstalledPackage {
  name: string;
  architecture: string;
  version: string;
  held: boolean;
  /** The source package that it was built from, where it has another name or version: trackers of vulnerabilities go by it. */
  source?: { name: string; version: string };
}

/** What could be installed on one machine. */
export interface MissingUpdate {
  kind: UpdateKind;
  /** Of a package; of a patch its id, such as `KB5034441` or `openSUSE-2026-12`. */
  name: string;
  /** What a patch is about, in the source's words; absent: its name says it. */
  title?: string;
  architecture: string;
  /** Null: nothing older is installed, as with patches. */
  installedVersion: string | null;
  candidateVersion: string;
  classification: Classification;
  severity: Severity;
  /** Where it comes from, such as `Debian-Security:12/stable-security`. */
  origin: string;
  held: boolean;
  /** Offered to only part of the machines so far (Ubuntu's phased updates). */
  phased: boolean;
  rebootBehaviour: RebootBehaviour;
  cves: readonly string[];
  /** Of the vendor, such as `DSA-5432-1`, `RHSA-2026:1234`. */
  advisories: readonly string[];
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
