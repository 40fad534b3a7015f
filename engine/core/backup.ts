/** A backup that the engine has made on its own disk, restored into a scratch folder and compared. */
export interface BackupDone {
  /** Its name in the folder of backups. */
  file: string;
  /** Of the file. */
  bytes: number;
  /** The moment that it is of, Unix milliseconds. */
  createdAt: number;
  /** Records in it. */
  rows: number;
  encrypted: boolean;
  /** Records that were found again in the scratch folder: as many as `rows`. null: the database isn't one that can be restored into a folder. */
  restoredRows: number | null;
  /** The start of what the master key is known by that a restore needs. */
  masterKey: string;
  /** Names of older backups that were removed, as more are there than are kept. */
  removed: readonly string[];
}
