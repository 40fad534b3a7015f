import { sql } from "kysely";
import { createMissingReader, MISSING_FORMAT, packMissing } from "../../core/missing-set.ts";
import { packFigures } from "../../core/standing-figures.ts";
import type { Classification, Severity } from "../../core/update.ts";
import type { Verdict } from "../../core/update-policy.ts";
import { type Db, parseJson, parts, preparedFew, type WriteParts } from "./db.ts";
import { OFFERED, type Offered, offerHash, offerIds } from "./offers.ts";

/**
 * How machines stand: what their newest assessments and their rows of missing updates say, once more, as short texts. A question about all machines reads these.
 * Invariant: they are written in the transaction that changes what they say. Machines of which they are missing are counted, and made up for in the background.
 */
export function standingReads(db: Db) {
  return {
    /** Machines whose standing isn't that of their newest assessment: engines of an earlier version have written it. */
    async outdated(limit: number): Promise<string[]> {
      const rows = await db
        .selectFrom("assessments")
        .leftJoin("standings", "standings.machineId", "assessments.machineId")
        .select("assessments.machineId")
        .where("assessments.current", "=", sql.lit(1))
        .where(({ eb, or, ref }) =>
          or([eb("standings.format", "is distinct from", MISSING_FORMAT), eb("standings.assessmentId", "is distinct from", ref("assessments.id"))]),
        )
        .limit(limit)
        .execute();
      return rows.map(({ machineId }) => machineId);
    },
  };
}

export function standingWrites({ db, dialect, noteMissing }: WriteParts) {
  return {
    ...standingReads(db),
    /** Makes them anew, at the end of the group. */
    renew(machineIds: readonly string[]): void {
      for (const id of machineIds) noteMissing(id);
    },
    /**
     * Offers that no machine misses any more go. But for the newest one: its id must not be given again, as readers keep what they know of an id.
     * @returns how many went
     */
    async forgetOffers(): Promise<number> {
      await dialect.lockOffers(db);
      const ids = (await db.selectFrom("offers").select("id").orderBy("id").execute()).map(({ id }) => id);
      const left = new Set(ids.slice(0, -1));
      const { columns } = createMissingReader();
      for (const packed of await db.selectFrom("standings").select(["sums", "updates"]).where("format", "=", MISSING_FORMAT).execute()) {
        const { size, offers } = columns(packed);
        for (let i = 0; i < size; i++) left.delete(offers[i] ?? 0);
      }
      for (const some of parts([...left])) await db.deleteFrom("offers").where("id", "in", some).execute();
      return left.size;
    },
  };
}

/** What a group of writers has changed of a machine: its missing updates, or only what its assessment says. */
export type StandingNotes = ReadonlyMap<string, "missing" | "figures">;

/** Machines in one statement. */
const AT_ONCE = 200;

/** At the end of a group of writers, so that each is made once. */
export async function writeStandings(by: Pick<WriteParts, "db" | "dialect">, noted: StandingNotes): Promise<void> {
  if (noted.size === 0) return;
  const missing = [...noted].flatMap(([id, what]) => (what === "missing" ? [id] : []));
  if (missing.length > 0) await by.dialect.shareOffers(by.db);
  for (const ids of parts([...noted.keys()], AT_ONCE)) await putFigures(by.db, await figuresOf(by.db, ids));
  for (const ids of parts(missing, AT_ONCE)) await putMissing(by.db, await missingOf(by, ids));
}

/** Of a machine that has no standing yet the format stays 0, so that it counts as outdated. */
async function putFigures(db: Db, rows: Awaited<ReturnType<typeof figuresOf>>): Promise<void> {
  if (rows.length === 0) return;
  const insert = db.insertInto("standings").values(rows);
  await insert
    .onConflict((conflict) =>
      conflict.column("machineId").doUpdateSet(({ ref }) => ({ assessmentId: ref("excluded.assessmentId"), figures: ref("excluded.figures") })),
    )
    .execute();
}

async function putMissing(db: Db, rows: Awaited<ReturnType<typeof missingOf>>): Promise<void> {
  const insert = db.insertInto("standings").values(rows);
  await insert
    .onConflict((conflict) =>
      conflict.column("machineId").doUpdateSet(({ ref }) => ({ format: ref("excluded.format"), sums: ref("excluded.sums"), updates: ref("excluded.updates") })),
    )
    .execute();
}

async function figuresOf(db: Db, machineIds: readonly string[]) {
  const rows = await assessedOf(db, machineIds);
  return rows.map(({ machineId, id: assessmentId, rebootPending, countsJson, verdictsJson, problemsJson, ...same }) => ({
    ...{ machineId, assessmentId },
    figures: packFigures({
      ...same,
      rebootPending: rebootPending === 1,
      problems: parseJson<unknown[]>(problemsJson).length,
      counts: parseJson(countsJson),
      verdicts: parseJson(verdictsJson),
    }),
  }));
}

async function missingOf(by: Pick<WriteParts, "db" | "dialect">, machineIds: readonly string[]) {
  const updates = await missingUpdatesOf(by.db, machineIds);
  const named = updates.map((update) => ({ ...update, hash: offerHash(update) }));
  const offers = await offerIds(by, new Map<string, Offered>(named.map((one) => [one.hash, one])));
  const ofMachine = Map.groupBy(named, ({ machineId }) => machineId);
  return machineIds.map((machineId) => ({
    ...{ machineId, format: MISSING_FORMAT },
    ...packMissing(
      (ofMachine.get(machineId) ?? []).map(({ hash, firstSeenAt, dueAt, ...one }) => ({
        ...{ offer: offers.get(hash) ?? 0, firstSeenAt, dueAt, held: one.held === 1, phased: one.phased === 1, isExploited: one.exploitedSince !== null },
        verdict: one.verdict as Verdict,
        classification: one.classification as Classification,
        severity: one.severity as Severity,
      })),
    ),
  }));
}

const OWN = ["machineId", "verdict", "held", "phased", "firstSeenAt", "dueAt"] as const;
const missingUpdatesOf = preparedFew((db, machineIds: readonly string[]) =>
  db.selectFrom("updates").select(OWN).select(OFFERED).where("machineId", "in", machineIds),
);
const ASSESSED = [
  ...(["id", "machineId", "receivedAt", "collectedAt", "listsUpdatedAt", "rebootPending", "installedCount"] as const),
  ...(["countsJson", "verdictsJson", "problemsJson"] as const),
] as const;
const assessedOf = preparedFew((db, machineIds: readonly string[]) =>
  db.selectFrom("assessments").select(ASSESSED).where("machineId", "in", machineIds).where("current", "=", sql.lit(1)),
);
