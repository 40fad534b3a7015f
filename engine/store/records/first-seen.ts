import type { Scope } from "../../core/scope.ts";
import type { MissingUpdate } from "../../core/update.ts";
import { chunks, type Db, parts, preparedFew, type WriteParts } from "./db.ts";

/** Which update: another version is another one. */
export type UpdateKey = Pick<MissingUpdate, "name" | "architecture" | "candidateVersion">;

export interface FirstSeenRecord extends UpdateKey {
  scope: Scope;
  /** Unix milliseconds by the engine's clock. */
  at: number;
}

const NAMES_AT_ONCE = 2_000;

const seenIn = preparedFew((db, names: readonly string[], scope: Scope) =>
  db.selectFrom("updatesFirstSeen").selectAll().where("scope", "=", scope).where("name", "in", names),
);

/** When the engine first heard of an update anywhere in a scope or below it. */
export function firstSeenReads(db: Db) {
  return {
    /** All versions of these names, in these scopes themselves. */
    async of(scopes: readonly Scope[], names: readonly string[]): Promise<FirstSeenRecord[]> {
      const found: FirstSeenRecord[] = [];
      for (const some of parts(names, NAMES_AT_ONCE)) for (const scope of scopes) found.push(...(await seenIn(db, some, scope)));
      return found;
    },
  };
}

export function firstSeenWrites({ db, dialect }: WriteParts) {
  return {
    ...firstSeenReads(db),
    /** What is there already keeps its time. */
    async note(rows: readonly FirstSeenRecord[]): Promise<void> {
      // In one order, so that engines that hear of the same updates don't wait for each other crosswise.
      const sorted = rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      for (const some of chunks(sorted, dialect.maxParameters))
        await db
          .insertInto("updatesFirstSeen")
          .values(some)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
    },
    /** A part of what is older and missing nowhere any more. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = db
        .selectFrom("updatesFirstSeen as seen")
        .select(["seen.scope", "seen.name", "seen.architecture", "seen.candidateVersion"])
        .where("seen.at", "<", before)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("updates")
                .select("updates.machineId")
                .whereRef("updates.name", "=", "seen.name")
                .whereRef("updates.candidateVersion", "=", "seen.candidateVersion")
                .whereRef("updates.architecture", "=", "seen.architecture"),
            ),
          ),
        )
        .orderBy("seen.at")
        .limit(limit);
      const done = await db
        .deleteFrom("updatesFirstSeen")
        .where(({ eb, refTuple }) =>
          eb(refTuple("scope", "name", "architecture", "candidateVersion"), "in", old.$asTuple("scope", "name", "architecture", "candidateVersion")),
        )
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}

const keyOf = ({ scope, name, architecture, candidateVersion }: FirstSeenRecord): string => `${scope}\n${name}\n${architecture}\n${candidateVersion}`;
