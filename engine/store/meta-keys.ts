/** Where a restore leaves its note among the restored records, until the engine has told of it. */
export const RESTORE_NOTE = "restoreNote";
