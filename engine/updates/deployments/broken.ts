import { RunwrightError } from "../../core/errors.ts";
import type { JsonSchema } from "../../core/manifest.ts";
import type { DocumentProblem } from "../../core/resource.ts";
import type { Scope } from "../../core/scope.ts";
import { checkAgainst, type FieldError } from "../../protocol/parameters.ts";
import type { Reads } from "../../store/store.ts";
import { runbookOf, runbookPlaces, type WindowRecord } from "../window-record.ts";

export interface BrokenWindow {
  kind: "MaintenanceWindow";
  name: string;
  scope: Scope;
  problems: DocumentProblem[];
}

/** Which windows would stop working: with a new version's schema, whose deployments it doesn't take; without any (null), all that start it. */
export async function windowsBrokenBy(reads: Pick<Reads, "resources">, runbook: string, schema: JsonSchema | null): Promise<BrokenWindow[]> {
  const windows = (await reads.resources.startingRunbook(runbook)).filter(({ kind }) => kind === "MaintenanceWindow") as WindowRecord[];
  return windows.flatMap(({ name, scope, spec }) => {
    const places = runbookPlaces(spec).filter((place) => place.runbook === runbook);
    const problems =
      schema === null
        ? places.map(({ path }) => ({ path, message: `starts ${runbook}` }))
        : runbookOf(spec) === runbook
          ? deploymentProblems(runbook, schema)
          : [];
    return problems.length > 0 ? [{ kind: "MaintenanceWindow", name, scope, problems }] : [];
  });
}

/** Whether a runbook takes what carries a deployment out is given: its id, as the parameter `deployment`. */
export function deploymentProblems(runbook: string, schema: JsonSchema): DocumentProblem[] {
  try {
    checkAgainst(`parameters of ${runbook}`, schema, { deployment: "dpl_00000000000000000000000000" });
    return [];
  } catch (error) {
    if (!(error instanceof RunwrightError && Array.isArray(error.details))) throw error;
    return (error.details as FieldError[]).map(({ field, message }) => ({
      path: "/runbook",
      message: `${runbook} is started with { deployment: ID }, which it doesn't take: ${field} ${message}`.trim(),
    }));
  }
}
