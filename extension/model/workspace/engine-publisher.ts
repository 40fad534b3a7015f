import { dirname, join, resolve } from "node:path";
import type { FileProblem } from "../../../engine/cli/resources/files.ts";
import { type BundledRunbooks, gather } from "../../../engine/cli/resources/gather.ts";
import { placesOf } from "../../../engine/cli/resources/plan-problems.ts";
import { type MadeRunbook, type RunbookDocument, type RunbookFile, runbookDocument } from "../../../engine/cli/resources/runbook-document.ts";
import type { Diagnostic } from "../../../engine/core/diagnostic.ts";
import type { PlanProblem } from "../../../engine/core/document.ts";
import { isRunwrightError } from "../../../engine/core/errors.ts";
import type { Plan, PlanRequest } from "../../../engine/protocol/http/plan.ts";
import type { Draft, RunbookDetails } from "../../../engine/protocol/http/runbooks.ts";
import type { Client } from "../client/client.ts";
import { bundleOnEngine, type EngineBundling } from "./engine-bundle.ts";
import { fileProblems } from "./file-problems.ts";
import { PLAN } from "./planning.ts";
import type { Publisher, RunbookOnDisk } from "./publisher.ts";
import { BUNDLE_MS, changeOf, publishMade } from "./publishing.ts";
import { sourcesOnDisk } from "./source-on-disk.ts";

/**
 * By the engine alone, for workspaces without a `runwright`: it checks and bundles the sources, and what it has made goes through the same doors as everybody's.
 * @param root nothing outside of this folder is sent
 */
export function enginePublisher({ client, root, ...rest }: Omit<EngineBundling, "client"> & { client: Client; root: string }): Publisher {
  const bundling = { client, ...rest };
  /** What was reviewed is what is published, whatever becomes of the file in between. */
  const reviewed = new Map<string, MadeRunbook>();
  const pathOf = (name: string) => `/api/v1/runbooks/${encodeURIComponent(name)}`;

  async function bundled({ file }: Pick<RunbookOnDisk, "file">, signal: AbortSignal) {
    return await bundleOnEngine(await sourcesOnDisk(file, root), bundling, signal);
  }

  async function made(runbook: RunbookOnDisk, signal: AbortSignal): Promise<MadeRunbook> {
    const { made, diagnostics } = await bundled(runbook, signal);
    if (made) return made;
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    throw fileProblems(errors.map((one) => placed(one, "")));
  }

  async function newestHash(name: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const { latest, deletedAt } = await client.ask<RunbookDetails>("GET", pathOf(name), { latest: "object?", deletedAt: "string?" }, { signal });
      return deletedAt === null ? latest?.bundleHash : undefined;
    } catch (error) {
      if (isRunwrightError(error, "RUNBOOK_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  /** One after another: an engine bundles one at a time, and others want to, too. */
  async function bundleAll(files: readonly RunbookFile[], folder: string, signal: AbortSignal): Promise<BundledRunbooks> {
    const documents: (RunbookDocument | undefined)[] = [];
    const problems: FileProblem[] = [];
    for (const one of files) {
      const { made, diagnostics } = await bundled({ file: resolve(folder, one.file) }, signal);
      documents.push(made && runbookDocument(one, made, await newestHash(one.name, signal)));
      if (!made) problems.push(...diagnostics.filter(({ severity }) => severity === "error").map((problem) => placed(problem, dirname(one.file))));
    }
    return { documents, problems };
  }

  const ask = (verb: "plan" | "apply", body: PlanRequest & { hash?: string }, signal: AbortSignal, by = client): Promise<Plan> =>
    by.ask<Plan>("POST", `/api/v1/${verb}`, PLAN, { body, signal, timeoutMs: BUNDLE_MS });

  return {
    place: { kind: "engine", address: client.address.url },
    async review(runbook, signal) {
      const content = await made(runbook, signal);
      reviewed.set(runbook.file, content);
      const document = runbookDocument(runbook, content, await newestHash(runbook.name, signal));
      return changeOf(await ask("plan", { documents: [document] }, signal), runbook.name);
    },
    async publish({ message, expected, ...runbook }, signal) {
      const content = reviewed.get(runbook.file) ?? (await made(runbook, signal));
      return await publishMade(client, { name: runbook.name, content, message, expected }, signal);
    },
    async saveDraft(runbook, signal) {
      const body = await made(runbook, signal);
      return await client.ask<Draft>("PUT", `${pathOf(runbook.name)}/draft`, { revision: "number" }, { body, signal, timeoutMs: BUNDLE_MS });
    },
    async plan(folder, signal) {
      const gathered = await gather([folder], { cwd: folder, bundle: (files) => bundleAll(files, folder, signal) });
      if (gathered.problems.length > 0) throw fileProblems(gathered.problems);
      const request = { documents: gathered.documents };
      const plan = await ask("plan", request, signal).catch((error: unknown) => {
        if (!isRunwrightError(error) || (error.code !== "RESOURCE_INVALID" && error.code !== "PERMISSION_DENIED") || !Array.isArray(error.details)) throw error;
        throw fileProblems(placesOf(error.details as PlanProblem[], gathered), error.code);
      });
      return { plan, apply: (now, signal) => ask("apply", { ...request, hash: plan.hash }, signal, now) };
    },
  };
}

const placed = ({ file, line, column, message }: Diagnostic, folder: string): FileProblem => ({ file: join(folder, file), line, column, message });
