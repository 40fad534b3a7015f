import { sql } from "kysely";
import type { Scope } from "../../core/scope.ts";
import type { Classification, ComplianceState, InstalledPackage, MissingUpdate } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parseJson, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** One machine's missing updates at one time, in figures. */
export interface AssessmentRecord {
  id: string;
  machineId: string;
  packageManager: string;
  /** Of the report; grows with every report of a machine. */
  sequence: number;
  collectedAt: number;
  receivedAt: number;
  listsUpdatedAt: number | null;
  rebootPending: boolean;
  rebootReasons: readonly string[];
  compliance: ComplianceState;
  counts: Readonly<Partial<Record<Classification | "held", number>>>;
  problems: readonly string[];
  installedCount: number;
  /** Of what was reported: the next report needs to hold only what differs from it. */
  digest: string | null;
  verdicts: Readonly<VerdictCounts>;
  /** When verdicts must be given anew; null: not by time. */
  judgeAgainAt: number | null;
}
/** Missing updates by verdict, and how many of them are beyond their due time. */
export type VerdictCounts = Partial<Record<Verdict | "overdue", number>>;

export interface UpdateRecord extends MissingUpdate {
  machineId: string;
  /** When the engine first heard of it on this machine. */
  firstSeenAt: number;
  verdict: Verdict;
  /** When it must be installed by, Unix milliseconds; null: no policy says. */
  dueAt: number | null;
}

export interface UpdateFilter {
  scopes: readonly Scope[];
  machineIds?: readonly string[];
  classification?: Classification;
  limit: number;
  offset: number;
}

export function updateReads(db: Db) {
  return {
    async currentAssessment(machineId: string): Promise<AssessmentRecord | undefined> {
      const row = await db.selectFrom("assessments").selectAll().where("machineId", "=", machineId).where("current", "=", sql.lit(1)).executeTakeFirst();
      return row && toAssessment(row);
    },
    /** The newest of each machine. */
    async currentAssessments(machineIds: readonly string[] | null): Promise<AssessmentRecord[]> {
      let query = db.selectFrom("assessments").selectAll().where("current", "=", sql.lit(1));
      if (machineIds !== null) query = query.where("machineId", "in", [...machineIds]);
      return machineIds?.length === 0 ? [] : (await query.execute()).map(toAssessment);
    },
    /** Newest first. */
    async history(machineId: string, limit: number): Promise<AssessmentRecord[]> {
      const rows = await db.selectFrom("assessments").selectAll().where("machineId", "=", machineId).orderBy("collectedAt", "desc").limit(limit).execute();
      return rows.map(toAssessment);
    },
    async ofMachine(machineId: string): Promise<UpdateRecord[]> {
      const rows = await db.selectFrom("updates").selectAll().where("machineId", "=", machineId).orderBy("name").orderBy("architecture").execute();
      return rows.map(toUpdate);
    },
    /** By name of machine, then of update. */
    async list(filter: UpdateFilter): Promise<(UpdateRecord & { machine: string })[]> {
      let query = db
        .selectFrom("updates")
        .innerJoin("machines", "machines.id", "updates.machineId")
        .selectAll("updates")
        .select("machines.name as machine")
        .where("machines.removedAt", "is", null)
        .where((where) => withinScopes(where, "machines.scope", filter.scopes))
        .orderBy("machines.name")
        .orderBy("updates.name")
        .orderBy("updates.architecture")
        .limit(filter.limit)
        .offset(filter.offset);
      if (filter.machineIds) query = query.where("updates.machineId", "in", [...filter.machineIds]);
      if (filter.classification) query = query.where("updates.classification", "=", filter.classification);
      return (await query.execute()).map((row) => ({ ...toUpdate(row), machine: row.machine }));
    },
    async packages(machineId: string): Promise<InstalledPackage[]> {
      const rows = await db.selectFrom("packages").selectAll().where("machineId", "=", machineId).orderBy("name").orderBy("architecture").execute();
      return rows.map(({ machineId: _, held, sourceName, sourceVersion, ...row }) => ({
        ...{ ...row, held: held === 1 },
        ...(sourceName === null || sourceVersion === null ? {} : { source: { name: sourceName, version: sourceVersion } }),
      }));
    },
  };
}

