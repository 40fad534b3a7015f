import { listsAge } from "../core/list-age.ts";
import type { Classification, ComplianceState, Inventory, MissingUpdate } from "../core/update.ts";
import { COUNTS, VERDICTS } from "../core/update-policy.ts";
import type { VerdictCounts } from "../store/records/updates.ts";

const DAY_MS = 24 * 3_600_000;

/** Ages beyond which nothing is known for certain any more, milliseconds. */
export const FRESHNESS = {
  /** Since the machine last reported: two days, as Windows machines report twice a day and notebooks sleep. */
  report: 2 * DAY_MS,
  /** Since the machine last fetched its package lists. */
  lists: 7 * DAY_MS,
};

/** What is known of one machine. */
export interface Evidence {
  /** By the engine's clock, Unix milliseconds. */
  receivedAt: number;
  /** By the machine's clock. */
  collectedAt: number;
  listsUpdatedAt: number | null;
  /** Missing updates that count: policies say which (`core/update-policy.ts`). */
  missing: number;
  installedCount: number;
  problems: readonly string[];
}

/**
 * Whether a machine has what it should have. "Compliant" needs proof: a recent report without problems, of recent lists, in which nothing is missing that counts. A held
 * update is missing, and an excluded one; a phased one isn't, until the machine is offered it.
 * @param now Unix milliseconds by the engine's clock
 */
export function complianceOf(evidence: Evidence | undefined, now: number): ComplianceState {
  if (evidence === undefined) return "notassessed";
  if (now - evidence.receivedAt > FRESHNESS.report) return "stale";
  if (evidence.missing > 0) return "noncompliant";
  if (evidence.problems.length > 0 || evidence.installedCount === 0) return "notassessed";
  return listsAge(evidence, now) > FRESHNESS.lists ? "stale" : "compliant";
}

/** The same of a stored assessment, as it is to be judged now: compliance ages. */
export const complianceNow = (assessment: Omit<Evidence, "missing"> & Summed, now: number): ComplianceState =>
  complianceOf({ ...assessment, missing: missingNow(assessment) }, now);

interface Summed {
  counts: Readonly<Counts>;
  verdicts: Readonly<VerdictCounts>;
}

/** How many updates of a stored assessment make the machine noncompliant. As long as nothing has been judged, as after an upgrade, all do. */
export function missingNow({ counts, verdicts }: Summed): number {
  if (verdicts.approved === undefined) return missingOf(counts);
  return VERDICTS.reduce((sum, verdict) => sum + (COUNTS[verdict] ? (verdicts[verdict] ?? 0) : 0), 0);
}

export type Counts = Partial<Record<Classification | "held" | "phased", number>>;

/** Missing updates by classification; those held or phased are counted under that name too. */
export function countUpdates(updates: readonly Pick<MissingUpdate, "classification" | "held" | "phased">[]): Counts {
  const counts: Counts = {};
  const add = (name: keyof Counts) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const update of updates) {
    add(update.classification);
    if (update.held) add("held");
    if (update.phased) add("phased");
  }
  return counts;
}

/** How many of them have been offered to the machine. */
export const missingOf = (counts: Readonly<Counts>): number => {
  const { held: _, phased = 0, ...byClassification } = counts;
  return Object.values(byClassification).reduce((sum, count) => sum + count, 0) - phased;
};

/** Whether a report says nothing about the machine: its updates stay what the last good one said. */
export const isFailed = (inventory: Pick<Inventory, "installed">): boolean => inventory.installed.length === 0;
