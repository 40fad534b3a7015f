import { dirname, join, relative, resolve } from "node:path";
import { type OpenChecker, openChecker } from "../../checking.ts";
import { isRunwrightError } from "../../core/errors.ts";
import type { RunbookDetails } from "../../protocol/http/runbooks.ts";
import type { Client } from "../client.ts";
import type { FileProblem } from "./files.ts";
import type { BundledRunbooks } from "./gather.ts";
import { type RunbookDocument, type RunbookFile, runbookDocument } from "./runbook-document.ts";
import { strangersOf } from "./strangers.ts";

const AT_ONCE = 4;

export interface BundleParts {
  cwd: string;
  signal: AbortSignal;
  client: Client;
  /** Folder below which all files of runbooks must lie that aren't a package's. */
  within?: string;
}

/** Checks and bundles runbooks here, as publishing them would. */
export async function bundleRunbooks(
  files: readonly RunbookFile[],
  { note, ...parts }: BundleParts & { note(problem: FileProblem): void },
): Promise<BundledRunbooks> {
  const documents: (RunbookDocument | undefined)[] = files.map(() => undefined);
  const problems: FileProblem[] = [];
  if (files.length === 0) return { documents, problems };
  const checker = openChecker();
  const queue = [...files.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, one] = next;
      const found = await bundled(one, { checker, ...parts });
      for (const { severity, ...problem } of found.diagnostics) {
        if (severity === "error") problems.push(problem);
        else note(problem);
      }
      documents[i] = found.document;
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await checker.stop();
  }
  return { documents, problems };
}

async function bundled(
  runbook: RunbookFile,
  { checker, cwd, signal, client, within }: BundleParts & { checker: OpenChecker },
): Promise<{ document?: RunbookDocument; diagnostics: (FileProblem & { severity: string })[] }> {
  const entry = resolve(cwd, runbook.file);
  const { ok, diagnostics, bundle, bundleHash, sourceMap, sources } = await checker.check({ entry, signal });
  const told: (FileProblem & { severity: string })[] = diagnostics.map(({ file: path, line, column, message, severity }) => ({
    file: relative(cwd, join(dirname(entry), path)),
    line,
    column,
    message,
    severity,
  }));
  if (!ok || bundle === undefined || bundleHash === undefined) return { diagnostics: told };
  const strangers = within === undefined ? [] : await strangersOf(entry, sources ?? [], resolve(cwd, within));
  for (const path of strangers)
    told.push({ file: runbook.file, line: 1, column: 1, message: `${path} lies outside the solution's folder, and isn't sent`, severity: "error" });
  if (strangers.length > 0) return { diagnostics: told };
  const made = { bundle, bundleHash, sourceMap: sourceMap ?? null, sources: sources ?? [] };
  return { document: runbookDocument(runbook, made, await newestHash(client, runbook.name)), diagnostics: told };
}

async function newestHash(client: Client, name: string): Promise<string | undefined> {
  try {
    const { latest, deletedAt } = await client.request<RunbookDetails>("GET", `/api/v1/runbooks/${encodeURIComponent(name)}`);
    return deletedAt === null ? latest?.bundleHash : undefined;
  } catch (error) {
    if (isRunwrightError(error, "RUNBOOK_NOT_FOUND")) return undefined;
    throw error;
  }
}
