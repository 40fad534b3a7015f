import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A process that holds a lock. */
export interface LockHolder {
  pid: number;
  /** Its program's name, as far as it can be read. */
  program: string;
}

/** Whoever has taken a lock of dnf, zypper or rpm has one of these libraries loaded. */
const LIBRARIES = /\/(?:_?hawkey|libdnf5?|librpm|libzypp)[-.\w]*\.so/;

/**
 * Looks at a file that holds the process id of whoever has the lock. Front ends take any living process with that number for the holder: after a power cut or a kill
 * the number may be another program's, and they wait for ever.
 * @returns undefined: nobody has it
 */
export async function holderOf(root: string, file: string): Promise<LockHolder | "stale" | undefined> {
  const text = await readFile(join(root, file), "utf8").catch(() => "");
  if (text.trim() === "") return undefined;
  if (!/^\d{1,10}$/.test(text.trim())) return "stale"; // dnf refuses to go on until it is removed by hand
  const pid = Number(text);
  const program = await programOf(root, pid);
  if (program === undefined) return undefined; // dead: front ends see that themselves
  return (await usesPackages(root, pid)) ? { pid, program } : "stale";
}

/** @returns undefined: there is no such process, or it has ended and only its parent doesn't know it yet */
async function programOf(root: string, pid: number): Promise<string | undefined> {
  const text = await readFile(join(root, `proc/${pid}/stat`), "utf8").catch(() => "");
  const [, name, state] = /^\d+ \(([\s\S]*)\) (\S)/.exec(text) ?? [];
  return name === undefined || state === "Z" || state === "X" ? undefined : name;
}

/** Not to be told: then it is taken for one that does. */
const usesPackages = (root: string, pid: number): Promise<boolean> =>
  readFile(join(root, `proc/${pid}/maps`), "utf8").then(
    (maps) => maps === "" || LIBRARIES.test(maps),
    () => true,
  );

/**
 * Removes lock files that nobody holds and that would be in the way for ever.
 * @returns what was done, in words
 */
export async function removeStaleLocks(root: string, files: readonly string[]): Promise<string[]> {
  const done: string[] = [];
  for (const file of files) {
    if ((await holderOf(root, file)) !== "stale") continue;
    const pid = (await readFile(join(root, file), "utf8").catch(() => "")).trim();
    // Asked again: meanwhile somebody may have taken it, and written another number.
    if ((await holderOf(root, file)) !== "stale") continue;
    await rm(join(root, file), { force: true });
    const whose = /^\d+$/.test(pid) ? `process ${pid} is another program by now` : "it names no process";
    done.push(`removed the lock ${file}, which nobody holds: ${whose}`);
  }
  return done;
}

/** rpm's own lock is the kernel's, on this file: whoever waits for it waits without a limit. */
const RPM_LOCKS = ["var/lib/rpm/.rpm.lock", "usr/lib/sysimage/rpm/.rpm.lock"];

/** Who is changing the database now; undefined: nobody that is to be seen. */
export async function rpmLockHolder(root: string): Promise<LockHolder | undefined> {
  const locks = await readFile(join(root, "proc/locks"), "utf8").catch(() => "");
  for (const file of RPM_LOCKS) {
    const inode = await stat(join(root, file)).then(
      ({ ino }) => ino,
      () => undefined,
    );
    if (inode === undefined) continue;
    for (const [, pid, ino] of locks.matchAll(/^\d+: (?:POSIX|OFDLCK) +ADVISORY +WRITE +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm)) {
      if (Number(ino) !== inode) continue;
      const program = await programOf(root, Number(pid));
      // The same number may be a file of another file system.
      if (program !== undefined && (await usesPackages(root, Number(pid)))) return { pid: Number(pid), program };
    }
  }
  return undefined;
}
