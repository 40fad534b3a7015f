import type { ChangeAction, InstalledUpdate, InstallStatus } from "../../core/install.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, parseJson, type WriteParts } from "./db.ts";
import { installOutcomeReads } from "./install-outcomes.ts";

/** One command `install` or `rollback` on one machine, with what became of each update. */
export interface InstallRecord {
  commandId: string;
  machineId: string;
  action: ChangeAction;
  /** Job that sent the command; null: a person did. */
  jobId: string | null;
  /** Empty: the machine said nothing. */
  packageManager: string;
  /** By the engine's clock. */
  startedAt: number;
  endedAt: number | null;
  rebootPending: boolean;
  resumed: number;
  repairs: readonly string[];
  logFile: string;
  updates: readonly InstalledUpdate[];
}

/** Place in a list that is sorted by time: what comes after it is older. */
export interface InstallPlace {
  startedAt: number;
  commandId: string;
}

const IDS_AT_ONCE = 500;

export function installReads(db: Db) {
  async function withUpdates(rows: readonly Schema["installs"][]): Promise<InstallRecord[]> {
    const ids = rows.map((row) => row.commandId);
    const updates =
      ids.length === 0
        ? []
        : await db.selectFrom("installedUpdates").selectAll().where("commandId", "in", ids).orderBy("name").orderBy("architecture").execute();
    const byCommand = Map.groupBy(updates, (update) => update.commandId);
    return rows.map((row) => toInstall(row, byCommand.get(row.commandId) ?? []));
  }
  return {
    ...installOutcomeReads(db),
    async get(commandId: string): Promise<InstallRecord | undefined> {
      return (await withUpdates(await db.selectFrom("installs").selectAll().where("commandId", "=", commandId).execute()))[0];
    },
    /** Of these commands, in no order. */
    async some(commandIds: readonly string[]): Promise<InstallRecord[]> {
      const found: InstallRecord[] = [];
      for (let from = 0; from < commandIds.length; from += IDS_AT_ONCE) {
        const ids = commandIds.slice(from, from + IDS_AT_ONCE);
        found.push(...(await withUpdates(await db.selectFrom("installs").selectAll().where("commandId", "in", ids).execute())));
      }
      return found;
    },
    /** Newest first. */
    async ofMachine(machineId: string, { after, limit }: { after: InstallPlace | null; limit: number }): Promise<InstallRecord[]> {
      let query = db.selectFrom("installs").selectAll().where("machineId", "=", machineId).orderBy("startedAt", "desc").orderBy("commandId", "desc");
      if (after) {
        const { startedAt, commandId } = after;
        query = query.where((eb) => eb.or([eb("startedAt", "<", startedAt), eb.and([eb("startedAt", "=", startedAt), eb("commandId", "<", commandId)])]));
      }
      return withUpdates(await query.limit(limit).execute());
    },
  };
}

export function installWrites({ db, dialect, noteChange }: WriteParts) {
  const removed = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    await db
      .deleteFrom("installedUpdates")
      .where("commandId", "in", [...ids])
      .execute();
    await db
      .deleteFrom("installs")
      .where("commandId", "in", [...ids])
      .execute();
  };
  return {
    ...installReads(db),
    /** In the place of what was known of the same command: a late result is the truth. */
    async put({ updates, rebootPending, repairs, ...install }: InstallRecord): Promise<void> {
      noteChange("updates");
      const { commandId, machineId } = install;
      await removed([commandId]);
      await db
        .insertInto("installs")
        .values({ ...install, rebootPending: rebootPending ? 1 : 0, repairsJson: JSON.stringify(repairs) })
        .execute();
      const rows = updates.map((update) => ({ commandId, machineId, ...update }));
      for (const chunk of chunks(rows, dialect.maxParameters)) await db.insertInto("installedUpdates").values(chunk).execute();
    },
    /** Those that began before this time go, `limit` of them. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = await db.selectFrom("installs").select("commandId").where("startedAt", "<", before).orderBy("startedAt").limit(limit).execute();
      await removed(old.map((row) => row.commandId));
      return old.length;
    },
  };
}

function toInstall({ action, rebootPending, repairsJson, ...row }: Schema["installs"], updates: readonly Schema["installedUpdates"][]): InstallRecord {
  return {
    ...row,
    action: action as ChangeAction,
    rebootPending: rebootPending === 1,
    repairs: parseJson(repairsJson),
    updates: updates.map(({ commandId: _, machineId: __, status, ...update }) => ({ ...update, status: status as InstallStatus })),
  };
}
