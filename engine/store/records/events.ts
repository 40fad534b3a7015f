import { sql } from "kysely";
import type { Json } from "../../core/json.ts";
import type { Scope } from "../../core/scope.ts";
import { topicOfEvent } from "../../core/wait.ts";
import { type Db, parseJson, type WriteParts } from "./db.ts";

export interface EventRecord {
  name: string;
  /** From 1 within the name, in the order of commit. */
  seq: number;
  scope: Scope;
  payload: Json;
  publishedBy: string;
  at: number;
}

export function eventReads(db: Db) {
  return {
    /** Number of the last event of this name; every one up to it can be read. */
    async last(name: string): Promise<number> {
      const row = await db.selectFrom("topics").select("lastSeq").where("topic", "=", topicOfEvent(name)).executeTakeFirst();
      return row?.lastSeq ?? 0;
    },
    /** Those of one name with a higher number than `after`, in order. */
    async list(name: string, { after, since, limit }: { after: number; since: number; limit: number }): Promise<EventRecord[]> {
      const rows = await db
        .selectFrom("events")
        .selectAll()
        .where("name", "=", name)
        .where("seq", ">", after)
        .where("at", ">=", since)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map(({ payloadJson, ...row }) => ({ ...row, payload: parseJson<Json>(payloadJson) }));
    },
  };
}

export function eventWrites({ db }: WriteParts) {
  /** Nobody else tells or begins to wait for this until the transaction ends. @returns how often it was told, `steps` more than before */
  async function lockTopic(topic: string, steps: 0 | 1): Promise<number> {
    const row = await db
      .insertInto("topics")
      .values({ topic, lastSeq: steps })
      .onConflict((conflict) => conflict.column("topic").doUpdateSet({ lastSeq: sql<number>`${sql.ref("topics.lastSeq")} + ${sql.lit(steps)}` }))
      .returning("lastSeq")
      .executeTakeFirstOrThrow();
    return row.lastSeq;
  }

  return {
    ...eventReads(db),
    /** @returns its number */
    async publish({ name, scope, payload, publishedBy, at }: Omit<EventRecord, "seq">): Promise<number> {
      const seq = await lockTopic(topicOfEvent(name), 1);
      await db
        .insertInto("events")
        .values({ name, seq, scope, payloadJson: JSON.stringify(payload), publishedBy, at })
        .execute();
      return seq;
    },
    /** Number of the last event of this name; until the transaction ends there won't be another one. */
    lastOf: (name: string): Promise<number> => lockTopic(topicOfEvent(name), 0),
    /** Events older than this are of no use to anyone. @returns how many went */
    async purge(before: number): Promise<number> {
      const done = await db.deleteFrom("events").where("at", "<", before).executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}
