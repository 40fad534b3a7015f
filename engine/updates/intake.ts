import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import { isCritical, type MissingUpdate } from "../core/update.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import type { AssessmentRecord, UpdateRecord } from "../store/records/updates.ts";
import type { Store } from "../store/store.ts";
import { complianceOf, countUpdates, isFailed, missingNow } from "./assessment.ts";
import { criticalOf } from "./critical.ts";
import { createPolicyJudge } from "./policy-judge.ts";
import { judgeReport, type Report } from "./report.ts";

/** A report belongs to the jobs that have sent commands to its machine within this time. */
const CAUSE_MS = 3_600_000;

export type Taken = { kind: "taken"; assessment: AssessmentRecord } | { kind: "outdated" } | { kind: "unknown machine" };

/** Takes in what machines report. */
export function createIntake({ store, clock, newId }: { store: Store; clock: Clock; newId: NewId }) {
  const { judge } = createPolicyJudge();

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
        const machine = await tx.machines.hold(machineId);
        if (!machine || machine.removedAt !== null) return { kind: "unknown machine" };
        const before = await tx.updates.currentAssessment(machineId);
        if (before && isOutdated(report, before, machine)) return { kind: "outdated" };
        const failed = isFailed(inventory);
        const counts = failed ? (before?.counts ?? {}) : countUpdates(inventory.updates);
        const installedCount = inventory.installed.length;
        const known = failed ? [] : await tx.updates.ofMachine(machineId);
        const judged = failed ? undefined : await judge(tx, machine, withFirstSeen(known, machineId, inventory.updates, receivedAt), receivedAt);
        const missing = judged?.missing ?? (before ? missingNow(before) : 0);
        const { packageManager, collectedAt, listsUpdatedAt, rebootPending, rebootReasons, problems } = inventory;
        const compliance = complianceOf({ receivedAt, collectedAt, listsUpdatedAt, missing, installedCount, problems }, receivedAt);
        const assessment: AssessmentRecord = {
          ...{ id, machineId, packageManager, sequence: report.sequence, collectedAt, receivedAt, listsUpdatedAt },
          ...{ rebootPending, rebootReasons, compliance, counts, problems, installedCount },
          ...{
            digest: null,
            verdicts: judged?.verdicts ?? before?.verdicts ?? {},
            judgeAgainAt: judged ? judged.judgeAgainAt : (before?.judgeAgainAt ?? null),
          },
        };
        await tx.updates.insertAssessment(assessment);
        if (judged) {
          await tx.updates.replaceUpdates(machineId, judged.updates);
          await tx.updates.replacePackages(machineId, inventory.installed);
          const critical = newlyCritical(known, inventory.updates);
          if (critical.length > 0) {
            const led = await tx.commands.ledBy(machineId, receivedAt - CAUSE_MS);
            await tx.happenings.tell(criticalOf(machine, assessment, critical, led ?? { correlationId: newId("cor"), depth: 0 }));
          }
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

const keyOf = ({ name, architecture, candidateVersion }: Pick<MissingUpdate, "name" | "architecture" | "candidateVersion">) =>
  `${name}\n${architecture}\n${candidateVersion}`;

function withFirstSeen(known: readonly UpdateRecord[], machineId: string, updates: readonly MissingUpdate[], now: number) {
  const firstSeen = new Map(known.map((update) => [keyOf(update), update.firstSeenAt]));
  return updates.map((update) => ({ ...update, machineId, firstSeenAt: firstSeen.get(keyOf(update)) ?? now }));
}

/** Those that weren't missing before, or weren't known to be critical. What the machine's phase hasn't reached isn't missing yet. */
function newlyCritical(known: readonly UpdateRecord[], updates: readonly MissingUpdate[]): MissingUpdate[] {
  const counts = (update: MissingUpdate) => isCritical(update) && !update.phased;
  const before = new Set(known.filter(counts).map(keyOf));
  return updates.filter((update) => counts(update) && !before.has(keyOf(update)));
}
