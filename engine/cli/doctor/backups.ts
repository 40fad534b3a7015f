import { readdir } from "node:fs/promises";
import { momentOf } from "../../backup/names.ts";
import type { Config } from "../../config.ts";
import { type Finding, messageOf, ok, warning } from "./finding.ts";

const DAY_MS = 86_400_000;
/** One night may be missed, as a machine was off; a second one has a reason that stays. */
const OLD_DAYS = 2;

/** Those that the engine makes by itself. What others make, such as `runwright backup` from elsewhere, isn't known here. */
export async function checkBackups({ folder }: Pick<Config["backups"], "folder">, now: number): Promise<Finding> {
  if (folder === null) return ok("backups", "the engine makes none by itself, as no backupFolder is set");
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return none(folder);
    return warning("backups", `${folder} can't be read: ${messageOf(error)}`, "run the command as the user that the engine runs as, and check the folder");
  }
  // One that a clock which was ahead has named says nothing of how old it is.
  const past = names.map(momentOf).filter((moment) => moment !== undefined && moment <= now);
  const newest = Math.max(...past.map(Number));
  if (past.length === 0) return none(folder);
  const found = `the newest of ${past.length} in ${folder} is of ${new Date(newest).toISOString()}`;
  if (now - newest <= OLD_DAYS * DAY_MS) return ok("backups", found);
  return warning(
    "backups",
    `${found}, ${Math.floor((now - newest) / DAY_MS)} days ago`,
    "look at the newest jobs of the runbook `backup` and at its schedule: runwright job list --runbook backup, runwright schedule list",
  );
}

const none = (folder: string): Finding =>
  warning(
    "backups",
    `there is none in ${folder} yet`,
    "let the engine make one each night: runwright apply -f runbooks/backup, and the first now: runwright run backup",
  );
