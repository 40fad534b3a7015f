import { type Happening, machineDocument } from "../core/happening.ts";
import type { MissingUpdate } from "../core/update.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord } from "../store/records/updates.ts";

const MOST_NAMED = 50;
const MOST_CVES = 20;

/** What event rules see of an assessment that has found critical updates which weren't missing before: some of them by name, and how many there are. */
export function criticalOf(
  machine: MachineRecord,
  { id, receivedAt, compliance }: AssessmentRecord,
  found: readonly MissingUpdate[],
  led: { correlationId: string; depth: number },
): Happening {
  const kind = "assessment.critical";
  const updates = found.slice(0, MOST_NAMED).map(({ name, architecture, installedVersion, candidateVersion, classification, severity, cves }) => ({
    ...{ name, architecture, installedVersion, candidateVersion, classification, severity, cves: cves.slice(0, MOST_CVES) },
  }));
  return {
    id: `${kind} ${id}`,
    kind,
    scope: machine.scope,
    document: {
      ...{ kind, at: new Date(receivedAt).toISOString(), machine: machineDocument(machine) },
      assessment: { id, compliance },
      ...{ count: found.length, updates },
    },
    ...led,
    at: receivedAt,
  };
}
