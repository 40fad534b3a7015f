import { type FileProblem, findFiles, readText } from "./files.ts";
import type { Source } from "./gather.ts";
import { readYaml } from "./yaml.ts";

/** The documents of one kind in files and folders; those of other kinds, and runbooks, are passed over. */
export interface GatheredKind {
  documents: Record<string, unknown>[];
  /** Of each document. */
  sources: Source[];
  problems: FileProblem[];
  notes: string[];
}

/** @throws NOT_FOUND, TOO_LARGE */
export async function gatherKind(kind: string, named: readonly string[], cwd: string): Promise<GatheredKind> {
  const all: GatheredKind = { documents: [], sources: [], problems: [], notes: [] };
  if (named.length === 0) return all;
  const found = await findFiles(named, cwd);
  all.problems.push(...found.problems);
  all.notes.push(...found.skipped.map((one) => `left out ${one}`));
  let others = 0;
  for (const file of found.yaml) {
    const read = await readText(file, cwd);
    if ("problem" in read) {
      all.problems.push(read.problem);
      continue;
    }
    const { documents, problems } = readYaml(read.text);
    all.problems.push(...problems.map((one) => ({ file, ...one })));
    for (const { value, at } of documents) {
      const document: unknown = value;
      if (!isMap(document)) all.problems.push({ file, ...at(""), message: "a document is a map, with kind and name" });
      else if (typeof document.kind === "string" && document.kind !== kind) others += 1;
      else {
        all.documents.push(document);
        all.sources.push({ file, at });
      }
    }
  }
  if (others > 0) all.notes.push(`${others === 1 ? "1 document of another kind is" : `${others} documents of other kinds are`} passed over`);
  if (all.documents.length === 0 && all.problems.length === 0) all.notes.push(`there is no document of the kind ${kind} in ${named.join(", ")}`);
  return all;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
