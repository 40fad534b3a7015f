import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import { type Findings, judgeReport, type Report, type ReportAnswer, type ReportDifference } from "../core/report.ts";
import { applied, type Difference, sizeOf } from "../core/report-difference.ts";
import type { Inventory } from "../core/update.ts";
import { digestOf } from "../protocol/report-digest.ts";
import type { MachineRecord } from "../store/records/machines.ts";
import { type PackageSet, packageSet } from "../store/records/package-sets.ts";
import type { AssessmentRecord } from "../store/records/updates.ts";
import type { Store, Writes } from "../store/store.ts";
import { complianceOf, countUpdates, isFailed, missingNow } from "./assessment.ts";
import { criticalOf, newlyCritical } from "./critical.ts";
import type { Enrichment } from "./enrichment.ts";
import { asMachineSaid, storeUpdates, withHistory } from "./findings.ts";
import { createPolicyJudge } from "./policy-judge.ts";

/** A report belongs to the jobs that have sent commands to its machine within this time. */
const CAUSE_MS = 3_600_000;
/** Updates beyond which a report is written beside others and not with them. */
const MANY = 5_000;
/** Another engine may take in a report of the same machine meanwhile. */
const TRIES = 3;

export type Taken =
  | { kind: "taken"; assessment: AssessmentRecord }
  /** This very report was taken before. */
  | { kind: "known"; digest: string | null }
  /** A report with a higher number was taken. */
  | { kind: "outdated"; newest: number }
  /** It differs from something that isn't what is stored, or leads to something else than it says. */
  | { kind: "whole wanted" }
  | { kind: "unknown machine" };

/** What a report means for what is stored. */
type Plan =
  | { kind: "unchanged"; digest: string }
  | { kind: "changed"; digest: string; findings: Findings; packages: PackageSet }
  /** It says nothing of the machine. */
  | { kind: "failed"; problems: readonly string[] }
  | { kind: "whole wanted" };

const changedTo = async (digest: string, findings: Findings): Promise<Plan> => ({
  ...{ kind: "changed", digest, findings },
  packages: await packageSet(digest, findings.installed),
});

