import { access } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { runbookNameOf } from "../../authoring/names.ts";
import { MOST_DOCUMENTS } from "../../core/document.ts";
import { RunwrightError } from "../../core/errors.ts";
import { shapeProblems } from "../../protocol/resources/problems.ts";
import { RunbookFileSpec } from "../../protocol/resources/runbook.ts";
import { type FileProblem, findFiles, readText } from "./files.ts";
import { looksLikeRunbook, type RunbookDocument, type RunbookFile } from "./runbook-document.ts";
import { type Position, readYaml } from "./yaml.ts";

/** Where a document is written. */
export interface Source {
  file: string;
  at(pointer: string): Position;
}

export interface Gathered {
  documents: Readonly<Record<string, unknown>>[];
  /** Of each document. */
  sources: Source[];
  problems: FileProblem[];
  /** Documents of the kind Solution: what the others are as a whole. */
  solutions: { document: Readonly<Record<string, unknown>>; source: Source }[];
  /** What somebody should know, and may go on without. */
  notes: string[];
  /** Whether one of the problems is a runbook's: what starts it can't be judged then. */
  lacksRunbook: boolean;
}

export interface BundledRunbooks {
  /** Of each file; undefined for one that doesn't pass its check. */
  documents: (RunbookDocument | undefined)[];
  problems: FileProblem[];
}

export interface GatherParts {
  cwd: string;
  /** Checks and bundles runbooks, as publishing them would; warnings go to `note`. */
  bundle(files: readonly RunbookFile[], note: (problem: FileProblem) => void): Promise<BundledRunbooks>;
}

const TOP: Source["at"] = () => ({ line: 1, column: 1 });

/** All documents and runbooks in files and folders, ready to be sent. @throws NOT_FOUND, TOO_LARGE */
export async function gather(named: readonly string[], { cwd, bundle }: GatherParts): Promise<Gathered> {
  const found = await findFiles(named, cwd);
  const all: Gathered = {
    documents: [],
    sources: [],
    solutions: [],
    problems: [...found.problems],
    notes: found.skipped.map((one) => `left out ${one}`),
    lacksRunbook: false,
  };
  const runbooks: (RunbookFile & { source: Source })[] = [];
  const claimed = new Set<string>();

  for (const file of found.yaml) {
    const read = await readText(file, cwd);
    if ("problem" in read) {
      all.problems.push(read.problem);
      continue;
    }
    const { documents, problems } = readYaml(read.text);
    all.problems.push(...problems.map((one) => ({ file, ...one })));
    for (const { value, at } of documents) {
      const source: Source = { file, at };
      const report = (path: string, message: string) => void all.problems.push({ file, ...at(path), message: withPath(path, message) });
      if (value === null || typeof value !== "object" || Array.isArray(value)) report("", "a document is a map, with kind and name");
      else if ((value as Record<string, unknown>).kind === "Solution") all.solutions.push({ document: value as Record<string, unknown>, source });
      else if ((value as Record<string, unknown>).kind !== "Runbook") {
        all.documents.push(value as Record<string, unknown>);
        all.sources.push(source);
        if (all.documents.length > MOST_DOCUMENTS)
          throw new RunwrightError("TOO_LARGE", `there are more than ${MOST_DOCUMENTS} documents; plan parts of them, each in a folder of its own`);
      } else {
        const runbook = await runbookOf(value as Record<string, unknown>, { file, cwd, report });
        if (runbook) {
          claimed.add(resolve(cwd, runbook.file));
          runbooks.push({ ...runbook, source });
        } else all.lacksRunbook = true;
      }
    }
  }

  for (const file of found.scripts) {
    if (claimed.has(resolve(cwd, file))) continue;
    const read = await readText(file, cwd);
    if ("problem" in read) all.problems.push(read.problem);
    else if (looksLikeRunbook(read.text)) {
      try {
        runbooks.push({ file, name: runbookNameOf(file), source: { file, at: TOP } });
      } catch (error) {
        if (!(error instanceof RunwrightError)) throw error;
        all.problems.push({ file, line: 1, column: 1, message: `${error.message}; rename the file, or give it a name with a document of the kind Runbook` });
        all.lacksRunbook = true;
      }
    }
  }

  const bundles = await bundle(runbooks, ({ file, line, column, message }) => void all.notes.push(`${file}:${line}:${column}: warning: ${message}`));
  all.problems.push(...bundles.problems);
  for (const [i, { source }] of runbooks.entries()) {
    const document = bundles.documents[i];
    if (document) {
      all.documents.push(document);
      all.sources.push(source);
    } else all.lacksRunbook = true;
  }
  return all;
}

/** `runs.0.cron: …`, as the member is found in the file. */
export const withPath = (path: string, message: string): string =>
  path === "" ? message : `${path.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~")}: ${message}`;

async function runbookOf(
  { kind: _, name, scope, ...spec }: Record<string, unknown>,
  { file, cwd, report }: { file: string; cwd: string; report(path: string, message: string): void },
): Promise<RunbookFile | undefined> {
  const problems = shapeProblems(RunbookFileSpec, spec);
  if (typeof name !== "string") problems.push({ path: name === undefined ? "" : "/name", message: name === undefined ? "must have name" : "must be a text" });
  if (scope !== undefined && typeof scope !== "string") problems.push({ path: "/scope", message: 'must be a text such as "/team"' });
  for (const { path, message } of problems) report(path, message);
  if (problems.length > 0) return undefined;
  const entry = resolve(cwd, dirname(file), String(spec.file));
  const isThere = await access(entry).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    report("/file", `there is no file ${relative(cwd, join(entry))}`);
    return undefined;
  }
  return { file: relative(cwd, entry), name: String(name), ...(scope === undefined ? {} : { scope: String(scope) }) };
}
