import { sql } from "kysely";
import type { Facts, MachineState } from "../../core/machine.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Asker, type Db, parseJson, parseJsonOrNull, parts, prepared, preparedFor, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

export interface MachineRecord {
  id: string;
  name: string;
  scope: Scope;
  state: MachineState;
  /** Ed25519, SPKI, base64. */
  publicKey: string;
  tags: Readonly<Record<string, string>>;
  facts: Facts | null;
  enrolledAt: number;
  enrolledBy: string;
  lastSeenAt: number | null;
  /** Engine that holds its connection. */
  engine: string | null;
  /** When it was last seen before it became stale; null: it isn't. */
  staleSince: number | null;
  removedAt: number | null;
}

export interface JoinTokenRecord {
  id: string;
  hash: string;
  scope: Scope;
  tags: Readonly<Record<string, string>>;
  /** Name of the machine that it may re-enrol; null: a new machine. */
  replaces: string | null;
  maxUses: number;
  uses: number;
  createdAt: number;
  createdBy: string;
  expiresAt: number;
  revokedAt: number | null;
}

const machineById = prepared((db, id: string) => db.selectFrom("machines").selectAll().where("id", "=", id));
const machineByKey = prepared((db, publicKey: string) =>
  db.selectFrom("machines").selectAll().where("publicKey", "=", publicKey).orderBy("enrolledAt", "desc").limit(1),
);
const lockMachine = preparedFor(({ db, dialect }: Asker, id: string) => dialect.lockRows(db.selectFrom("machines").selectAll().where("id", "=", id)));
const SEEN_BY_SELECTORS = ["name", "scope", "tagsJson", "factsJson"] as const;
const selectable = prepared((db, id: string) => db.selectFrom("machines").select(SEEN_BY_SELECTORS).where("id", "=", id));
const connected = prepared((db, id: string, publicKey: string, engine: string, factsJson: string, at: number) =>
  db
    .updateTable("machines")
    .set({ state: "online", engine, factsJson, lastSeenAt: at })
    .where("id", "=", id)
    .where("publicKey", "=", publicKey)
    .where("state", "in", ["online", "offline"])
    .where("removedAt", "is", null)
    .returningAll(),
);

