import { randomUUID } from "node:crypto";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { Dialect } from "../dialect.ts";
import { encodeChanges, encodeNotice } from "../notices.ts";
import type { Schema } from "../schema.ts";
import { createListener } from "./listener.ts";
import { ACTIVITY_LOCK, EDITIONS_LOCK, FIGURES_LOCK, GATE_LOCK, MIGRATION_LOCK, OFFERS_LOCK, PLANS_LOCK, REBOOTS_LOCK } from "./locks.ts";
import { createPool, type Pool, unavailable } from "./pool.ts";
import { snapshotPostgres } from "./snapshot.ts";

const INT8 = 20;
const CHANNEL = "runwright";
const CHANGES_CHANNEL = "runwright_changes";

/** @param url such as `postgres://user:password@host/database` */
export function openPostgres(url: string): Dialect {
  const types = {
    // Our integers stay below 2^53.
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
  };
  const pools = { writer: createPool(url, 2, types), reader: createPool(url, 8, types) };
  const kysely = (pool: Pool) => new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  const writer = kysely(pools.writer);
  const reader = kysely(pools.reader);
  /** Own notices aren't news. */
  const self = randomUUID();
  const listener = createListener({
    url,
    channels: { notices: CHANNEL, changes: CHANGES_CHANNEL },
    self,
    // A server that has given all its connections away still serves those who have one.
    isUnreachable: (error) => codeOf(error) !== "53300" && isRunwrightError(translate(error), "DATABASE_UNAVAILABLE"),
    setAway(isAway) {
      for (const pool of Object.values(pools)) pool.setAway(isAway);
    },
  });
  return {
    kind: "postgres",
    types: { blob: "bytea", counter: "serial" },
    writer,
    reader,
    async lockMigrations(tx) {
      await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
      // Below deadlock_timeout (1 s): where a migration and engines at work stand in each other's way, it is the migration that gives way and is tried again. And
      // whoever comes after a migration that waits for a table waits no longer than that.
      await sql`set local lock_timeout = '500ms'`.execute(tx);
    },
    lockActivity: async (tx) => void (await sql`select pg_advisory_xact_lock(${ACTIVITY_LOCK})`.execute(tx)),
    lockGate: async (tx) => void (await sql`select pg_advisory_xact_lock(${GATE_LOCK})`.execute(tx)),
    lockPlans: async (tx) => void (await sql`select pg_advisory_xact_lock(${PLANS_LOCK})`.execute(tx)),
    lockEditions: async (tx) => void (await sql`select pg_advisory_xact_lock(${EDITIONS_LOCK})`.execute(tx)),
    shareEditions: async (tx) => void (await sql`select pg_advisory_xact_lock_shared(${EDITIONS_LOCK})`.execute(tx)),
    lockReboots: async (tx) => void (await sql`select pg_advisory_xact_lock(${REBOOTS_LOCK})`.execute(tx)),
    lockOffers: async (tx) => void (await sql`select pg_advisory_xact_lock(${OFFERS_LOCK})`.execute(tx)),
    shareOffers: async (tx) => void (await sql`select pg_advisory_xact_lock_shared(${OFFERS_LOCK})`.execute(tx)),
    lockFigures: async (tx) => void (await sql`select pg_advisory_xact_lock(${FIGURES_LOCK})`.execute(tx)),
    lockRows: (query) => query.forUpdate(),
    announce: async (tx, notice) => void (await sql`select pg_notify(${CHANNEL}, ${encodeNotice(self, notice)})`.execute(tx)),
    listen: listener.listen,
    announceChanges: async (tx, kinds) => void (await sql`select pg_notify(${CHANGES_CHANNEL}, ${encodeChanges(self, kinds)})`.execute(tx)),
    listenForChanges: listener.listenForChanges,
    skipLocked: (query) => query.forUpdate().skipLocked(),
    maxParameters: 30_000,
    flush: async () => {}, // a commit is answered when it is durable
    lost: () => undefined,
    translate,
    // 23505, a name or key that is taken: two engines looked before either had committed. Run again, the writer sees what the other one wrote, and says so.
    isTransient: (error) => ["40001", "40P01", "23505", "55P03"].includes(codeOf(error)),
    snapshot: (request) =>
      snapshotPostgres({ url, ...request }).catch((error) => {
        throw translate(error);
      }),
    async stop() {
      await listener.stop();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

function translate(error: unknown): unknown {
  if (error instanceof RunwrightError) return error;
  const code = codeOf(error);
  // https://www.postgresql.org/docs/18/errcodes-appendix.html: class 08 connection, 57P operator intervention, 53100 disk full, 53300 too many connections, 25006 read-only, as a server is whose place another one has taken
  if (code === "53100") return new RunwrightError("DISK_FULL", "the database server's disk is full; free some space and try again", { cause: error });
  if (code === "28P01" || code === "28000" || code === "3D000") {
    const message = error instanceof Error ? error.message : code;
    return new RunwrightError("CONFIG_INVALID", `PostgreSQL refuses the connection (${message}); check the database address`, { cause: error });
  }
  if (code === "22021") return new RunwrightError("BAD_REQUEST", "a text holds a NUL character, which the database can't keep; leave it out", { cause: error });
  if (code === "55P03") {
    const message = "a migration waits for tables that a long transaction holds; end that transaction (pg_stat_activity shows it) and start the engine again";
    return new RunwrightError("DATABASE_UNAVAILABLE", message, { cause: error });
  }
  const unreachable = /^(08|57P|53300|25006)/.test(code) || /^E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_AGAIN)/.test(code) || code === "ENOENT" || code === "ENOTFOUND";
  const lost =
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed/.test(
      error.message,
    );
  if (unreachable || lost) return unavailable(error);
  return error;
}
