import * as vscode from "vscode";
import type { Deployment } from "../../engine/protocol/http/deployments.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Row } from "../model/row.ts";
import type { Question } from "../model/rows/approval-row.ts";
import type { VersionSubject } from "../model/rows/runbook-row.ts";
import { runbookNameOf } from "../model/workspace/publishing.ts";

/**
 * What a command was called on. From a view comes the row, made by our own model, whose words say what its subject is; from elsewhere comes an id or nothing.
 */
const isRow = (given: unknown): given is Row => typeof given === "object" && given !== null && "is" in given && Array.isArray(given.is) && "label" in given;

const subjectOf = <Subject>(given: unknown, word: string): Subject | undefined =>
  isRow(given) && given.is.includes(word) ? (given.subject as Subject) : undefined;

/** Id of a job. */
export const jobIn = (given: unknown): string | undefined => (typeof given === "string" && given !== "" ? given : subjectOf<Job>(given, "job")?.id);
/** Name of a runbook; a file of the workspace stands for its own. */
export function runbookIn(given: unknown): string | undefined {
  if (given instanceof vscode.Uri) return runbookNameOf(given.path);
  return typeof given === "string" && given !== "" ? given : isRow(given) && given.is.includes("runbook") ? given.label : undefined;
}
export const machineIn = (given: unknown): string | undefined =>
  typeof given === "string" && given !== "" ? given : isRow(given) && given.is.includes("machine") ? given.label : undefined;
/** Id of a deployment: of its row, of its question among the approvals, or itself. */
export function deploymentIn(given: unknown): string | undefined {
  if (typeof given === "string" && given !== "") return given;
  const question = questionIn(given);
  return subjectOf<Deployment>(given, "deployment")?.id ?? (question?.kind === "deployment" ? question.deployment.id : undefined);
}
/** Of an approval, or of a deployment whose plan waits for one. */
export function questionIn(given: unknown): Question | undefined {
  const deployment = subjectOf<Deployment>(given, "decidable");
  return subjectOf<Question>(given, "question") ?? (deployment && { kind: "deployment", deployment });
}

export function versionIn(given: unknown): VersionSubject | undefined {
  const found: unknown = subjectOf<VersionSubject>(given, "version") ?? given;
  if (typeof found !== "object" || found === null || !("runbook" in found) || !("version" in found)) return undefined;
  return typeof found.runbook === "string" && typeof found.version === "number" ? { runbook: found.runbook, version: found.version } : undefined;
}
