import type { Json } from "./json.ts";
import type { Scope } from "./scope.ts";

/** What may happen that event rules ask for. Not the events that runbooks wait for: those have names that people choose. */
export const HAPPENINGS = [
  "job.failed",
  "machine.stale",
  "machine.back",
  "assessment.critical",
  "deployment.ended",
  "deployment.halted",
  "approval.waiting",
  "certificate.expiring",
] as const;
export type HappeningKind = (typeof HAPPENINGS)[number];

export interface Happening {
  /** The same for the same thing: it is told once, whoever notices it. */
  id: string;
  kind: HappeningKind;
  scope: Scope;
  /** What rules look into: `{ kind, at, job | machine | approval … }`. Never a secret. */
  document: { readonly [key: string]: Json };
  /** Of what led to it, or its own. */
  correlationId: string;
  /** How many triggers led to it. */
  depth: number;
  at: number;
}
