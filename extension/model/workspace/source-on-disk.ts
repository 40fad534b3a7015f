import { realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { readText } from "../../../engine/cli/resources/files.ts";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { type SentSources, sourceClosure } from "../authoring/check/source-closure.ts";

/** Text of a file as it is in an editor, saved or not; undefined: it isn't open. */
export type InEditor = (path: string) => string | undefined;

/**
 * A runbook as it is stored, with the files that it imports. Nothing outside of the root is read, by whatever links.
 * @param inEditor for what looks at files that are being written
 * @throws BAD_REQUEST when the runbook itself can't be read
 */
export async function sourcesOnDisk(file: string, root: string, inEditor: InEditor = () => undefined): Promise<SentSources> {
  const entry = await textBelow(root, file, inEditor);
  if ("problem" in entry) throw new RunwrightError("BAD_REQUEST", `${file} ${entry.problem}`);
  return await sourceClosure(slashes(file), slashes(root), async (path) => {
    const read = await textBelow(root, path, inEditor);
    return "text" in read ? read.text : undefined; // it isn't there, which the check says at the import
  });
}

async function textBelow(root: string, path: string, inEditor: InEditor): Promise<{ text: string } | { problem: string }> {
  const [real, top] = await Promise.all([realpath(path), realpath(root)]).catch(() => []);
  if (real === undefined || top === undefined) return { problem: "isn't there any more" };
  const inside = relative(top, real);
  if (isAbsolute(inside) || inside.split(sep)[0] === "..") return { problem: "is a link that leads out of the workspace" };
  const open = inEditor(path);
  if (open !== undefined) return { text: open };
  const read = await readText(real, top);
  return "text" in read ? read : { problem: read.problem.message };
}

const slashes = (path: string): string => path.replaceAll("\\", "/");
