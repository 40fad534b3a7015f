import { dirname, join, relative, resolve } from "node:path";
import { type OpenChecker, openChecker } from "../../checking.ts";
import { isRunwrightError } from "../../core/errors.ts";
import type { RunbookDetails } from "../../protocol/http/runbooks.ts";
import type { Client } from "../client.ts";
import type { FileProblem } from "./files.ts";

/** A file that is to be published. */
export interface RunbookFile {
  /** As people write it from where they are. */
  file: string;
  name: string;
  scope?: string;
}

/** As it is sent: without a bundle where the engine has it already. */
export type RunbookDocument = Readonly<Record<string, unknown>> & { kind: "Runbook"; name: string };

const AT_ONCE = 4;

/** Whether a module's default export is made by `runbook()`, as far as its text shows. */
export const looksLikeRunbook = (text: string): boolean => /^export\s+default\b/m.test(text) && /\brunbook\s*\(/.test(text);

/** Checks and bundles runbooks, as publishing them would. @returns the document of each, undefined for one that doesn't pass; warnings go to `note` */
export async function bundleRunbooks(
  files: readonly RunbookFile[],
  { cwd, signal, client, note }: { cwd: string; signal: AbortSignal; client: Client; note(problem: FileProblem): void },
): Promise<{ documents: (RunbookDocument | undefined)[]; problems: FileProblem[] }> {
  const documents: (RunbookDocument | undefined)[] = files.map(() => undefined);
  const problems: FileProblem[] = [];
  if (files.length === 0) return { documents, problems };
  const checker = openChecker();
  const queue = [...files.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, one] = next;
      const found = await bundled(one, { checker, cwd, signal, client });
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
  { file, name, scope }: RunbookFile,
  { checker, cwd, signal, client }: { checker: OpenChecker; cwd: string; signal: AbortSignal; client: Client },
): Promise<{ document?: RunbookDocument; diagnostics: (FileProblem & { severity: string })[] }> {
  const entry = resolve(cwd, file);
  const { ok, diagnostics, bundle, bundleHash, sourceMap, sources } = await checker.check({ entry, signal });
  const told = diagnostics.map(({ file: path, line, column, message, severity }) => ({
    file: relative(cwd, join(dirname(entry), path)),
    line,
    column,
    message,
    severity,
  }));
  if (!ok || bundleHash === undefined) return { diagnostics: told };
  const known = await newestHash(client, name);
  const content = known === bundleHash ? { bundleHash } : { bundleHash, bundle, sourceMap: sourceMap ?? null, sources };
  return { document: { kind: "Runbook", name, ...(scope === undefined ? {} : { scope }), ...content }, diagnostics: told };
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
