import type { BackupDone } from "../core/backup.ts";

/** What the engine itself does. */
export interface Engine {
  /**
   * Has the engine write a backup into its folder of backups, restore it into a scratch folder and compare, then remove the oldest ones. On behalf of whoever
   * started the job, who must be an administrator of everything.
   * @throws an error with code CONFIG_INVALID when the engine has no such folder, DISK_FULL, BACKUP_DAMAGED, CONFLICT when another backup is being made
   */
  backup(): Promise<BackupDone>;
}
