import { type Happening, machineDocument } from "../core/happening.ts";
import { updateKey } from "../core/report.ts";
import { isCritical, type MissingUpdate } from "../core/update.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";

const MOST_NAMED = 50;
const MOST_CVES = 20;

/** What event rules see of an assessment that has found critical updates which weren't missing before: some of them by name, and how many there are. */
export function criticalOf(
  machine: MachineRecord,
  { id, compliance }: Pick<AssessmentRecord, "id" | "compliance">,
  found: readonly MissingUpdate[],
  { correlationId, depth, at, because }: { correlationId: string; depth: number; at: number; because: "report" | "data" },
): Happening {
  const kind = "assessment.critical";
  const updates = found.slice(0, MOST_NAMED).map(({ name, architecture, installedVersion, candidateVersion, classification, severity, cves }) => ({
    ...{ name, architecture, installedVersion, candidateVersion, classification, severity, cves: cves.slice(0, MOST_CVES) },
  }));
  return {
    // One report brings it once; other vulnerability data may bring it again.
    id: because === "report" ? `${kind} ${id}` : `${kind} ${id} ${at}`,
    kind,
    scope: machine.scope,
    document: {
      ...{ kind, at: new Date(at).toISOString(), machine: machineDocument(machine) },
      assessment: { id, compliance },
      ...{ count: found.length, updates },
    },
    ...{ correlationId, depth, at },
  };
}

/** Those that weren't missing before, or weren't known to be critical. What the machine's phase hasn't reached isn't missing yet. */
export function newlyCritical(known: readonly UpdateRecord[], updates: readonly UpdateRecord[]): MissingUpdate[] {
  const counts = (update: MissingUpdate) => isCritical(update) && !update.phased;
  const before = new Set(known.filter(counts).map(updateKey));
  return updates.filter((update) => counts(update) && !before.has(updateKey(update)));
}
