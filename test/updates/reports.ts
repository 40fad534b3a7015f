import type { Report } from "../../engine/core/report.ts";
import { judgeReport } from "../../engine/core/report.ts";
import { differenceOf } from "../../engine/core/report-difference.ts";
import type { InstalledPackage, Inventory, MissingUpdate } from "../../engine/core/update.ts";
import { digestOf } from "../../engine/protocol/report-digest.ts";
import type { MachineRecord } from "../../engine/store/records/machines.ts";

/** What is stored of machines that tests enrol, a Debian 12 unless they say otherwise. */
export const aMember = (id: string, name: string, more: Partial<MachineRecord> = {}): MachineRecord => ({
  ...{ id, name, scope: "/prod", state: "online", publicKey: `key of ${id}`, tags: {} },
  facts: {
    ...{ os: "linux", osName: "Debian GNU/Linux 12 (bookworm)", distribution: "debian", distributionVersion: "12", kernel: "6.1.0", architecture: "x64" },
    ...{ hostname: name, bootId: "boot-1", addresses: [], cpus: 2, memoryBytes: 4e9, agentVersion: "0.1.0" },
  },
  ...{ enrolledAt: 1, enrolledBy: "test", lastSeenAt: null, engine: null, staleSince: null, removedAt: null },
  ...more,
});

export const aPackage = (name: string, version = "1.0", more: Partial<InstalledPackage> = {}): InstalledPackage => ({
  ...{ name, architecture: "amd64", version, held: false },
  ...more,
});

export const anUpdate = (name: string, candidateVersion = "1.1", more: Partial<MissingUpdate> = {}): MissingUpdate => ({
  ...{ kind: "package", name, architecture: "amd64", installedVersion: "1.0", candidateVersion, classification: "security", severity: "unspecified" },
  ...{ origin: "Debian-Security:12/stable-security", held: false, phased: false, rebootBehaviour: "unknown", cves: [], advisories: [] },
  ...more,
});

export const anInventory = (now: number, found: Partial<Inventory> = {}): Inventory => ({
  ...{ packageManager: "apt", collectedAt: now, listsUpdatedAt: now, rebootPending: false, rebootReasons: [], problems: [] },
  ...{ installed: [aPackage("bash"), aPackage("openssl")], updates: [] },
  ...found,
});

/** The report as an agent sends it that has `before` confirmed; a whole one without. */
export function reportOf(sequence: number, given: Inventory, before?: Inventory): Report {
  const inventory = judgeReport(given);
  if (before === undefined) return { sequence, inventory };
  const base = judgeReport(before);
  const { removed, ...changed } = differenceOf(base, inventory);
  return { sequence, inventory: { ...inventory, ...changed }, difference: { base: digestOf(base), digest: digestOf(inventory), removed } };
}
