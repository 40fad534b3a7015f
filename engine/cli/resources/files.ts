import { constants } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { RunwrightError } from "../../core/errors.ts";

const MAX_FILE_BYTES = 1024 * 1024;
const MOST_FILES = 20_000;
const DEEPEST = 30;

/** What lies in the folders that somebody named. Paths are as people write them from where they are. */
export interface FoundFiles {
  yaml: string[];
  /** TypeScript, tests and declarations left out. */
  scripts: string[];
  problems: FileProblem[];
  /** Left out, and why. */
  skipped: string[];
}

export interface FileProblem {
  file: string;
  line: number;
  column: number;
  message: string;
}

const isYaml = (name: string) => /\.ya?ml$/i.test(name);
const isScript = (name: string) => /\.m?ts$/.test(name) && !/\.(test|d)\.m?ts$/.test(name);

/**
 * Finds documents and runbooks. Symbolic links within folders aren't followed, and hidden folders and `node_modules` aren't looked into.
 * @throws NOT_FOUND for a name that isn't there, or a folder without any such file, TOO_LARGE for more files than anybody keeps
 */
export async function findFiles(named: readonly string[], cwd: string): Promise<FoundFiles> {
  const found: FoundFiles = { yaml: [], scripts: [], problems: [], skipped: [] };
  const seen = new Set<string>();
  let met = 0;
  const shown = (path: string) => relative(cwd, path) || ".";
  const problem = (path: string, message: string) => void found.problems.push({ file: shown(path), line: 1, column: 1, message });

  function take(path: string, name: string): void {
    if (!isYaml(name) && !isScript(name)) return;
    met += 1;
    if (seen.has(path)) return;
    seen.add(path);
    if (seen.size > MOST_FILES) throw new RunwrightError("TOO_LARGE", `there are more than ${MOST_FILES} files; name a smaller folder with -f`);
    (isYaml(name) ? found.yaml : found.scripts).push(shown(path));
  }

  async function walk(folder: string, depth: number): Promise<void> {
    if (depth > DEEPEST) return problem(folder, `is deeper than ${DEEPEST} folders`);
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules" && !entry.name.startsWith(".")) await walk(path, depth + 1);
      } else if (entry.isSymbolicLink()) {
        if (isYaml(entry.name) || isScript(entry.name)) found.skipped.push(`${shown(path)}: a symbolic link; name it with -f if it is meant`);
      } else if (entry.isFile()) take(path, entry.name);
      else if (isYaml(entry.name) || isScript(entry.name)) problem(path, "isn't a file that can be read: a device, socket or pipe");
    }
  }

  for (const one of named) {
    const given = resolve(cwd, one);
    const link = await lstat(given).catch(() => undefined);
    // What somebody names is meant, also when it is a link.
    const path = link?.isSymbolicLink() ? await realpath(given).catch(() => undefined) : given;
    if (link === undefined || path === undefined) throw new RunwrightError("NOT_FOUND", `there is no file or folder ${one}`);
    const stats = await lstat(path);
    if (stats.isDirectory()) {
      const before = met;
      await walk(path, 0);
      // A checkout that failed must not look like the wish to prune everything.
      if (met === before) throw nothingIn(one, found.skipped.length);
    } else if (!stats.isFile()) problem(path, "is neither a file nor a folder");
    else if (isYaml(path) || isScript(path)) take(path, path);
    else problem(path, "is neither YAML nor a runbook: a name ends with .yaml, .yml or .ts");
  }
  return found;
}

const nothingIn = (folder: string, links: number) =>
  new RunwrightError(
    "NOT_FOUND",
    `there is neither YAML nor a runbook in ${folder}${links > 0 ? " but for symbolic links, which aren't followed: name them with -f" : ""}; when everything is to be pruned, put a file with only a comment there`,
  );

/** A file's text, or why it can't be taken. */
export async function readText(file: string, cwd: string): Promise<{ text: string } | { problem: FileProblem }> {
  const at = (message: string, { line = 1, column = 1 } = {}) => ({ problem: { file, line, column, message } });
  // Whatever has taken the file's place since it was found: a link isn't followed, and a pipe isn't waited for.
  const handle = await open(resolve(cwd, file), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch((error: Error) => error);
  if (handle instanceof Error) return at(`can't be read: ${handle.message}`);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return at("isn't a file");
    const tooLarge = `has more than ${MAX_FILE_BYTES} bytes: split it`;
    if (stats.size > MAX_FILE_BYTES) return at(tooLarge);
    const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) read = (await handle.read(bytes, length, bytes.length - length, length)).bytesRead;
    if (length > MAX_FILE_BYTES) return at(tooLarge);
    const content = bytes.subarray(0, length);
    if (!decodes(content)) return at("isn't UTF-8 from here on; save it as UTF-8", firstBadByte(content));
    return { text: new TextDecoder("utf-8").decode(content) };
  } finally {
    await handle.close();
  }
}

function decodes(bytes: Uint8Array, options?: { stream: boolean }): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, options);
    return true;
  } catch {
    return false; // it can find nothing else
  }
}

function firstBadByte(content: Buffer): { line: number; column: number } {
  let [good, bad] = [0, content.length];
  // A character that is cut off is no mistake as long as more may come.
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(content.subarray(0, middle), { stream: true })) good = middle;
    else bad = middle;
  }
  // The wrong byte may be the second or third of a character: that one begins before it.
  let start = good;
  if (!decodes(content.subarray(0, good)))
    do start -= 1;
    while (((content[start] ?? 0) & 0xc0) === 0x80);
  const before = content.subarray(0, start).toString("latin1");
  return { line: before.split("\n").length, column: start - before.lastIndexOf("\n") };
}
