import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Finding, messageOf, ok, problem } from "./finding.ts";

/** What nobody but the engine's own user may read. */
const PRIVATE = /^(master\.key|admin\.json|tls\.key|config\.yaml|runwright\.db(-wal|-shm)?|engine\.lock)$/;

/** @param more private files elsewhere, such as a master key @param uid of whoever asks; undefined where there are no such users */
export async function checkPermissions(directory: string, more: readonly string[], uid: number | undefined): Promise<Finding[]> {
  if (uid === undefined) return [ok("permissions", "this system has no modes of files to look at")];
  try {
    const names = (await readdir(directory)).filter((name) => PRIVATE.test(name));
    const findings = (await Promise.all([...names.map((name) => join(directory, name)), ...more].map((path) => ofFile(path, uid)))).flat();
    const own = await stat(directory);
    if (own.mode & 0o022) findings.push(problem("permissions", `others may write into ${directory}`, `chmod 700 ${directory}`));
    return findings.length > 0 ? findings : [ok("permissions", `what is private in ${directory} is its owner's alone`)];
  } catch (error) {
    return [problem("permissions", `${directory} can't be read: ${messageOf(error)}`, "run the command as the user that the engine runs as")];
  }
}

async function ofFile(path: string, uid: number): Promise<Finding[]> {
  const found = await stat(path).catch(() => undefined); // a file that comes and goes, or one that its own check tells of
  if (!found) return [];
  if (found.mode & 0o077) return [problem("permissions", `others may read ${path} (mode ${(found.mode & 0o777).toString(8)})`, `chmod 600 ${path}`)];
  if (uid !== 0 && found.uid !== uid)
    return [problem("permissions", `${path} belongs to another user (${found.uid}, not ${uid})`, `chown it to the user that the engine runs as`)];
  return [];
}
