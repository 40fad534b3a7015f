import { sql } from "kysely";
import type { UnderWay } from "../../core/concurrency.ts";
import type { Manifest } from "../../core/manifest.ts";
import { parseJson, prepared, type WriteParts } from "./db.ts";
import { recordMove } from "./job-record.ts";
import type { Turns } from "./job-turns.ts";

export interface LetGo {
  at: number;
  by: string;
  reason: string;
}

const underWayOf = prepared((db, key: string, atMost: number) =>
  db
    .selectFrom("jobs")
    .where("concurrencyKey", "=", key)
    .where("endedAt", "is", null)
    .where("heldBack", "=", sql.lit(0))
    .select("id")
    .orderBy("id")
    .limit(atMost),
);

/**
 * Jobs with the same concurrency key, counted where they are: no counter can drift. Whoever counts holds the gate until the transaction ends, so that what was
 * counted stays true on every engine. Jobs that are held back don't count; a job that has begun counts until it ends.
 */
export function jobGate({ db, dialect, noteQueued }: WriteParts, turns: Turns) {
  const ofKey = (key: string) => db.selectFrom("jobs").where("concurrencyKey", "=", key).where("endedAt", "is", null);

  /** Those under way, oldest first; no more than `atMost`. */
  const underWay = async (key: string, atMost: number): Promise<string[]> => (await underWayOf(db, key, atMost)).map((row) => row.id);

  /** The next of those held back, as long as there is room by its own manifest. May be called at any time. @returns ids and turns of those who go now */
  async function letGo(key: string, { at, by, reason }: LetGo): Promise<Map<string, number>> {
    await dialect.lockGate(db);
    const gone = new Map<string, number>();
    for (;;) {
      const held = ofKey(key)
        .where("heldBack", "=", sql.lit(1))
        .where("status", "=", sql.lit("queued"))
        .select(["id", "scope", "runbookId", "priority", "manifestJson"])
        .orderBy("priority", "desc")
        .orderBy("id")
        .limit(1);
      // One that another engine is moving waits for this gate: waiting for it would be a deadlock.
      const next = await dialect.skipLocked(held).executeTakeFirst();
      if (!next) break;
      const limit = parseJson<Manifest>(next.manifestJson).concurrency?.limit ?? Number.POSITIVE_INFINITY;
      if (Number.isFinite(limit) && (await underWay(key, limit)).length >= limit) break;
      const turn = await turns.back(next);
      await db.updateTable("jobs").set({ heldBack: 0, turn }).where("id", "=", next.id).execute();
      await recordMove(db, next.id, "queued", { to: "queued", at, by, reason });
      gone.set(next.id, turn);
    }
    if (gone.size > 0) noteQueued();
    return gone;
  }

  return {
    letGo,
    gate: {
      /** Until the transaction ends nobody else counts. */
      lock: (): Promise<void> => dialect.lockGate(db),
      underWay,
      /** Those under way and those held back, oldest first; not what a person has suspended before it began. */
      async all(key: string): Promise<(UnderWay & { status: string })[]> {
        const rows = await ofKey(key)
          .where((where) => where.or([where("heldBack", "=", 0), where("status", "=", "queued")]))
          .select(["id", "heldBack", "status"])
          .orderBy("id")
          .execute();
        return rows.map((row) => ({ id: row.id, status: row.status, heldBack: row.heldBack === 1 }));
      },
    },
    /** Jobs that are held back though nothing of their key is under way: an engine that knows no keys has ended what was. @returns how many go now */
    async letGoStranded({ at, by }: Omit<LetGo, "reason">): Promise<number> {
      const { rows } = await sql<{ key: string }>`
        select ${sql.ref("concurrencyKey")} as key from jobs where ${sql.ref("concurrencyKey")} is not null and ${sql.ref("endedAt")} is null
        group by ${sql.ref("concurrencyKey")} having min(${sql.ref("heldBack")}) = 1 limit 100`.execute(db);
      let count = 0;
      for (const { key } of rows) count += (await letGo(key, { at, by, reason: "nothing is in its way any more" })).size;
      return count;
    },
  };
}