/** Takes in what machines report. */
export function createIntake({ store, clock, newId, enrichment }: { store: Store; clock: Clock; newId: NewId; enrichment: Enrichment }) {
  const { judge } = createPolicyJudge();

  async function planOf(machineId: string, before: AssessmentRecord | undefined, given: Inventory, difference: ReportDifference | undefined): Promise<Plan> {
    if (!difference) {
      if (isFailed(given)) return { kind: "failed", problems: ["the report names no installed package"] };
      const digest = digestOf(given);
      if (before?.digest === digest) return { kind: "unchanged", digest };
      return changedTo(digest, given);
    }
    // Only what is stored as a whole can be added to: the digest is that of the rows.
    if (before?.digest !== difference.base) return { kind: "whole wanted" };
    const changes: Difference = { installed: given.installed, updates: given.updates, removed: difference.removed };
    if (sizeOf(changes) === 0) return difference.digest === difference.base ? { kind: "unchanged", digest: difference.base } : { kind: "whole wanted" };
    const known = (await store.read.updates.ofMachine(machineId)).map(asMachineSaid);
    const findings = applied({ installed: await store.read.updates.packages(machineId), updates: known }, changes);
    if (isFailed(findings) || digestOf(findings) !== difference.digest) return { kind: "whole wanted" };
    return changedTo(difference.digest, findings);
  }

  /** @returns "moved" when another report came in between */
  async function attempt(machineId: string, report: Report, given: Inventory): Promise<Taken | "moved"> {
    const receivedAt = clock.now();
    const [machine, before] = await Promise.all([store.read.machines.get(machineId), store.read.updates.currentAssessment(machineId)]);
    if (!machine || machine.removedAt !== null) return { kind: "unknown machine" };
    const late = lateness(report, before, machine);
    if (late) return late;
    const plan = await planOf(machineId, before, given, report.difference);
    if (plan.kind === "whole wanted") return plan;
    const id = newId("asm");
    const correlationId = newId("cor");
    const write = plan.kind === "changed" && plan.findings.updates.length > MANY ? store.writeApart : store.write;
    return write(async (tx) => {
      const machine = await tx.machines.hold(machineId);
      if (!machine || machine.removedAt !== null) return { kind: "unknown machine" };
      // From here on no other vulnerability data comes to count: that the machine is to be judged again isn't overwritten.
      await tx.vulnerabilities.holdEditions();
      const current = await tx.updates.currentAssessment(machineId);
      if (current?.id !== before?.id) return "moved";
      const found = plan.kind === "changed" ? await take(tx, machine, plan, receivedAt) : undefined;
      const counts = found ? countUpdates(found.updates) : (current?.counts ?? {});
      const { packageManager, collectedAt, listsUpdatedAt, rebootPending, rebootReasons } = given;
      const problems = plan.kind === "failed" && given.problems.length === 0 ? plan.problems : given.problems;
      const installedCount = plan.kind === "failed" ? 0 : plan.kind === "changed" ? plan.findings.installed.length : (current?.installedCount ?? 0);
      const missing = found?.judged.missing ?? (current ? missingNow(current) : 0);
      const compliance = complianceOf({ receivedAt, collectedAt, listsUpdatedAt, missing, installedCount, problems }, receivedAt);
      const assessment: AssessmentRecord = {
        ...{ id, machineId, packageManager, sequence: report.sequence, collectedAt, receivedAt, listsUpdatedAt },
        ...{ rebootPending, rebootReasons, compliance, counts, problems, installedCount },
        // Of what is stored: that of the last good report while others fail.
        digest: plan.kind === "failed" ? (current?.digest ?? null) : plan.digest,
        verdicts: found?.judged.verdicts ?? current?.verdicts ?? {},
        judgeAgainAt: found ? found.judged.judgeAgainAt : (current?.judgeAgainAt ?? null),
      };
      await tx.updates.insertAssessment(assessment);
      const critical = found ? newlyCritical(found.known, found.updates) : [];
      if (critical.length > 0) {
        const led = await tx.commands.ledBy(machineId, receivedAt - CAUSE_MS);
        await tx.happenings.tell(criticalOf(machine, assessment, critical, { ...(led ?? { correlationId, depth: 0 }), at: receivedAt, because: "report" }));
      }
      return { kind: "taken", assessment };
    });
  }

  /** Stores what a machine has and lacks. */
  async function take(tx: Writes, machine: MachineRecord, { findings, packages }: Extract<Plan, { kind: "changed" }>, now: number) {
    const known = await tx.updates.ofMachine(machine.id);
    const enriched = await enrichment.enrich(tx, { facts: machine.facts, ...findings });
    const judged = await judge(tx, machine, withHistory(known, machine.id, enriched, now), now);
    const { updates } = judged;
    await tx.updates.putPackages(machine.id, packages);
    await storeUpdates(tx, machine.id, known, updates);
    return { known, updates, judged };
  }

  return {
    /**
     * Stores a report and assesses the machine by it, in one transaction. A report older than the newest one changes nothing; one that failed leaves what was known of
     * packages and updates as it was; one that brings nothing new writes one row. An update that was known keeps the time when it was first seen.
     */
    async take(machineId: string, report: Report): Promise<Taken> {
      const given = judgeReport(report.inventory);
      for (let tries = 0; tries < TRIES; tries++) {
        const taken = await attempt(machineId, report, given);
        if (taken !== "moved") return taken;
      }
      return { kind: "whole wanted" };
    },
  };
}
export type Intake = ReturnType<typeof createIntake>;

/** What the agent is told. */
export function answerTo(taken: Taken): ReportAnswer {
  switch (taken.kind) {
    case "taken":
      return { kind: "taken", digest: taken.assessment.digest };
    case "known":
      return { kind: "taken", digest: taken.digest };
    case "outdated":
      return { kind: "wanted", beyond: taken.newest };
    case "whole wanted":
      return { kind: "wanted", whole: true };
    case "unknown machine":
      return { kind: "refused" };
  }
}

/** Numbers of a machine that has joined anew may begin lower than before. */
function lateness(report: Report, before: AssessmentRecord | undefined, machine: MachineRecord): Taken | undefined {
  if (!before || report.sequence > before.sequence || before.receivedAt < machine.enrolledAt) return undefined;
  return report.sequence === before.sequence ? { kind: "known", digest: before.digest } : { kind: "outdated", newest: before.sequence };
}
