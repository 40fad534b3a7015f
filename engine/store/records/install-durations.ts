import { sql } from "kysely";
import { type Db, parts } from "./db.ts";

/** Of each name, machine or group, newest first; older ones tell little about today's packages and disks. */
const KEPT = 100;
/** What took longer tells of a machine that slept, or of a clock that was set. */
const LONGEST_MS = 86_400_000;
/** Each name binds a value. */
const NAMES_AT_ONCE = 1_000;

/** How long something took, milliseconds by the machine's clock. */
export interface KnownDuration {
  name: string;
  version: string;
  ms: number;
}

/** What earlier installs and reboots took: what forecasts are made of. */
export function installDurationReads(db: Db) {
  const succeeded = sql`${sql.ref("status")} = 'Succeeded' and ${sql.ref("startedAt")} is not null
    and ${sql.ref("endedAt")} > ${sql.ref("startedAt")} and ${sql.ref("endedAt")} - ${sql.ref("startedAt")} < ${sql.lit(LONGEST_MS)}`;
  const newest = (by: "name" | "machineId", keys: readonly string[]) => sql<{ machineId: string; name: string; version: string; ms: number | string }>`
    select ${sql.ref("machineId")}, ${sql.ref("name")}, ${sql.ref("version")}, ${sql.ref("ms")} from (
      select ${sql.ref("machineId")}, ${sql.ref("name")}, ${sql.ref("version")}, ${sql.ref("endedAt")} - ${sql.ref("startedAt")} as ${sql.ref("ms")},
        row_number() over (partition by ${sql.ref(by)} order by ${sql.ref("endedAt")} desc) as ${sql.ref("nth")}
      from ${sql.table("installedUpdates")} where ${sql.ref(by)} in (${sql.join([...keys])}) and ${succeeded}
    ) as ${sql.ref("known")} where ${sql.ref("nth")} <= ${sql.lit(KEPT)}`;

  return {
    /** Of installs of these updates, on whatever machine, in whatever version. */
    async ofUpdates(names: readonly string[]): Promise<KnownDuration[]> {
      const found: KnownDuration[] = [];
      for (const some of parts(names, NAMES_AT_ONCE))
        found.push(...(await newest("name", some).execute(db)).rows.map(({ name, version, ms }) => ({ name, version, ms: Number(ms) })));
      return found;
    },
    /** Of installs on these machines. */
    async ofMachines(machineIds: readonly string[]): Promise<Map<string, number[]>> {
      const found = new Map<string, number[]>();
      for (const some of parts(machineIds, NAMES_AT_ONCE))
        for (const { machineId, ms } of (await newest("machineId", some).execute(db)).rows) found.set(machineId, [...(found.get(machineId) ?? []), Number(ms)]);
      return found;
    },
    /** Of reboots of these machines that were proven: from the agent's taking the command up to its being back under another boot id. */
    async reboots(machineIds: readonly string[]): Promise<Map<string, number[]>> {
      const found = new Map<string, number[]>();
      for (const some of parts(machineIds, NAMES_AT_ONCE)) {
        const rows = await db
          .selectFrom("deploymentMachines")
          .innerJoin("commands", "commands.id", "deploymentMachines.rebootCommand")
          .select(["deploymentMachines.machineId", "commands.acknowledgedAt", "commands.sentAt", "commands.createdAt", "commands.endedAt"])
          .where("deploymentMachines.machineId", "in", some)
          .where("deploymentMachines.rebootState", "=", "Completed")
          .where("commands.endedAt", "is not", null)
          .orderBy("commands.endedAt", "desc")
          .execute();
        for (const { machineId, acknowledgedAt, sentAt, createdAt, endedAt } of rows) {
          const known = found.get(machineId) ?? [];
          const ms = Number(endedAt) - (acknowledgedAt ?? sentAt ?? createdAt);
          if (known.length < KEPT && ms > 0 && ms < LONGEST_MS) found.set(machineId, [...known, ms]);
        }
      }
      return found;
    },
  };
}
