import { sql } from "kysely";
import type { ComplianceState } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";
import { chunks, type Db, type WriteParts } from "./db.ts";
import type { UpdateKey } from "./first-seen.ts";
import { toUpdate, type UpdateRecord, type VerdictCounts } from "./updates.ts";

export interface VerdictRecord extends UpdateKey {
  machineId: string;
  verdict: Verdict;
  dueAt: number | null;
}

/** What verdicts of one machine sum up to. */
export interface AssessmentVerdicts {
  compliance: ComplianceState;
  verdicts: Readonly<VerdictCounts>;
  judgeAgainAt: number | null;
}

export function verdictReads(db: Db) {
  return {
    /** What is missing on each of these machines. */
    async updatesOf(machineIds: readonly string[]): Promise<Map<string, UpdateRecord[]>> {
      const found = new Map<string, UpdateRecord[]>(machineIds.map((id) => [id, []]));
      if (machineIds.length === 0) return found;
      const rows = await db
        .selectFrom("updates")
        .selectAll()
        .where("machineId", "in", [...machineIds])
        .execute();
      for (const row of rows) found.get(row.machineId)?.push(toUpdate(row));
      return found;
    },
  };
}

/** Verdicts of policies, where they have changed since they were reported. */
export function verdictWrites({ db, dialect }: WriteParts) {
  return {
    ...verdictReads(db),
    /** Rows that are there; others are passed over. In one statement for thousands. */
    async put(records: readonly VerdictRecord[]): Promise<void> {
      for (const some of chunks(records, dialect.maxParameters)) {
        const values = some.map(
          ({ machineId, name, architecture, candidateVersion, verdict, dueAt }) =>
            sql`(${machineId}, ${name}, ${architecture}, ${candidateVersion}, ${verdict}, cast(${dueAt} as bigint))`,
        );
        await sql`with ${sql.ref("given")}(${sql.join(COLUMNS.map((column) => sql.ref(column)))}) as (values ${sql.join(values)})
          update ${sql.table("updates")} set ${sql.ref("verdict")} = ${sql.ref("given.verdict")}, ${sql.ref("dueAt")} = ${sql.ref("given.dueAt")}
          from ${sql.table("given")}
          where ${sql.join(
            KEYS.map((column) => sql`${sql.ref(`updates.${column}`)} = ${sql.ref(`given.${column}`)}`),
            sql` and `,
          )}`.execute(db);
      }
    },
    async putAssessment(assessmentId: string, { compliance, verdicts, judgeAgainAt }: AssessmentVerdicts): Promise<void> {
      await db
        .updateTable("assessments")
        .set({ compliance, verdictsJson: JSON.stringify(verdicts), judgeAgainAt })
        .where("id", "=", assessmentId)
        .execute();
    },
  };
}

const KEYS = ["machineId", "name", "architecture", "candidateVersion"] as const;
const COLUMNS = [...KEYS, "verdict", "dueAt"] as const;
