import { RunwrightError } from "../core/errors.ts";
import { type Actor, allowedScopes, isAllowed } from "../core/role.ts";
import { isRecord, notKnown } from "../core/schedule/problem.ts";
import { parseScope, type Scope } from "../core/scope.ts";
import type { Reads } from "../store/store.ts";
import type { DocumentKind, Placed, Standing } from "./document-kind.ts";
import type { Problems } from "./plan-problems.ts";

/** A document whose kind and name are known. */
export interface ReadDocument {
  index: number;
  rules: DocumentKind;
  name: string;
  /** As it says; undefined: nothing. */
  scope: Scope | undefined;
  fields: Placed["fields"];
  prepared: unknown;
}

/** The order in which people look for things, and the same each time. */
export const byPlace = (a: Standing, b: Standing): number =>
  a.scope === b.scope ? (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) : a.scope < b.scope ? -1 : 1;

const LONGEST_NAME = 300;

/** Kind, name and scope of each document; what has none is told. */
export function readDocuments(documents: readonly unknown[], kinds: readonly DocumentKind[], problems: Problems): ReadDocument[] {
  const known = new Map(kinds.map((one) => [one.kind, one]));
  return documents.flatMap((document, index) => {
    const report = (path: string, message: string): [] => {
      problems.report(index, path, message);
      return [];
    };
    if (!isRecord(document)) return report("", "a document is a map, with kind and name");
    const { kind, scope: where, ...rest } = document;
    if (kind === undefined) return report("", `must have kind: one of ${[...known.keys()].join(", ")}`);
    const rules = typeof kind === "string" ? known.get(kind) : undefined;
    if (!rules) return report("/kind", notKnown(kind, [...known.keys()]));
    const scope = where === undefined ? undefined : scopeOf(where, (message) => report("/scope", message));
    if (where !== undefined && scope === undefined) return [];
    if (rules.nameFrom) {
      const parts = rules.nameFrom.map((member) => rest[member]);
      const missing = rules.nameFrom.filter((_, i) => typeof parts[i] !== "string");
      if (rest.name !== undefined) report("/name", `isn't known here: a ${rules.kind} has no name, but ${rules.nameFrom.join(" and ")}`);
      for (const member of missing)
        report(rest[member] === undefined ? "" : `/${member}`, rest[member] === undefined ? `must have ${member}` : "must be a text");
      if (missing.length > 0 || rest.name !== undefined) return [];
      return [{ index, rules, name: parts.join("/"), scope, fields: rest, prepared: undefined }];
    }
    const { name, ...fields } = rest;
    if (name === undefined) return report("", "must have name");
    if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME) return report("/name", "must be a text, and not an empty or endless one");
    return [{ index, rules, name, scope, fields, prepared: undefined }];
  });
}

function scopeOf(given: unknown, report: (message: string) => void): Scope | undefined {
  try {
    if (typeof given === "string") return parseScope(given);
    report('must be a text such as "/team"');
  } catch (error) {
    if (!(error instanceof RunwrightError)) throw error;
    report(error.message);
  }
  return undefined;
}

/** Where a document lies that says nothing: where the plan says, where the thing of its name is, or where its author may write. */
export async function placed(
  reads: Reads,
  { rules, name, scope, fields, prepared }: ReadDocument,
  {
    actor,
    scope: given,
    defaultScope,
  }: { actor: Actor; scope: Scope | undefined; defaultScope(actor: Actor, action: DocumentKind["actions"]["write"]): Scope },
): Promise<{ document: Placed; before: Standing | undefined }> {
  const said = scope ?? given;
  if (said !== undefined) return { document: { name, scope: said, fields, prepared }, before: await rules.find(reads, { name, scope: said }) };
  const { read, write } = rules.actions;
  // Who may only look may still ask whether all is as the documents say.
  const fallback = () => defaultScope(actor, allowedScopes(actor, write).length > 0 ? write : read);
  if (rules.names !== "perScope") {
    const before = await rules.find(reads, { name, scope: "/" });
    const place = before && isAllowed(actor, read, before.scope) ? before.scope : fallback();
    return { document: { name, scope: place, fields, prepared }, before };
  }
  const place = fallback();
  return { document: { name, scope: place, fields, prepared }, before: await rules.find(reads, { name, scope: place }) };
}
