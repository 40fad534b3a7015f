import { readdir } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";

/**
 * Why the machine should be rebooted, on systems that keep one version of each kernel and have no other sign for it: an upgrade of the running one has removed
 * its modules and put those of the next beside them. Nothing can be said in a container, whose kernel is another system's.
 * @param root where the machine's files are
 * @param running `uname -r`
 */
export async function replacedKernel(root: string, running: string = release()): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of ["lib/modules", "usr/lib/modules"]) for (const name of await readdir(join(root, folder)).catch(() => [])) found.add(name); // none: no kernel of its own
  if (found.has(running)) return [];
  const next = [...found].filter((name) => flavourOf(name) === flavourOf(running)).sort();
  return next.length === 0 ? [] : [`kernel ${running} runs, its modules were replaced by those of ${next.join(", ").slice(0, 500)}`];
}

/** Releases of one kernel differ in their numbers alone: `6.6.31-0-lts`, `6.9.7-arch1-1`, `6.9.7-zen1-1-zen`. */
const flavourOf = (kernel: string): string => kernel.replace(/\d+/g, "#").replace(/(?:\.#)+/, ".#");
