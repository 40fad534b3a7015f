import type { Db, WriteParts } from "./db.ts";

/** Single values of the installation: its identity, the check value of its master key. */
export function metaReads(db: Db) {
  return {
    async get(key: string): Promise<string | undefined> {
      return (await db.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst())?.value;
    },
    /** Several as they were at one moment. */
    async getAll<Key extends string>(keys: readonly Key[]): Promise<Partial<Record<Key, string>>> {
      const rows = await db.selectFrom("meta").selectAll().where("key", "in", keys).execute();
      return Object.fromEntries(rows.map(({ key, value }) => [key, value])) as Partial<Record<Key, string>>;
    },
  };
}

export function metaWrites({ db, dialect }: WriteParts) {
  return {
    ...metaReads(db),
    /** What is read stays true until the transaction ends. */
    async hold(key: string): Promise<string | undefined> {
      return (await dialect.lockRows(db.selectFrom("meta").select("value").where("key", "=", key)).executeTakeFirst())?.value;
    },
    /** Sets what isn't set yet. @returns what is stored then, which may be another engine's */
    async setOnce(key: string, value: string): Promise<string> {
      await db
        .insertInto("meta")
        .values({ key, value })
        .onConflict((conflict) => conflict.column("key").doNothing())
        .execute();
      return (await db.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst())?.value ?? value;
    },
    async remove(key: string): Promise<void> {
      await db.deleteFrom("meta").where("key", "=", key).execute();
    },
    async set(key: string, value: string): Promise<void> {
      await db
        .insertInto("meta")
        .values({ key, value })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
        .execute();
    },
  };
}
