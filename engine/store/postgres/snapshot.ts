import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import pg from "pg";
import { RunwrightError } from "../../core/errors.ts";
import { RESTORE_NOTE } from "../meta-keys.ts";
import { differenceOf, type RecordsSummary, type Snapshot } from "../snapshot.ts";
import { MIGRATION_LOCK } from "./locks.ts";
import { ENGINE } from "./pool.ts";
import { runPostgresTool, type ToolParts } from "./tools.ts";

/** Dumps all records as of one moment, by `pg_dump` within a snapshot in which the rows are counted, too. @throws TOOL_MISSING, DISK_FULL, DATABASE_UNAVAILABLE */
export function snapshotPostgres({ to, ...parts }: ToolParts & { to: string }): Promise<Snapshot> {
  return connected(parts.url, async (client) => {
    await client.query("begin isolation level repeatable read, read only");
    const { rows } = await client.query<{ id: string }>("select pg_export_snapshot() as id");
    const summary = await summaryOf(client);
    const args = ["--format=custom", "--no-owner", "--no-privileges", "--schema=public", `--snapshot=${rows[0]?.id}`, `--file=${to}`];
    await runPostgresTool("pg_dump", args, parts);
    return { ...summary, ...(await digest(to)) };
  });
}

export interface PostgresRestore extends ToolParts {
  file: string;
  counts: RecordsSummary["counts"];
  /** What becomes of records that are there: `refuse`, or keep them in a schema of this name. */
  existing: "refuse" | { keepAs: string };
  /** Kept among the restored records for the engine that starts with them. */
  note: string;
}

/**
 * Restores a dump in one transaction. What was there is put back when it fails.
 * @throws DATA_EXISTS, TOOL_MISSING, BACKUP_DAMAGED when it isn't what was backed up, DATABASE_UNAVAILABLE
 */
export function restorePostgres({ file, counts, existing, note, ...parts }: PostgresRestore): Promise<void> {
  return connected(parts.url, async (client) => {
    await requireUnused(client);
    const { rowCount } = await client.query("select from pg_tables where schemaname = 'public' limit 1");
    const isEmpty = rowCount === 0;
    if (!isEmpty && existing === "refuse")
      throw new RunwrightError(
        "DATA_EXISTS",
        "the database holds tables already; restore into an empty one, or keep the old ones in a schema of their own with --replace",
      );
    const aside = !isEmpty && existing !== "refuse" ? client.escapeIdentifier(existing.keepAs) : null;
    if (aside) await client.query(`alter schema public rename to ${aside}; create schema public`);
    let isRestored = false;
    try {
      // The dump makes the schema itself where it isn't the default one; then its comment and owner may already be there.
      await runPostgresTool(
        "pg_restore",
        ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public", "--dbname", databaseOf(parts.url), file],
        parts,
      );
      isRestored = true;
      const difference = differenceOf(counts, (await summaryOf(client)).counts);
      if (difference) throw new RunwrightError("BACKUP_DAMAGED", `what was restored isn't what was backed up: ${difference}`);
      await client.query("insert into public.meta (key, value) values ($1, $2) on conflict (key) do update set value = excluded.value", [RESTORE_NOTE, note]);
    } catch (error) {
      // A restore that has failed has left nothing, as it is one transaction: what is there all the same belongs to someone else.
      if (isRestored) await client.query("drop schema public cascade; create schema public");
      if (aside) await client.query(`drop schema public; alter schema ${aside} rename to public`);
      throw error;
    }
  });
}

/** Keeps engines that start, and other restores, waiting or out until the connection ends. @throws DATABASE_LOCKED when an engine uses the database, or starts */
async function requireUnused(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ mine: boolean; engines: number }>(
    `select pg_try_advisory_lock($1) as mine,
      (select count(*)::int from pg_stat_activity where datname = current_database() and application_name = $2) as engines`,
    [MIGRATION_LOCK, ENGINE],
  );
  if (rows[0]?.mine && rows[0].engines === 0) return;
  throw new RunwrightError("DATABASE_LOCKED", "an engine or another restore uses the database; stop all its engines first (nothing was changed)");
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: "runwright backup", connectionTimeoutMillis: 10_000 });
  client.on("error", () => {}); // the query under way fails with it
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {}); // the connection is gone already; what ended it is told
  }
}

async function summaryOf(client: pg.Client): Promise<RecordsSummary> {
  const { rows: tables } = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public' order by tablename");
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await client.query<{ count: string }>(`select count(*) as count from public.${client.escapeIdentifier(name)}`);
    counts[name] = Number(rows[0]?.count);
  }
  const meta = async (key: string) =>
    "meta" in counts ? (await client.query<{ value: string }>("select value from public.meta where key = $1", [key])).rows[0]?.value : undefined;
  return { schemaVersion: Number((await meta("schemaVersion")) ?? 0), counts, masterKeyCheck: (await meta("masterKeyCheck")) ?? null };
}

async function digest(file: string): Promise<Pick<Snapshot, "bytes" | "sha256">> {
  const handle = await open(file, "r+");
  await handle.sync().finally(() => handle.close());
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