export function updateWrites({ db, dialect }: WriteParts) {
  return {
    ...updateReads(db),
    async insertAssessment(assessment: AssessmentRecord): Promise<void> {
      const { rebootPending, rebootReasons, counts, problems, verdicts, ...same } = assessment;
      await db.updateTable("assessments").set({ current: 0 }).where("machineId", "=", assessment.machineId).where("current", "=", sql.lit(1)).execute();
      await db
        .insertInto("assessments")
        .values({
          ...same,
          rebootPending: rebootPending ? 1 : 0,
          rebootReasonsJson: JSON.stringify(rebootReasons),
          countsJson: JSON.stringify(counts),
          problemsJson: JSON.stringify(problems),
          verdictsJson: JSON.stringify(verdicts),
          current: 1,
        })
        .execute();
    },
    /** Replaces what is missing on a machine. */
    async replaceUpdates(machineId: string, updates: readonly UpdateRecord[]): Promise<void> {
      await db.deleteFrom("updates").where("machineId", "=", machineId).execute();
      const rows = updates.map(({ held, phased, cves, advisories, title, installedVersion, sizeBytes, ...same }) => ({
        ...same,
        title: title ?? null,
        installedVersion: installedVersion ?? "",
        advisoriesJson: JSON.stringify(advisories),
        held: held ? 1 : 0,
        phased: phased ? 1 : 0,
        cvesJson: JSON.stringify(cves),
        sizeBytes: sizeBytes ?? null,
      }));
      for (const chunk of chunks(rows, dialect.maxParameters)) await db.insertInto("updates").values(chunk).execute();
    },
    /** Replaces what is installed on a machine. */
    async replacePackages(machineId: string, packages: readonly InstalledPackage[]): Promise<void> {
      await db.deleteFrom("packages").where("machineId", "=", machineId).execute();
      const rows = packages.map(({ held, source, ...one }) => ({
        ...{ machineId, ...one, held: held ? 1 : 0 },
        ...{ sourceName: source?.name ?? null, sourceVersion: source?.version ?? null },
      }));
      for (const chunk of chunks(rows, dialect.maxParameters)) await db.insertInto("packages").values(chunk).execute();
    },
  };
}

function toAssessment(row: Schema["assessments"]): AssessmentRecord {
  const { rebootPending, rebootReasonsJson, compliance, countsJson, problemsJson, verdictsJson, current: _, ...same } = row;
  return {
    ...same,
    compliance: compliance as ComplianceState,
    rebootPending: rebootPending === 1,
    rebootReasons: parseJson(rebootReasonsJson),
    counts: parseJson(countsJson),
    problems: parseJson(problemsJson),
    verdicts: parseJson(verdictsJson),
  };
}

export function toUpdate(row: Schema["updates"]): UpdateRecord {
  const { held, phased, cvesJson, advisoriesJson, kind, title, installedVersion, sizeBytes, classification, severity, rebootBehaviour, verdict, ...same } = row;
  return {
    ...same,
    kind: kind as UpdateRecord["kind"],
    ...(title === null ? {} : { title }),
    installedVersion: installedVersion === "" ? null : installedVersion,
    verdict: verdict as Verdict,
    advisories: parseJson(advisoriesJson),
    classification: classification as UpdateRecord["classification"],
    severity: severity as UpdateRecord["severity"],
    rebootBehaviour: rebootBehaviour as UpdateRecord["rebootBehaviour"],
    held: held === 1,
    phased: phased === 1,
    cves: parseJson(cvesJson),
    ...(sizeBytes === null ? {} : { sizeBytes }),
  };
}
