import { readFileSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { parseEnv } from "node:util";
import { loadConfig } from "../../config.ts";
import { RunwrightError } from "../../core/errors.ts";

export interface Settings {
  /** Data directory, absolute. It is the unit's working directory, in which relative paths of settings begin. */
  data: string;
  /** Configuration file; without one, that of the data directory. */
  file?: string;
  /** The unit's own; null: it has none. */
  environmentFile: string | null;
}

/** Where an engine writes outside of its data directory: a unit must name it. @throws CONFIG_INVALID */
export function writableOf({ data, file, environmentFile }: Settings): string[] {
  const env = environmentFile === null ? {} : backupFolderIn(environmentFile);
  const { folder } = loadConfig({ options: { data }, env, cwd: data, ...(file === undefined ? {} : { file }) }).backups;
  return folder === null || isWithin(data, folder) ? [] : [folder];
}

/** The rest of it isn't looked at: it holds secrets. */
function backupFolderIn(path: string): Record<string, string | undefined> {
  try {
    const { RUNWRIGHT_BACKUP_FOLDER } = parseEnv(readFileSync(path, "utf8"));
    return { RUNWRIGHT_BACKUP_FOLDER };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    throw new RunwrightError("CONFIG_INVALID", `${path} can't be read, and may say where backups go; use sudo`, { cause });
  }
}

function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
