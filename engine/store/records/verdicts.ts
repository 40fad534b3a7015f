import { sql } from "kysely";
import type { ComplianceState } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parts, type WriteParts } from "./db.ts";
import type { UpdateKey } from "./first-seen.ts";
import { type AssessmentRecord, toUpdate, type UpdateRecord, type VerdictCounts } from "./updates.ts";

export interface VerdictRecord extends UpdateKey {
  machineId: string;
  verdict: Verdict;
  dueAt: number | null;
}

/** What verdicts of one machine sum up to. */
export interface AssessmentVerdicts {
  /** Of the assessment. */
  id: string;
  compliance: ComplianceState;
  counts: AssessmentRecord["counts"];
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
export function verdictWrites({ db, dialect, noteMissing, noteAssessed }: WriteParts) {
  return {
    ...verdictReads(db),
    /** Rows that are there; others are passed over. In one statement for thousands. */
    async put(records: readonly VerdictRecord[]): Promise<void> {
      for (const { machineId } of records) noteMissing(machineId);
      for (const some of chunks(records, dialect.maxParameters))
        await updateFrom(db, "updates", {
          keys: ["machineId", "name", "architecture", "candidateVersion"],
          set: ["verdict", "dueAt"],
          rows: some.map(({ machineId, name, architecture, candidateVersion, verdict, dueAt }) => [
            machineId,
            name,
            architecture,
            candidateVersion,
            verdict,
            big(dueAt),
          ]),
        });
    },
    /** The same of assessments. */
    async putAssessments(records: readonly AssessmentVerdicts[]): Promise<void> {
      for (const some of chunks(records, dialect.maxParameters))
        await updateFrom(db, "assessments", {
          keys: ["id"],
          set: ["compliance", "countsJson", "verdictsJson", "judgeAgainAt"],
          rows: some.map(({ id, compliance, counts, verdicts, judgeAgainAt }) => [
            id,
            compliance,
            JSON.stringify(counts),
            JSON.stringify(verdicts),
            big(judgeAgainAt),
          ]),
        });
      const ids = records.map(({ id }) => id);
      for (const some of parts(ids))
        for (const { machineId } of await db.selectFrom("assessments").select("machineId").where("id", "in", some).execute()) noteAssessed(machineId);
    },
  };
}

/** A number that may be null: PostgreSQL can't guess the type of a value that stands alone. */
const big = (value: number | null) => sql`cast(${value} as bigint)`;

/** Sets columns of many rows, each to values of its own. @param keys the first one is what an index begins with @param rows values of the keys, then of what is set */
async function updateFrom<Table extends keyof Schema>(
  db: Db,
  table: Table,
  {
    keys,
    set,
    rows,
  }: { keys: readonly (keyof Schema[Table] & string)[]; set: readonly (keyof Schema[Table] & string)[]; rows: readonly (readonly unknown[])[] },
): Promise<void> {
  const given = (column: string) => sql.ref(`given.${column}`);
  const columns = sql.join([...keys, ...set].map((column) => sql.ref(column)));
  const values = sql.join(rows.map((row) => sql`(${sql.join(row)})`));
  const sets = sql.join(set.map((column) => sql`${sql.ref(column)} = ${given(column)}`));
  const same = sql.join(
    keys.map((column) => sql`${sql.ref(`${table}.${column}`)} = ${given(column)}`),
    sql` and `,
  );
  // Said once more for the planner, which else may read the whole table for a few rows.
  const narrow = sql`${sql.ref(`${table}.${keys[0]}`)} in (${sql.join([...new Set(rows.map(([first]) => first))])})`;
  await sql`with ${sql.ref("given")}(${columns}) as (values ${values})
    update ${sql.table(table)} set ${sets} from ${sql.table("given")} where ${narrow} and ${same}`.execute(db);
}
