import type { PlanProblem } from "../../core/document.ts";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { Plan, PlanRequest } from "../../protocol/http/plan.ts";
import type { Client } from "../client.ts";
import type { Context } from "../command.ts";
import { clean } from "../terminal.ts";
import type { FileProblem } from "./files.ts";
import { type Gathered, gather } from "./gather.ts";
import { placesOf } from "./plan-problems.ts";
import { bundleRunbooks } from "./runbooks.ts";

export interface PlanOptions {
  file: readonly string[];
  scope?: string;
  prune?: boolean;
  pruneRunbooks?: boolean;
  message?: string;
  json?: boolean;
  /** What the files are as a whole. What is wrong with it, it adds to the problems. */
  solution?(gathered: Gathered): PlanRequest["solution"];
  /** Folder below which all files of runbooks must lie that aren't a package's. */
  within?: string;
}

export interface MadePlan {
  request: PlanRequest;
  plan: Plan;
}

/** Reads the files and asks the engine what they would change. All that is wrong is told, with its place. @throws RESOURCE_INVALID, PERMISSION_DENIED */
export async function planFiles(options: PlanOptions, client: Client, context: Context): Promise<MadePlan> {
  const { cwd, signal } = context;
  const within = options.within === undefined ? {} : { within: options.within };
  const gathered = await gather(options.file, { cwd, bundle: (files, note) => bundleRunbooks(files, { cwd, signal, client, note, ...within }) });
  const solution = options.solution?.(gathered);
  if (!solution)
    for (const { source } of gathered.solutions) gathered.notes.push(`${source.file} describes a solution: \`runwright solution install\` makes it one`);
  if (!options.json) for (const note of gathered.notes) context.terminal.note(clean(note));
  const request: PlanRequest = { ...requestOf(gathered.documents, options), ...(solution ? { solution } : {}) };
  const { plan, problems, code } = await ask(request, gathered, client, context);
  if (plan && gathered.problems.length === 0) return { request, plan };
  throw refusal(gathered.problems.length > 0 ? "RESOURCE_INVALID" : code, [...gathered.problems, ...problems], options, context);
}

type Code = "RESOURCE_INVALID" | "PERMISSION_DENIED";

/** What the engine says of documents, told where they are written. Those of files that can't be read are missing: then only what is wrong with the others counts. */
async function ask(
  request: PlanRequest,
  gathered: Gathered,
  client: Client,
  { signal }: Context,
): Promise<{ plan?: Plan; problems: FileProblem[]; code: Code }> {
  const isWhole = gathered.problems.length === 0;
  try {
    const plan = await client.request<Plan>("POST", "/api/v1/plan", { body: isWhole ? request : { ...request, prune: false }, signal });
    return { plan, problems: [], code: "RESOURCE_INVALID" };
  } catch (error) {
    if (isRunwrightError(error) && (error.code === "RESOURCE_INVALID" || error.code === "PERMISSION_DENIED") && Array.isArray(error.details))
      return { problems: placesOf(error.details as PlanProblem[], gathered), code: error.code };
    if (isWhole) throw error;
    return { problems: [], code: "RESOURCE_INVALID" }; // what is wrong with the files is enough to be told
  }
}

function requestOf(documents: PlanRequest["documents"], { scope, prune, pruneRunbooks, message }: PlanOptions): PlanRequest {
  return {
    documents,
    ...(scope === undefined ? {} : { scope }),
    ...(prune || pruneRunbooks ? { prune: true } : {}),
    ...(pruneRunbooks ? { pruneRunbooks: true } : {}),
    ...(message ? { message } : {}),
  };
}

function refusal(code: Code, problems: readonly FileProblem[], { json }: PlanOptions, { terminal }: Context): RunwrightError {
  const sorted = problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
  if (!json)
    for (const { file, line, column, message } of sorted)
      terminal.note(terminal.colour("red", clean(file === "" ? message : `${file}:${line}:${column}: ${message}`)));
  const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
  return new RunwrightError(code, `${count}; nothing was changed`, json ? { details: sorted } : {});
}
