import { excerpt } from "./excerpt.ts";
import type { Json } from "./json.ts";
import type { SelectableMachine } from "./machine.ts";
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

const MAX_TEXT = 4_000;
const MAX_WORD = 256;

/** A document as it is stored: an error's message or what a machine says of itself may be of any length. */
export const documentText = (document: Happening["document"]): string =>
  JSON.stringify(document, (_, value) => (typeof value === "string" ? excerpt(value, MAX_TEXT) : value));

const FACTS_TOLD = ["osName", "distribution", "distributionVersion", "kernel", "architecture", "hostname", "agentVersion"] as const;

/** What rules see of a machine; `facts` is null when it never said any. */
export function machineDocument({ id, name, scope, tags, facts }: SelectableMachine & { id: string }): Json {
  const told = facts && { os: facts.os ?? "other", ...Object.fromEntries(FACTS_TOLD.map((fact) => [fact, excerpt(facts[fact] ?? "", MAX_WORD)])) };
  return { id, name, scope, tags, facts: told };
}
