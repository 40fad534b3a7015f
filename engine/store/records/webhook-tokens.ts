import { sql } from "kysely";
import type { ResourceRecord } from "../../core/resource.ts";
import type { Schema } from "../schema.ts";
import type { Db, WriteParts } from "./db.ts";
import { toResource } from "./resources.ts";

export interface WebhookTokenRecord {
  /** SHA-256 of the token, hex. */
  hash: string;
  resourceId: string;
  createdAt: number;
  createdBy: string;
  /** First moment at which it isn't valid any more; null: as long as its webhook. */
  endsAt: number | null;
}

export function webhookTokenReads(db: Db) {
  return {
    /** A token with its webhook, whether or not they are still valid. One row is read in any case: how long it takes says little of whether there is one. */
    async find(hash: string): Promise<{ hash: string; endsAt: number | null; resource: ResourceRecord } | undefined> {
      const row = await db
        .selectFrom(db.selectNoFrom(sql<number>`1`.as("one")).as("always"))
        .leftJoin("webhookTokens", (join) => join.on("webhookTokens.hash", "=", hash))
        .leftJoin("resources", "resources.id", "webhookTokens.resourceId")
        .selectAll("resources")
        .select(["webhookTokens.hash", "webhookTokens.endsAt"])
        .executeTakeFirst();
      const { hash: found, endsAt, ...resource } = row ?? {};
      return found && isWhole(resource) ? { hash: found, endsAt: endsAt ?? null, resource: toResource(resource) } : undefined;
    },
    /** Those of several webhooks, oldest first. */
    async of(resourceIds: readonly string[]): Promise<WebhookTokenRecord[]> {
      if (resourceIds.length === 0) return [];
      return db.selectFrom("webhookTokens").selectAll().where("resourceId", "in", resourceIds).orderBy("createdAt").orderBy("hash").execute();
    },
  };
}

export function webhookTokenWrites({ db }: WriteParts) {
  return {
    ...webhookTokenReads(db),
    async insert(token: WebhookTokenRecord): Promise<void> {
      await db.insertInto("webhookTokens").values(token).execute();
    },
    /** Those of a webhook end at this moment, unless they do earlier; what has ended goes. */
    async end(resourceId: string, { at, now }: { at: number; now: number }): Promise<void> {
      await db
        .updateTable("webhookTokens")
        .set({ endsAt: at })
        .where("resourceId", "=", resourceId)
        .where(({ or, eb }) => or([eb("endsAt", "is", null), eb("endsAt", ">", at)]))
        .execute();
      await db.deleteFrom("webhookTokens").where("resourceId", "=", resourceId).where("endsAt", "<=", now).execute();
    },
  };
}

const isWhole = (row: Partial<Nulls<Schema["resources"]>>): row is Schema["resources"] => typeof row.id === "string";
type Nulls<Row> = { [Column in keyof Row]: Row[Column] | null };
