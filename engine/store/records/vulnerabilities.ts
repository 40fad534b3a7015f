import { sql } from "kysely";
import type { Severity } from "../../core/update.ts";
import type { Fix, Vulnerability } from "../../core/vulnerability.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parseJson, parts, prepared, type WriteParts } from "./db.ts";

/** One import of vulnerability data: an edition of its source. */
export interface ImportRecord {
  edition: string;
  source: string;
  status: "loading" | "valid" | "replaced";
  /** Its name, where it was imported from. */
  file: string;
  startedAt: number;
  importedAt: number | null;
  importedBy: string;
  fixes: number;
  vulnerabilities: number;
  skipped: number;
}

const importsOf = prepared((db, status: ImportRecord["status"]) =>
  db.selectFrom("vulnerabilityImports").selectAll().where("status", "=", status).orderBy("source").orderBy("edition"),
);

export function vulnerabilityReads(db: Db) {
  const imports = async (status: ImportRecord["status"]): Promise<ImportRecord[]> => (await importsOf(db, status)) as ImportRecord[];
  return {
    imports,
    /** Those that count, in the same order for the same ones. */
    editions: async (): Promise<string[]> => (await imports("valid")).map((one) => one.edition),
    /** What mends something in these packages. */
    async fixes({ editions, platforms, packages }: { editions: readonly string[]; platforms: readonly string[]; packages: readonly string[] }): Promise<Fix[]> {
      const found: Fix[] = [];
      if (editions.length === 0 || platforms.length === 0) return found;
      for (const some of parts(packages)) {
        const rows = await db
          .selectFrom("vulnerabilityFixes")
          .selectAll()
          .where("edition", "in", [...editions])
          .where("platform", "in", [...platforms])
          .where("package", "in", some)
          .execute();
        found.push(
          ...rows.map(({ edition: _, severity, cvesJson, ...row }) => ({ ...row, severity: severity as Severity, cves: parseJson<string[]>(cvesJson) })),
        );
      }
      return found;
    },
    /** What each edition says of these; several may. */
    async about({ editions, cves }: { editions: readonly string[]; cves: readonly string[] }): Promise<Vulnerability[]> {
      const found: Vulnerability[] = [];
      if (editions.length === 0) return found;
      for (const some of parts(cves)) {
        const rows = await db
          .selectFrom("vulnerabilities")
          .select(["cve", "severity", "exploitedSince", "epss"])
          .where("edition", "in", [...editions])
          .where("cve", "in", some)
          .execute();
        found.push(...rows.map(({ severity, ...row }) => ({ ...row, severity: severity as Severity })));
      }
      return found;
    },
  };
}

export function vulnerabilityWrites({ db, dialect }: WriteParts) {
  const remove = async (table: "vulnerabilityFixes" | "vulnerabilities", key: "package" | "cve", edition: string, limit: number): Promise<number> => {
    const some = sql<string>`(select distinct ${sql.ref(key)} from ${sql.table(table)} where ${sql.ref("edition")} = ${edition} limit ${limit})`;
    const gone = await sql`delete from ${sql.table(table)} where ${sql.ref("edition")} = ${edition} and ${sql.ref(key)} in ${some}`.execute(db);
    return Number(gone.numAffectedRows ?? 0n);
  };
  return {
    ...vulnerabilityReads(db),
    /** Which editions count stays as it is until the transaction ends: what is stored by them isn't outdated unnoticed. */
    holdEditions: (): Promise<void> => dialect.shareEditions(db),
    async begin(record: Pick<ImportRecord, "edition" | "source" | "file" | "startedAt" | "importedBy">): Promise<void> {
      const nothing = { status: "loading", importedAt: null, fixes: 0, vulnerabilities: 0, skipped: 0 };
      await db
        .insertInto("vulnerabilityImports")
        .values({ ...record, ...nothing })
        .execute();
    },
    /** The same again is passed over. */
    async add(edition: string, { fixes, vulnerabilities }: { fixes: readonly Fix[]; vulnerabilities: readonly Vulnerability[] }): Promise<void> {
      const rows: Schema["vulnerabilityFixes"][] = fixes.map(({ cves, ...fix }) => ({ edition, ...fix, cvesJson: JSON.stringify(cves) }));
      for (const chunk of chunks(rows, dialect.maxParameters))
        await db
          .insertInto("vulnerabilityFixes")
          .values(chunk)
          .onConflict((conflict) => conflict.columns(["edition", "platform", "package", "fixedVersion", "advisory"]).doNothing())
          .execute();
      for (const chunk of chunks(
        vulnerabilities.map((one) => ({ edition, ...one })),
        dialect.maxParameters,
      ))
        await db
          .insertInto("vulnerabilities")
          .values(chunk)
          .onConflict((conflict) => conflict.columns(["edition", "cve"]).doNothing())
          .execute();
    },
    /** From the end of this transaction on it counts, and the edition before it doesn't. @returns whether it was still being loaded */
    async makeValid(
      edition: string,
      { source, ...end }: Pick<ImportRecord, "source" | "importedAt" | "fixes" | "vulnerabilities" | "skipped">,
    ): Promise<boolean> {
      await dialect.lockEditions(db);
      const table = () => db.updateTable("vulnerabilityImports");
      const mine = await db.selectFrom("vulnerabilityImports").select("status").where("edition", "=", edition).executeTakeFirst();
      if (mine?.status !== "loading") return false;
      await table().set({ status: "replaced" }).where("source", "=", source).where("status", "=", "valid").execute();
      await table()
        .set({ status: "valid", ...end })
        .where("edition", "=", edition)
        .execute();
      return true;
    },
    /** A source isn't wanted any more. @returns whether there was one */
    async dropSource(source: string): Promise<boolean> {
      await dialect.lockEditions(db);
      const dropped = await db
        .updateTable("vulnerabilityImports")
        .set({ status: "replaced" })
        .where("source", "=", source)
        .where("status", "=", "valid")
        .executeTakeFirst();
      return dropped.numUpdatedRows > 0n;
    },
    /** Loading came to nothing. */
    async abandon(edition: string): Promise<void> {
      await db.updateTable("vulnerabilityImports").set({ status: "replaced" }).where("edition", "=", edition).where("status", "=", "loading").execute();
    },
    /** Those that began before this time and never ended: their engine is gone. */
    async abandonBefore(startedAt: number): Promise<void> {
      await db.updateTable("vulnerabilityImports").set({ status: "replaced" }).where("status", "=", "loading").where("startedAt", "<", startedAt).execute();
    },
    /** Removes rows of an edition that doesn't count, those of `limit` packages and of as many vulnerabilities. @returns false when it is gone as a whole */
    async removeSome(edition: string, limit: number): Promise<boolean> {
      const fixes = await remove("vulnerabilityFixes", "package", edition, limit);
      const vulnerabilities = await remove("vulnerabilities", "cve", edition, limit);
      if (fixes + vulnerabilities > 0) return true;
      await db.deleteFrom("vulnerabilityImports").where("edition", "=", edition).where("status", "=", "replaced").execute();
      return false;
    },
  };
}
