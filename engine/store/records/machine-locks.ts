import { sql } from "kysely";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, type WriteParts } from "./db.ts";

/** Who holds a machine: a writer with an older fence changes nothing. */
export interface MachineLock {
  machineId: string;
  deploymentId: string;
  fence: number;
  rebooting: boolean;
  since: number;
}

export function machineLockReads(db: Db) {
  return {
    async locks(machineIds: readonly string[]): Promise<MachineLock[]> {
      if (machineIds.length === 0) return [];
      return (await db.selectFrom("machineLocks").selectAll().where("machineId", "in", machineIds).execute()).map(toLock);
    },
    /** Machines that a deployment holds. */
    async held(deploymentId: string): Promise<MachineLock[]> {
      return (await db.selectFrom("machineLocks").selectAll().where("deploymentId", "=", deploymentId).execute()).map(toLock);
    },
    /** All that reboot now. */
    rebooting: async (): Promise<MachineLock[]> => (await db.selectFrom("machineLocks").selectAll().where("rebooting", "=", sql.lit(1)).execute()).map(toLock),
  };
}

export function machineLockWrites(parts: WriteParts) {
  const { db, dialect } = parts;
  return {
    /**
     * Takes a machine for a deployment. Asking twice is harmless.
     * @returns the lock; of another deployment when that one holds it
     */
    async takeMachine(machineId: string, deploymentId: string, at: number): Promise<MachineLock> {
      const fresh = { machineId, deploymentId, fence: 1, rebooting: 0, since: at };
      for (;;) {
        await insertRow(parts, "machineLocks", fresh, 'on conflict ("machineId") do nothing');
        const row = await dialect.lockRows(db.selectFrom("machineLocks").selectAll().where("machineId", "=", machineId)).executeTakeFirst();
        if (row) return toLock(row);
        // Its holder has let it go between the two.
      }
    },
    /** @returns the new fence: whoever holds the one before can't prove anything any more */
    async setRebooting({ machineId, fence }: Pick<MachineLock, "machineId" | "fence">, rebooting: boolean): Promise<number | undefined> {
      const done = await db
        .updateTable("machineLocks")
        .set({ rebooting: rebooting ? 1 : 0, fence: fence + 1 })
        .where("machineId", "=", machineId)
        .where("fence", "=", fence)
        .executeTakeFirst();
      return Number(done.numUpdatedRows) > 0 ? fence + 1 : undefined;
    },
    async releaseMachine(machineId: string, deploymentId: string): Promise<void> {
      await db.deleteFrom("machineLocks").where("machineId", "=", machineId).where("deploymentId", "=", deploymentId).execute();
    },
    /** @param kept machines that it keeps, few */
    async releaseAll(deploymentId: string, kept: readonly string[] = []): Promise<void> {
      const all = db.deleteFrom("machineLocks").where("deploymentId", "=", deploymentId);
      await (kept.length === 0 ? all : all.where("machineId", "not in", kept)).execute();
    },
  };
}

const toLock = ({ rebooting, ...row }: Schema["machineLocks"]): MachineLock => ({ ...row, rebooting: rebooting === 1 });
