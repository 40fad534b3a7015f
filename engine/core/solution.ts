import type { Permissions } from "./manifest.ts";
import type { Scope } from "./scope.ts";

/** Kinds of documents that a solution may bring. Roles aren't among them: a solution gives nobody a right. */
export const SOLUTION_KINDS = ["Runbook", "Variable", "Freeze", "UpdatePolicy", "MaintenanceWindow", "Schedule", "Webhook", "EventRule"] as const;

/** `kind: Solution`: what a folder of documents and runbooks is as a whole. */
export interface SolutionSpec {
  /** For people; any text, such as `1.2.0`. */
  version: string;
  summary: string;
  /** What each of its runbooks may do at most, by name. */
  permissions?: Readonly<Record<string, Permissions>>;
}

/** Something that a solution has brought. */
export interface SolutionMember {
  kind: string;
  name: string;
  scope: Scope;
  /** Of what the solution's document says: whoever differs from it was changed by somebody else. */
  digest: string;
}

/** What a solution was when it was last installed. */
export interface InstalledSolution {
  version: string;
  summary: string;
  members: readonly SolutionMember[];
}

/** A digest that isn't there: null. */
export interface MemberDigests {
  /** As the solution last said it. */
  recorded: string | null;
  /** As it is. */
  standing: string | null;
  /** As the solution says it now. */
  wanted: string;
}

/**
 * What installing does with one document. What people have made, changed or deleted stays as it is, unless they say otherwise.
 *
 * | | recorded | standing | |
 * |---|---|---|---|
 * | make | none | none | it is new |
 * | make | any | as recorded, or as wanted | only the solution has changed it, or nobody |
 * | keep | as wanted | another one, or none | only people have changed or deleted it |
 * | conflict | another one | another one, or none | both have: people's stays |
 * | clash | none | another one | there was something of that name before |
 */
export type MemberFate = "make" | "keep" | "conflict" | "clash";

export function fateOf({ recorded, standing, wanted }: MemberDigests): MemberFate {
  if (standing === wanted || standing === recorded) return "make";
  if (recorded === null) return "clash";
  return recorded === wanted ? "keep" : "conflict";
}
