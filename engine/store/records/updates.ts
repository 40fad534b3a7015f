import { sql } from "kysely";
import { isCve, type PackageKey } from "../../core/report.ts";
import type { Scope } from "../../core/scope.ts";
import type { Classification, ComplianceState, Severity } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";
import type { EnrichedUpdate } from "../../core/vulnerability-enrichment.ts";
import type { Schema } from "../schema.ts";
import { assessmentChangeReads } from "./assessment-changes.ts";
import { chunks, type Db, insertRow, parseJson, parseJsonOrNull, prepared, putRows, type WriteParts } from "./db.ts";
import { packageSetReads, packageSetWrites } from "./package-sets.ts";
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

export interface UpdateRecord extends EnrichedUpdate {
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
  name?: string;
  classification?: Classification;
  severity?: Severity;
  verdict?: Verdict;
  /** That it mends. */
  cve?: string;
  /** Only those of which a vulnerability is known to be exploited. */
  exploited?: boolean;
  /** Only those that were to be installed by this moment, Unix milliseconds, and are offered to their machine. */
  overdueAt?: number;
  limit: number;
  /** Begins behind this one. */
  after?: UpdatePlace;
}

/** Place in the list of updates. */
export interface UpdatePlace {
  machine: string;
  name: string;
  architecture: string;
  candidateVersion: string;
}

const currentOf = prepared((db, machineId: string) =>
  db.selectFrom("assessments").selectAll().where("machineId", "=", machineId).where("current", "=", sql.lit(1)),
);
const missingOn = prepared((db, machineId: string) =>
  db.selectFrom("updates").selectAll().where("machineId", "=", machineId).orderBy("name").orderBy("architecture"),
);
const outdated = prepared((db, machineId: string) =>
  db
    .updateTable("assessments")
    .set({ current: sql.lit(0) })
    .where("machineId", "=", machineId)
    .where("current", "=", sql.lit(1))
    .returning("id"),
);

export function updateReads(db: Db) {
  return {
    ...assessmentChangeReads(db),
    ...packageSetReads(db),
    async currentAssessment(machineId: string): Promise<AssessmentRecord | undefined> {
      const [row] = await currentOf(db, machineId);
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
      const rows = await db
        .selectFrom("assessments")
        .selectAll()
        .where("machineId", "=", machineId)
        .orderBy("receivedAt", "desc")
        .orderBy("sequence", "desc")
        .limit(limit)
        .execute();
      return rows.map(toAssessment);
    },
    async ofMachine(machineId: string): Promise<UpdateRecord[]> {
      return (await missingOn(db, machineId)).map(toUpdate);
    },
    /** By name of machine, then of update. A word that isn't a CVE's number finds none. */
    async list(filter: UpdateFilter): Promise<(UpdateRecord & { machine: string })[]> {
      // SQLite keeps to the order of a cross join: machines by their names, each with its updates, so that nothing is sorted and a page ends when it is full.
      let query = db
        .selectFrom("machines")
        .crossJoin("updates")
        .whereRef("machines.id", "=", "updates.machineId")
        .selectAll("updates")
        .select("machines.name as machine")
        .where("machines.removedAt", "is", null)
        .where((where) => withinScopes(where, "machines.scope", filter.scopes))
        .orderBy("machines.name")
        .orderBy("updates.name")
        .orderBy("updates.architecture")
        .orderBy("updates.candidateVersion")
        .limit(filter.limit);
      const { after, name: ofName, severity, verdict, cve, exploited, overdueAt } = filter;
      if (filter.machineIds) query = query.where("updates.machineId", "in", [...filter.machineIds]);
      if (ofName !== undefined) query = query.where("updates.name", "=", ofName);
      if (filter.classification) query = query.where("updates.classification", "=", filter.classification);
      if (severity) query = query.where("updates.severity", "=", sql.lit(severity)); // a word of ours: the index of critical ones is found by it
      if (verdict) query = query.where("updates.verdict", "=", verdict);
      if (cve !== undefined && !isCve(cve)) return [];
      // It holds no character that means something to `like`.
      if (cve) query = query.where("updates.cvesJson", "like", `%"${cve}"%`);
      if (exploited) query = query.where("updates.exploitedSince", "is not", null);
      if (overdueAt !== undefined) query = query.where("updates.dueAt", "<=", overdueAt).where("updates.phased", "=", 0);
      if (after) {
        const { machine, name, architecture, candidateVersion } = after;
        query = query.where((eb) =>
          eb(
            eb.refTuple("machines.name", "updates.name", "updates.architecture", "updates.candidateVersion"),
            ">",
            eb.tuple(machine, name, architecture, candidateVersion),
          ),
        );
      }
      return (await query.execute()).map((row) => ({ ...toUpdate(row), machine: row.machine }));
    },
  };
}

