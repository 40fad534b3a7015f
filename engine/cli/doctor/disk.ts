import { statfs } from "node:fs/promises";
import { sizeOf } from "../backup-words.ts";
import { type Finding, messageOf, ok, problem, warning } from "./finding.ts";

const NEARLY_NONE = 100 * 1024 * 1024;
const LITTLE = 1024 * 1024 * 1024;

/** @param databaseBytes what a backup needs for its copy; 0 when that lies elsewhere */
export async function checkDisk(directory: string, databaseBytes: number): Promise<Finding[]> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(directory);
    const free = bavail * bsize;
    const found = `${sizeOf(free)} are free where ${directory} lies`;
    const findings = [
      free < NEARLY_NONE
        ? problem(
            "disk",
            found,
            "free some space, or move the data directory to a larger disk: on a full one the engine stores nothing more until there is room",
          )
        : free < LITTLE
          ? warning("disk", found, "free some space soon; docs/operations.md tells how much an engine needs")
          : ok("disk", found),
    ];
    if (free < databaseBytes)
      findings.push(warning("disk", `a backup needs a copy of the database, ${sizeOf(databaseBytes)}, and there is no room for one`, "free some space"));
    if (files > 0 && ffree / files < 0.02)
      findings.push(warning("disk", `only ${ffree} more files can be made there`, "remove files, or make the file system anew with more inodes"));
    return findings;
  } catch (error) {
    return [problem("disk", `the disk of ${directory} can't be looked at: ${messageOf(error)}`, "check that the directory is there and its disk is mounted")];
  }
}
