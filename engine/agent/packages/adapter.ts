import type { Inventory } from "../../core/update.ts";

/** What the machine's package manager says; when and in which order is added by the reporter. */
export type PackageReport = Omit<Inventory, "collectedAt">;

/** One package manager. It only reads: no lock, no root, no network. */
export interface PackageAdapter {
  /** Such as `apt`. */
  name: string;
  /** Whether this machine is kept by it. */
  detect(): Promise<boolean>;
  /** Never rejects for what the package manager says: problems are part of the report. */
  inventory(): Promise<PackageReport>;
  /** Changes whenever packages are installed or removed, and is cheap to ask. */
  stamp(): Promise<string>;
}

/** What is reported by a machine on which no adapter fits: known not to be known. */
export const unsupported: PackageAdapter = {
  name: "none",
  detect: async () => true,
  inventory: async () => ({
    packageManager: "none",
    listsUpdatedAt: null,
    rebootPending: false,
    rebootReasons: [],
    installed: [],
    updates: [],
    problems: ["no supported package manager"],
  }),
  stamp: async () => "",
};

export async function findAdapter(candidates: readonly PackageAdapter[]): Promise<PackageAdapter> {
  for (const adapter of candidates) if (await adapter.detect()) return adapter;
  return unsupported;
}
