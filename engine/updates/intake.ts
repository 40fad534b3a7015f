import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";
import type { Store, Writes } from "../store/store.ts";
import { complianceOf, countUpdates, isFailed, missingOf } from "./assessment.ts";
import { judgeReport, type Report } from "./report.ts";

export type Taken = { kind: "taken"; assessment: AssessmentRecord } | { kind: "outdated" } | { kind: "unknown machine" };

/** Takes in what machines report. */
export function createIntake({ store, clock, newId }: { store: Store; clock: Clock; newId: NewId }) {
  return {
    /**
     * Stores a report and assesses the machine by it, in one transaction. A report older than the newest one changes nothing; one that failed leaves what was known of
     * packages and updates as it was. An update that was known keeps the time when it was first seen.
     */
    take(machineId: string, report: Report): Promise<Taken> {
      const inventory = judgeReport(report);
      const receivedAt = clock.now();
      const id = newId("asm");
      return store.write(async (tx) => {
        const machine = await tx.machines.get(machineId);
        if (!machine || machine.removedAt !== null) return { kind: "unknown machine" };
        const before = await tx.updates.currentAssessment(machineId);
        if (before && isOutdated(report, before, machine)) return { kind: "outdated" };
        const failed = isFailed(inventory);
        const counts = failed ? (before?.counts ?? {}) : countUpdates(inventory.updates);
        const installedCount = inventory.installed.length;
        const { packageManager, collectedAt, listsUpdatedAt, rebootPending, rebootReasons, problems } = inventory;
        const compliance = complianceOf({ receivedAt, collectedAt, listsUpdatedAt, missing: missingOf(counts), installedCount, problems }, receivedAt);
        const assessment: AssessmentRecord = {
          ...{ id, machineId, packageManager, sequence: report.sequence, collectedAt, receivedAt, listsUpdatedAt },
          ...{ rebootPending, rebootReasons, compliance, counts, problems, installedCount },
        };
        await tx.updates.insertAssessment(assessment);
        if (!failed) {
          await tx.updates.replaceUpdates(machineId, await withFirstSeen(tx, machineId, inventory.updates, receivedAt));
          await tx.updates.replacePackages(machineId, inventory.installed);
        }
        return { kind: "taken", assessment };
      });
    },
  };
}
export type Intake = ReturnType<typeof createIntake>;

/** Numbers of a machine that has joined anew may begin lower than before. */
const isOutdated = (report: Report, before: AssessmentRecord, machine: MachineRecord): boolean =>
  report.sequence <= before.sequence && before.receivedAt >= machine.enrolledAt;

async function withFirstSeen(
  tx: Writes,
  machineId: string,
  updates: readonly Omit<UpdateRecord, "machineId" | "firstSeenAt">[],
  now: number,
): Promise<UpdateRecord[]> {
  const keyOf = ({ name, architecture, candidateVersion }: Pick<UpdateRecord, "name" | "architecture" | "candidateVersion">) =>
    `${name}\n${architecture}\n${candidateVersion}`;
  const known = new Map((await tx.updates.ofMachine(machineId)).map((update) => [keyOf(update), update.firstSeenAt]));
  return updates.map((update) => ({ ...update, machineId, firstSeenAt: known.get(keyOf(update)) ?? now }));
}
