import { isRunbookName } from "../../../engine/core/runbook-name.ts";

/** A file that holds a runbook. */
export interface RunbookFile {
  /** That of the file, which is the runbook's. */
  name: string;
  /** Offset of `export default`. */
  at: number;
}

/** What is longer isn't written by hand: nobody looks for a runbook in it. */
export const LONGEST_SOURCE = 1024 * 1024;

/**
 * The runbook in a source text: a module that imports the SDK and has a default export, under a name that a runbook can have. Tests and declarations are none.
 * @param path of the file, with either kind of slashes
 */
export function findRunbook(path: string, text: string): RunbookFile | undefined {
  const [, name = ""] = /([^\\/]+)\.m?ts$/.exec(path) ?? [];
  if (!isRunbookName(name) || text.length > LONGEST_SOURCE) return undefined;
  if (!/\bfrom\s*["']runwright["']/.test(text)) return undefined;
  const exported = /^export\s+default\b/m.exec(text);
  return exported ? { name, at: exported.index } : undefined;
}
