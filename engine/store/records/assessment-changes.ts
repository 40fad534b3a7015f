import { sql } from "kysely";
import type { ComplianceState } from "../../core/update.ts";
import { type Db, parseJson } from "./db.ts";
import type { AssessmentRecord } from "./updates.ts";

type Told = Pick<AssessmentRecord, "compliance" | "counts" | "verdicts" | "rebootPending">;

/** An assessment that says something else than the one before it. */
export interface AssessmentChange extends Told {
  id: string;
  receivedAt: number;
  /** Null: it was the first. */
  previous: Told | null;
}
export type AssessmentPlace = Pick<AssessmentChange, "receivedAt" | "id">;

interface Row {
  id: string;
  receivedAt: number;
  compliance: string;
  countsJson: string;
  verdictsJson: string;
  rebootPending: number;
  previousCompliance: string | null;
  previousCounts: string;
  previousVerdicts: string;
  previousReboot: number;
}

export function assessmentChangeReads(db: Db) {
  const before = (column: string, as: string) => sql`lag(${sql.ref(column)}) over (order by ${sql.ref("receivedAt")}, id) as ${sql.ref(as)}`;
  const differs = (column: string, previous: string) => sql`${sql.ref(column)} <> ${sql.ref(previous)}`;

  async function candidates(machineId: string, place: AssessmentPlace | null, limit: number): Promise<AssessmentChange[]> {
    const older = place
      ? sql`(${sql.ref("receivedAt")} < ${place.receivedAt} or (${sql.ref("receivedAt")} = ${place.receivedAt} and id < ${place.id}))`
      : sql`1 = 1`;
    const { rows } = await sql<Row>`select * from (
        select id, ${sql.ref("receivedAt")}, compliance, ${sql.ref("countsJson")}, ${sql.ref("verdictsJson")}, ${sql.ref("rebootPending")},
          ${before("compliance", "previousCompliance")}, ${before("countsJson", "previousCounts")},
          ${before("verdictsJson", "previousVerdicts")}, ${before("rebootPending", "previousReboot")}
        from assessments where ${sql.ref("machineId")} = ${machineId}) as told
      where ${older} and (${sql.ref("previousCompliance")} is null or ${differs("compliance", "previousCompliance")}
        or ${differs("countsJson", "previousCounts")} or ${differs("verdictsJson", "previousVerdicts")} or ${differs("rebootPending", "previousReboot")})
      order by ${sql.ref("receivedAt")} desc, id desc limit ${limit}`.execute(db);
    return rows.map(toChange);
  }

  return {
    /** Newest first. The database compares texts, whose words may stand in another order: of those that differ in nothing else none is returned. */
    async changes(machineId: string, { before: place, limit }: { before: AssessmentPlace | null; limit: number }): Promise<AssessmentChange[]> {
      const found: AssessmentChange[] = [];
      for (let from = place; ; ) {
        const some = await candidates(machineId, from, limit);
        found.push(...some.filter(({ previous, ...now }) => previous === null || textOf(now) !== textOf(previous)));
        from = some.at(-1) ?? null;
        if (found.length >= limit || some.length < limit) return found.slice(0, limit);
      }
    },
  };
}

const textOf = ({ compliance, counts, verdicts, rebootPending }: Told): string => JSON.stringify([compliance, rebootPending, sorted(counts), sorted(verdicts)]);
const sorted = (counts: object) => Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));

function toChange({ id, receivedAt, previousCompliance, previousCounts, previousVerdicts, previousReboot, ...row }: Row): AssessmentChange {
  return {
    ...{ id, receivedAt: Number(receivedAt) },
    ...told(row.compliance, row.countsJson, row.verdictsJson, row.rebootPending),
    previous: previousCompliance === null ? null : told(previousCompliance, previousCounts, previousVerdicts, previousReboot),
  };
}

const told = (compliance: string, counts: string, verdicts: string, reboot: number): Told => ({
  ...{ compliance: compliance as ComplianceState, counts: parseJson<Told["counts"]>(counts), verdicts: parseJson<Told["verdicts"]>(verdicts) },
  rebootPending: reboot === 1,
});
