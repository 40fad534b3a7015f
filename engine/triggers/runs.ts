import { RunwrightError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { JsonSchema } from "../core/manifest.ts";
import { mappedParameters } from "../core/pointer.ts";
import type { DocumentProblem, StartingKind } from "../core/resource.ts";
import { type Actor, isAllowed } from "../core/role.ts";
import { type Scope, scopeIncludes } from "../core/scope.ts";
import type { Run } from "../core/trigger.ts";
import { checkAgainst, type FieldError } from "../protocol/parameters.ts";
import type { Reads } from "../store/store.ts";

/** A runbook that has this parameter and doesn't map it is given the whole document of the webhook or event in it. */
export const WHOLE_DOCUMENT: Partial<Record<StartingKind, string>> = { Webhook: "webhook", EventRule: "event" };

/** What is wrong with the runs of a resource: runbooks that aren't there or lie elsewhere, parameters that don't fit, and what the author may not run. */
export async function runProblems(
  runs: readonly Run[],
  { kind, scope, reads, actor }: { kind: StartingKind; scope: Scope; reads: Reads; actor: Actor },
): Promise<DocumentProblem[]> {
  const problems: DocumentProblem[] = [];
  for (const [i, run] of runs.entries()) {
    const at = `/runs/${i}`;
    const report = (path: string, message: string) => void problems.push({ path: `${at}${path}`, message });
    const runbook = await reads.runbooks.byName(run.runbook);
    // Whoever can't see it learns nothing: neither where others have one, nor that it was there.
    if (!runbook || !(isAllowed(actor, "runbook.read", runbook.scope) || isAllowed(actor, "job.run", runbook.scope)))
      report("/runbook", `there is no runbook "${run.runbook}"; publish it first`);
    else if (runbook.deletedAt !== null)
      report("/runbook", `runbook "${run.runbook}" was deleted; restore it with \`runwright runbook restore ${run.runbook}\``);
    // Its jobs run with the rights of an operator where the resource lies, and nowhere else.
    else if (!scopeIncludes(scope, runbook.scope))
      report("/runbook", `runbook "${run.runbook}" lies in ${runbook.scope}, outside of ${scope}: a trigger starts runbooks of its own scope and below`);
    else if (!isAllowed(actor, "job.run", runbook.scope))
      report("/runbook", `${actor.name} may not run ${run.runbook} in ${runbook.scope}, so no trigger of theirs may`);
    else {
      const number = run.version ?? runbook.latestVersion;
      const version = number > 0 ? await reads.runbooks.version(runbook.id, number) : undefined;
      if (version) problems.push(...parameterProblems(run, version.manifest.parameters, kind).map(({ path, message }) => ({ path: at + path, message })));
      else if (run.version === undefined) report("/runbook", `runbook "${run.runbook}" isn't published yet; publish it first`);
      else report("/version", `runbook "${run.runbook}" has no version ${run.version}; its newest is ${runbook.latestVersion}`);
    }
  }
  return problems;
}

/** What is wrong with a run's parameters by the schema of a runbook. What comes from outside is checked when it comes. */
export function parameterProblems(run: Run, schema: JsonSchema, kind: StartingKind): DocumentProblem[] {
  const { parameters = {}, map = {} } = run;
  const known = isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  const open = schema.additionalProperties !== undefined || schema.patternProperties !== undefined;
  const problems = Object.keys(map)
    .filter((name) => !open && !known.includes(name))
    .map((name) => ({ path: `/map/${name}`, message: `isn't a parameter of ${run.runbook}${known.length > 0 ? `; known are ${known.join(", ")}` : ""}` }));
  const fromOutside = [...Object.keys(map), WHOLE_DOCUMENT[kind]];
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => !fromOutside.includes(String(name))) : undefined;
  try {
    checkAgainst(`parameters of ${run.runbook}`, { ...schema, ...(required && { required }) }, parameters);
    return problems;
  } catch (error) {
    if (!(error instanceof RunwrightError && Array.isArray(error.details))) throw error;
    return [...problems, ...(error.details as FieldError[]).map(({ field, message }) => ({ path: `/parameters${field}`, message }))];
  }
}

/** The parameters of a run for a document from outside: what is mapped, then what is fixed. */
export function parametersOf(run: Run, kind: StartingKind, schema: JsonSchema | undefined, document: Json | undefined): Record<string, Json> {
  if (document === undefined) return { ...run.parameters };
  const whole = WHOLE_DOCUMENT[kind];
  const takesWhole = whole !== undefined && isRecord(schema?.properties) && Object.hasOwn(schema.properties, whole);
  return mappedParameters(document, { ...(takesWhole ? { [whole]: "" } : {}), ...run.map }, run.parameters ?? {});
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