export function machineReads(db: Db) {
  return {
    async get(id: string): Promise<MachineRecord | undefined> {
      const [row] = await machineById(db, id);
      return row && toMachine(row);
    },
    async byName(name: string): Promise<MachineRecord | undefined> {
      const row = await db.selectFrom("machines").selectAll().where("name", "=", name).where("removedAt", "is", null).executeTakeFirst();
      return row && toMachine(row);
    },
    /** Removed ones too. */
    async byPublicKey(publicKey: string): Promise<MachineRecord | undefined> {
      const [row] = await machineByKey(db, publicKey);
      return row && toMachine(row);
    },
    /** By name; all of them when no limit is given. */
    async list({ scopes, after, limit }: { scopes: readonly Scope[]; after?: string; limit?: number }): Promise<MachineRecord[]> {
      let query = db.selectFrom("machines").selectAll().where("removedAt", "is", null).orderBy("name");
      query = query.where((where) => withinScopes(where, "machines.scope", scopes));
      if (after) query = query.where("name", ">", after);
      if (limit) query = query.limit(limit);
      return (await query.execute()).map(toMachine);
    },
    /** Said to be online, and not heard of since. */
    async countSilent(since: number): Promise<number> {
      const count = db.fn.countAll<number | string>().as("count");
      const row = await db.selectFrom("machines").select(count).where("state", "=", "online").where("lastSeenAt", "<", since).executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    /** Whether there are machines that were last seen before this moment, and aren't said to be stale yet. */
    isAnyGone: async (before: number): Promise<boolean> => (await goneBefore(db, before, 1).executeTakeFirst()) !== undefined,
    async joinTokenByHash(hash: string): Promise<JoinTokenRecord | undefined> {
      const row = await db.selectFrom("joinTokens").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row && toJoinToken(row);
    },
    async joinTokens(): Promise<JoinTokenRecord[]> {
      return (await db.selectFrom("joinTokens").selectAll().orderBy("id", "desc").execute()).map(toJoinToken);
    },
  };
}

export function machineWrites({ db, dialect, noteMachine, noteChange }: WriteParts) {
  /**
   * What selectors of policies see has changed: the machine is judged anew. After its own row is written, as whoever judges takes both in this order.
   * @param at 0: now; null: not any more
   */
  const judgeAgain = (id: string, at: 0 | null) =>
    db.updateTable("assessments").set({ judgeAgainAt: at }).where("machineId", "=", id).where("current", "=", sql.lit(1)).execute();

  return {
    ...machineReads(db),
    /** What is read stays true until the transaction ends, whatever other engines want of it. */
    async hold(id: string): Promise<MachineRecord | undefined> {
      const [row] = await lockMachine({ db, dialect }, id);
      return row && toMachine(row);
    },
    /** A call of a job changes the machine's record. @returns false when it has done so before */
    async beginChange(change: { call: string; machineId: string; at: number }): Promise<boolean> {
      const done = await db
        .insertInto("machineChanges")
        .values(change)
        .onConflict((conflict) => conflict.column("call").doNothing())
        .executeTakeFirst();
      return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async insert({ tags, facts, ...machine }: MachineRecord): Promise<void> {
      noteChange("machines");
      await db
        .insertInto("machines")
        .values({ ...machine, tagsJson: JSON.stringify(tags), factsJson: facts ? JSON.stringify(facts) : null })
        .execute();
    },
    async patch(id: string, { tags, facts, ...fields }: Partial<Omit<MachineRecord, "id">>): Promise<void> {
      const set = {
        ...fields,
        ...(tags === undefined ? {} : { tagsJson: JSON.stringify(tags) }),
        ...(facts === undefined ? {} : { factsJson: facts ? JSON.stringify(facts) : null }),
      };
      const before = SEEN_BY_SELECTORS.some((column) => column in set) ? (await selectable(db, id))[0] : undefined;
      if (Object.keys(set).length > 0) await db.updateTable("machines").set(set).where("id", "=", id).execute();
      if (fields.removedAt != null) await judgeAgain(id, null);
      else if (before && SEEN_BY_SELECTORS.some((column) => column in set && set[column] !== before[column])) await judgeAgain(id, 0);
      noteChange("machines");
      if (fields.state !== undefined || fields.engine !== undefined) noteMachine(id);
    },
    /**
     * An engine has a connection of it, which is the newest; it isn't stale any more.
     * @returns the machine, `staleSince` as it was until now; undefined when it isn't let in with this key any more: nothing has changed
     */
    async connect(
      id: string,
      { publicKey, engine, facts, at }: { publicKey: string; engine: string; facts: Facts; at: number },
    ): Promise<MachineRecord | undefined> {
      const factsJson = JSON.stringify(facts);
      const [before] = await selectable(db, id);
      const [row] = await connected(db, id, publicKey, engine, factsJson, at);
      noteMachine(id);
      if (row && before?.factsJson !== factsJson) await judgeAgain(id, 0);
      if (row && row.staleSince !== null) await db.updateTable("machines").set({ staleSince: null }).where("id", "=", id).execute();
      return row && toMachine(row);
    },
    /** @returns those that the engine holds; of others nothing has changed */
    async seen(ids: readonly string[], engine: string, at: number): Promise<Set<string>> {
      const held = new Set<string>();
      for (const some of parts(ids, SEEN_AT_ONCE)) {
        const update = db.updateTable("machines").set({ lastSeenAt: at }).where("id", "in", some).where("engine", "=", engine);
        for (const { id } of await update.returning("id").execute()) held.add(id);
      }
      return held;
    },
    /** The engine's connection of it has ended. Nothing changes when another engine holds it; revoked and cloned machines stay what they are. */
    async disconnect(id: string, engine: string, at: number): Promise<void> {
      noteChange("machines");
      const state = sql<string>`case when ${sql.ref("state")} = 'online' then 'offline' else ${sql.ref("state")} end`;
      await db.updateTable("machines").set({ state, engine: null, lastSeenAt: at }).where("id", "=", id).where("engine", "=", engine).execute();
    },
    /** An engine that starts holds no connection yet. */
    async disconnectAll(engine: string): Promise<void> {
      noteChange("machines");
      await db.updateTable("machines").set({ state: "offline", engine: null }).where("engine", "=", engine).where("state", "=", "online").execute();
    },
    /** Whoever held them is gone, and they didn't come back elsewhere. @returns how many */
    async disconnectSilent(since: number): Promise<number> {
      const rows = await db
        .updateTable("machines")
        .set({ state: "offline", engine: null })
        .where("state", "=", "online")
        .where("lastSeenAt", "<", since)
        .returning("id")
        .execute();
      for (const { id } of rows) noteMachine(id);
      return rows.length;
    },
    /** Those that were last seen before this moment are stale, from now until they connect. @returns them, `limit` at most */
    async markStale(before: number, limit: number): Promise<MachineRecord[]> {
      const rows = await db
        .updateTable("machines")
        .set((machine) => ({ staleSince: machine.ref("lastSeenAt") }))
        .where("id", "in", goneBefore(db, before, limit))
        // Another engine may have been faster since the list was read.
        .where("state", "=", sql.lit("offline"))
        .where("staleSince", "is", null)
        .where("lastSeenAt", "<", before)
        .returningAll()
        .execute();
      if (rows.length > 0) noteChange("machines");
      return rows.map(toMachine);
    },
    async insertJoinToken({ tags, ...token }: JoinTokenRecord): Promise<void> {
      await db
        .insertInto("joinTokens")
        .values({ ...token, tagsJson: JSON.stringify(tags) })
        .execute();
    },
    /** Counts one use. @returns false when there was none left, however many engines ask at once */
    async useJoinToken(id: string): Promise<boolean> {
      const done = await db
        .updateTable("joinTokens")
        .set((set) => ({ uses: set("uses", "+", 1) }))
        .where("id", "=", id)
        .whereRef("uses", "<", "maxUses")
        .executeTakeFirst();
      return done.numUpdatedRows > 0n;
    },
    /** Those that were made to replace a machine name it by its name. */
    async renameInJoinTokens(from: string, to: string): Promise<void> {
      await db.updateTable("joinTokens").set({ replaces: to }).where("replaces", "=", from).execute();
    },
    /** Those that let nobody in any more since before this time. @returns how many went */
    async purgeJoinTokens(before: number): Promise<number> {
      const gone = await db.deleteFrom("joinTokens").where("expiresAt", "<", before).executeTakeFirst();
      return Number(gone.numDeletedRows);
    },
    async patchJoinToken(id: string, fields: Partial<Pick<JoinTokenRecord, "uses" | "revokedAt">>): Promise<void> {
      await db.updateTable("joinTokens").set(fields).where("id", "=", id).execute();
    },
  };
}

const SEEN_AT_ONCE = 500;

/** Not those that were never connected, nor those that aren't members. */
const goneBefore = (db: Db, before: number, limit: number) =>
  db
    .selectFrom("machines")
    .select("id")
    .where("state", "=", sql.lit("offline"))
    .where("staleSince", "is", null)
    .where("removedAt", "is", null)
    .where("lastSeenAt", "<", before)
    .orderBy("id")
    .limit(limit);

export function toMachine({ tagsJson, factsJson, ...row }: Schema["machines"]): MachineRecord {
  return { ...row, state: row.state as MachineState, tags: parseJson(tagsJson), facts: parseJsonOrNull(factsJson) };
}

function toJoinToken({ tagsJson, ...row }: Schema["joinTokens"]): JoinTokenRecord {
  return { ...row, tags: parseJson(tagsJson) };
}
