import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Whether the engine may write into its folder of backups, as it is: by its user, by the disk, and by the walls that systemd has put around it.
 * @returns the file system's code when it may not, such as EROFS; where there is no such folder yet, that of the one in which it will be made
 */
export async function refusalOf(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return code === "ENOENT" && dirname(folder) !== folder ? refusalOf(dirname(folder)) : code;
  }
}