export function updateWrites(by: WriteParts) {
  const { db, dialect, noteMissing, noteAssessed } = by;
  return {
    ...updateReads(db),
    ...packageSetWrites(by),
    async insertAssessment(assessment: AssessmentRecord): Promise<void> {
      const { rebootPending, rebootReasons, counts, problems, verdicts, ...same } = assessment;
      // Of a machine that had none there is no set of missing updates yet, also when nothing is missing.
      if ((await outdated(db, assessment.machineId)).length === 0) noteMissing(assessment.machineId);
      else noteAssessed(assessment.machineId);
      await insertRow({ db, dialect }, "assessments", {
        ...same,
        rebootPending: rebootPending ? 1 : 0,
        rebootReasonsJson: JSON.stringify(rebootReasons),
        countsJson: JSON.stringify(counts),
        problemsJson: JSON.stringify(problems),
        verdictsJson: JSON.stringify(verdicts),
        current: 1,
      });
    },
    /** Replaces what is missing on a machine. */
    async replaceUpdates(machineId: string, updates: readonly UpdateRecord[]): Promise<void> {
      noteMissing(machineId);
      await db.deleteFrom("updates").where("machineId", "=", machineId).execute();
      for (const chunk of chunks(updates.map(toUpdateRow), dialect.maxParameters)) await db.insertInto("updates").values(chunk).execute();
    },
    /** Puts these in the place of those with the same key, and takes away others. */
    async changeUpdates(machineId: string, { put, removed }: { put: readonly UpdateRecord[]; removed: readonly PackageKey[] }): Promise<void> {
      if (put.length + removed.length > 0) noteMissing(machineId);
      for (const { name, architecture, version } of removed) {
        const ofMachine = db.deleteFrom("updates").where("machineId", "=", machineId);
        await ofMachine.where("name", "=", name).where("architecture", "=", architecture).where("candidateVersion", "=", version).execute();
      }
      await putRows({ db, dialect }, "updates", put.map(toUpdateRow), ["machineId", "name", "architecture", "candidateVersion"]);
    },
    /** What is known of the newest assessment beside what was reported: figures and verdicts. */
    async patchAssessment(id: string, { counts, verdicts, ...fields }: Partial<Pick<AssessmentRecord, "counts" | "verdicts" | "compliance" | "judgeAgainAt">>) {
      const json = { ...(counts && { countsJson: JSON.stringify(counts) }), ...(verdicts && { verdictsJson: JSON.stringify(verdicts) }) };
      const update = db.updateTable("assessments").set({ ...fields, ...json });
      for (const { machineId } of await update.where("id", "=", id).returning("machineId").execute()) noteAssessed(machineId);
    },
    /** All machines are to be judged again: what they are judged by has changed. */
    async judgeAllAgain(): Promise<void> {
      await db.updateTable("assessments").set({ judgeAgainAt: 0 }).where("current", "=", sql.lit(1)).execute();
    },
    /** What machines had and missed that were removed before this time, of so many machines. Their own rows stay: what tells of them names them. @returns how many */
    async purgeOfRemoved(before: number, limit: number): Promise<number> {
      const removed = db.selectFrom("machines").innerJoin("assessments", "assessments.machineId", "machines.id").select("machines.id");
      const machines = await removed.where("machines.removedAt", "<", before).where("assessments.current", "=", sql.lit(1)).limit(limit).execute();
      const ids = machines.map(({ id }) => id);
      if (ids.length === 0) return 0;
      for (const table of ["assessments", "updates", "packages", "packageSets", "standings"] as const)
        await db.deleteFrom(table).where("machineId", "in", ids).execute();
      return ids.length;
    },
    /** Assessments before this time go, `limit` of them, but never the newest of a machine. @returns how many went */
    async purgeAssessments(before: number, limit: number): Promise<number> {
      const old = db.selectFrom("assessments").select("id").where("receivedAt", "<", before).where("current", "=", 0).orderBy("receivedAt").limit(limit);
      const gone = await db.deleteFrom("assessments").where("id", "in", old).executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
  };
}

const toUpdateRow = ({ held, phased, cves, advisories, title, installedVersion, sizeBytes, reported, ...same }: UpdateRecord): Schema["updates"] => ({
  ...same,
  title: title ?? null,
  installedVersion: installedVersion ?? "",
  advisoriesJson: JSON.stringify(advisories),
  held: held ? 1 : 0,
  phased: phased ? 1 : 0,
  cvesJson: JSON.stringify(cves),
  sizeBytes: sizeBytes ?? null,
  reportedJson: reported === null ? null : JSON.stringify(reported),
});

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
  const {
    held,
    phased,
    cvesJson,
    advisoriesJson,
    kind,
    title,
    installedVersion,
    sizeBytes,
    classification,
    severity,
    rebootBehaviour,
    verdict,
    reportedJson,
    ...same
  } = row;
  return {
    ...same,
    reported: parseJsonOrNull(reportedJson),
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
