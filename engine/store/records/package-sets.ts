import { promisify } from "node:util";
import { zstdCompress, zstdDecompressSync } from "node:zlib";
import { sql } from "kysely";
import type { InstalledPackage } from "../../core/update.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, parseJson, parts, type WriteParts } from "./db.ts";

/** Name, architecture, version, 1 if held, and the source's name and version where it has another one. */
type Packed = [string, string, string, 0 | 1, string?, string?];

/**
 * What is installed on machines: one packed row a machine, as it is asked for by machine and never across machines. A row for each package took fifteen times the room, and most of
 * the time in which a report is stored.
 * Invariant: a set counts while its digest is that of the machine's newest assessment. Until a machine's set is written, and while engines of an earlier version write
 * beside this one, the rows of `packages` do.
 */
export function packageSetReads(db: Db) {
  return {
    /** By name. @param names only those of these names; null: all */
    async packages(machineId: string, names: readonly string[] | null = null): Promise<InstalledPackage[]> {
      const set = () =>
        db
          .selectFrom("packageSets")
          .innerJoin("assessments", "assessments.machineId", "packageSets.machineId")
          .select("packageSets.packed")
          .where("packageSets.machineId", "=", machineId)
          .where("assessments.current", "=", sql.lit(1))
          .whereRef("assessments.digest", "=", "packageSets.digest")
          .executeTakeFirst();
      let found = await set();
      if (!found) {
        const rows = await rowsOf(db, machineId, names);
        // They may have become a set since it was looked for.
        found = await set();
        if (!found) return rows;
      }
      const wanted = names === null ? undefined : new Set(names);
      const all = parseJson<Packed[]>(zstdDecompressSync(found.packed).toString());
      return (wanted ? all.filter(([name]) => wanted.has(name)) : all).map(unpacked);
    },
  };
}

/** Made before the transaction, beside the engine's thread. @param digest of the assessment that is written with it */
export interface PackageSet {
  digest: string;
  packed: Buffer;
}
const compress = promisify(zstdCompress);
export async function packageSet(digest: string, installed: readonly InstalledPackage[]): Promise<PackageSet> {
  const sorted = installed.map(packed).sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  return { digest, packed: await compress(JSON.stringify(sorted)) };
}

export function packageSetWrites({ db, dialect }: WriteParts) {
  return {
    /** Replaces what is installed on a machine. */
    async putPackages(machineId: string, set: PackageSet): Promise<void> {
      const row = { machineId, ...set };
      await insertRow(
        { db, dialect },
        "packageSets",
        row,
        `on conflict ("machineId") do update set "digest" = excluded."digest", "packed" = excluded."packed"`,
      );
      await db.deleteFrom("packages").where("machineId", "=", machineId).execute();
    },
  };
}

const packed = ({ name, architecture, version, held, source }: InstalledPackage): Packed =>
  source ? [name, architecture, version, held ? 1 : 0, source.name, source.version] : [name, architecture, version, held ? 1 : 0];

const unpacked = ([name, architecture, version, held, sourceName, sourceVersion]: Packed): InstalledPackage => ({
  ...{ name, architecture, version, held: held === 1 },
  ...(sourceName === undefined || sourceVersion === undefined ? {} : { source: { name: sourceName, version: sourceVersion } }),
});

/** As engines of schema version 9 wrote it. */
async function rowsOf(db: Db, machineId: string, names: readonly string[] | null): Promise<InstalledPackage[]> {
  const query = db.selectFrom("packages").selectAll().where("machineId", "=", machineId).orderBy("name").orderBy("architecture");
  const rows: Schema["packages"][] = names === null ? await query.execute() : [];
  for (const some of names === null ? [] : parts(names)) rows.push(...(await query.where("name", "in", some).execute()));
  return rows.map(({ machineId: _, held, sourceName, sourceVersion, ...row }) => ({
    ...{ ...row, held: held === 1 },
    ...(sourceName === null || sourceVersion === null ? {} : { source: { name: sourceName, version: sourceVersion } }),
  }));
}
