/**
 * Becomes the user `uid=N` for good. It starts as root because only then the addon and its code can be read wherever they are installed.
 * @returns the user it runs as, `null` where there are no user ids
 */
export function dropPrivileges(args: readonly string[]): number | null {
  const wanted = args.find((arg) => arg.startsWith("uid="))?.slice(4);
  if (wanted !== undefined) {
    const uid = Number(wanted);
    process.setgroups?.([]);
    process.setgid?.(uid);
    process.setuid?.(uid);
    if (process.getuid?.() !== uid || process.geteuid?.() !== uid || process.getgid?.() !== uid) throw new Error(`could not become user ${uid}`);
  }
  return process.getuid?.() ?? null;
}
