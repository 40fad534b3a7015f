import { createHash } from "node:crypto";
import type { Classification, Severity, UpdateKind } from "../../core/update.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parseJson, parts, preparedFew, type WriteParts } from "./db.ts";

/** An update as it is offered: what all machines share that miss the same. It never changes; who knows more of it makes another one. */
export interface Offer {
  id: number;
  kind: UpdateKind;
  name: string;
  title: string | null;
  architecture: string;
  candidateVersion: string;
  classification: Classification;
  severity: Severity;
  cves: readonly string[];
  exploitedSince: number | null;
  epss: number | null;
}

export function offerReads(db: Db) {
  return {
    /** Of these ids, those that there are. */
    async many(ids: readonly number[]): Promise<Offer[]> {
      const found: Offer[] = [];
      for (const some of parts(ids)) found.push(...(await db.selectFrom("offers").selectAll().where("id", "in", some).execute()).map(toOffer));
      return found;
    },
  };
}

const known = preparedFew((db, hashes: readonly string[]) => db.selectFrom("offers").select(["hash", "id"]).where("hash", "in", hashes));

/** Columns of a missing update that make its offer another one. */
export const OFFERED = [
  "kind",
  "name",
  "title",
  "architecture",
  "candidateVersion",
  "classification",
  "severity",
  "cvesJson",
  "exploitedSince",
  "epss",
] as const;
export type Offered = Pick<Schema["updates"], (typeof OFFERED)[number]>;

export const offerHash = (update: Offered): string =>
  createHash("sha256")
    .update(JSON.stringify(OFFERED.map((column) => update[column])))
    .digest("base64url");

/** Ids of these offers, by their hashes; those that aren't there yet are made. */
export async function offerIds({ db, dialect }: Pick<WriteParts, "db" | "dialect">, wanted: ReadonlyMap<string, Offered>): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const look = async (hashes: readonly string[]): Promise<void> => {
    for (const some of parts(hashes)) for (const { hash, id } of await known(db, some)) found.set(hash, id);
  };
  await look([...wanted.keys()]);
  // In one order, so that engines that hear of the same updates don't wait for each other crosswise.
  const fresh = [...wanted].filter(([hash]) => !found.has(hash)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (fresh.length === 0) return found;
  const rows = fresh.map(([hash, update]) => ({ hash, ...(Object.fromEntries(OFFERED.map((column) => [column, update[column]])) as Offered) }));
  for (const some of chunks(rows, dialect.maxParameters))
    await db
      .insertInto("offers")
      .values(some)
      .onConflict((conflict) => conflict.column("hash").doNothing())
      .execute();
  await look(fresh.map(([hash]) => hash));
  return found;
}

const toOffer = ({ cvesJson, kind, classification, severity, hash: _, ...same }: Omit<Schema["offers"], "id"> & { id: number }): Offer => ({
  ...same,
  kind: kind as UpdateKind,
  classification: classification as Classification,
  severity: severity as Severity,
  cves: parseJson(cvesJson),
});
