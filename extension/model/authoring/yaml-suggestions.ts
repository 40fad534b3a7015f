import { type KnownNames, NAME_KINDS, type NameKind } from "./known-names.ts";
import { type MemberRole, roleAt } from "./member-roles.ts";
import { mayHoldResources } from "./resource-documents.ts";
import { kindOf, RESOURCE_KINDS } from "./resource-kinds.ts";
import { alternativesAt, type Schema } from "./schema-walk.ts";
import { selectorSuggestions } from "./selector-suggestions.ts";
import type { Suggestion } from "./suggestion.ts";
import { yamlPlaceAt } from "./yaml-place.ts";

/** Stands where the cursor is, so that what is half written can be read. */
const MARK = "runwrightcursor";

const NAMES: Partial<Record<MemberRole, NameKind>> = { runbook: "runbooks", secret: "secrets", tag: "tags" };

/** What can be written at an offset of a YAML text: members, words of a list, and names that exist. */
export async function yamlSuggestionsAt(text: string, offset: number, names: KnownNames): Promise<Suggestion[]> {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  if (/(^|\s)#/.test(line)) return [];
  const kindValue = /^kind:\s*(["']?)(\w*)$/.exec(line);
  if (kindValue)
    return RESOURCE_KINDS.map(({ kind }) => ({ label: kind, insert: kind, kind: "value", start: offset - (kindValue[2] ?? "").length, end: offset }));
  if (!mayHoldResources(text)) return [];
  const key = /^(?:\s|- )*([\w.-]*)$/.exec(line);
  return key ? await keysAt(text, offset, (key[1] ?? "").length, names) : await valuesAt(text, offset, names);
}

async function keysAt(text: string, offset: number, typed: number, names: KnownNames): Promise<Suggestion[]> {
  const start = offset - typed;
  const rest = /^[\w.-]*/.exec(text.slice(offset))?.[0].length ?? 0;
  const end = offset + rest;
  const hasColon = /^[ \t]*:/.test(text.slice(end));
  const place = yamlPlaceAt(`${text.slice(0, start)}${MARK}${hasColon ? "" : ":"}${text.slice(end)}`, start + 1);
  const kind = place && kindOf(place.document);
  if (!place?.isKey || !kind) return [];
  const parent = place.pointer.slice(0, place.pointer.lastIndexOf("/"));
  const there = memberNames(place.document, parent);
  const found = new Map<string, Suggestion>();
  for (const alternative of alternativesAt(kind, parent)) {
    if (!isPossible(alternative, place.document, parent)) continue;
    for (const [name, schema] of Object.entries(Object(alternative.properties) as Record<string, Schema>)) {
      if (there.includes(name) || found.has(name)) continue;
      const insert = hasColon ? name : `${name}:${opens(schema)}`;
      const isRequired = Array.isArray(alternative.required) && alternative.required.includes(name);
      const documentation = typeof schema.description === "string" ? { documentation: schema.description } : {};
      found.set(name, { label: name, insert, kind: "key", ...(isRequired ? { detail: "required" } : {}), ...documentation, start, end });
    }
  }
  if (found.size > 0) return [...found.values()];
  // A list of plain values: `- ` is followed by one.
  return await valuesAt(text, offset, names);
}

async function valuesAt(text: string, offset: number, names: KnownNames): Promise<Suggestion[]> {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const typed = typedValue(line);
  const start = offset - typed.length;
  const lineEnd = /["'\],}\n]|$/.exec(text.slice(offset))?.index ?? 0;
  const place = yamlPlaceAt(`${text.slice(0, start)}${MARK}${text.slice(offset + lineEnd)}`, start + 1);
  const kind = place && kindOf(place.document);
  if (!place || place.isKey || !kind) return [];
  const role = roleAt(place.pointer);
  if (role === "selector") return await selectorSuggestions(typed, offset, names);
  const end = offset + lineEnd;
  if (role === "timeZone") return zones(kind.kind).map((label) => ({ label, insert: label, kind: "value", start, end }));
  const named = role && NAMES[role];
  if (named && NAME_KINDS.includes(named))
    return (await names.of(named)).map(({ name, detail }) => ({ label: name, insert: name, kind: "name", detail, start, end }));
  return wordsOf(alternativesAt(kind, place.pointer)).map((label) => ({ label, insert: label, kind: "value", start, end }));
}

/** What of a value stands before the cursor, without its quote. In a list or map in brackets it begins behind the last mark. */
function typedValue(line: string): string {
  const value = /^\s*(?:- +)*(?:[\w.-]+:(?: +|$))?(.*)$/.exec(line)?.[1] ?? "";
  const own = /^[[{]/.test(value) ? (/.*(?:[[{,]|: )\s*(.*)$/.exec(value)?.[1] ?? "") : value;
  return own.replace(/^["']/, "");
}

/** A window may follow each machine's own. */
const zones = (kind: string): string[] => [
  ...(kind === "MaintenanceWindow" ? ["machine"] : []),
  "UTC",
  ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC"),
];

const wordsOf = (schemas: readonly Schema[]): string[] => [
  ...new Set(
    schemas.flatMap((schema) =>
      Array.isArray(schema.enum) ? schema.enum.map(String) : "const" in schema ? [String(schema.const)] : schema.type === "boolean" ? ["true", "false"] : [],
    ),
  ),
];

/** Behind the colon of a member: a list or map goes on in the next line, anything else in this one. */
const opens = (schema: Schema): string => (schema.type === "array" || schema.type === "object" ? "" : " ");

function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split("/").slice(1)) value = Object(value)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  return value;
}

const memberNames = (document: unknown, pointer: string): string[] => Object.keys(Object(valueAt(document, pointer))).filter((name) => name !== MARK);

/** Of a union: an alternative whose fixed members say something else than the document isn't meant. */
function isPossible({ properties }: Schema, document: unknown, pointer: string): boolean {
  const value = Object(valueAt(document, pointer)) as Record<string, unknown>;
  return Object.entries(Object(properties) as Record<string, Schema>).every(
    ([name, schema]) => !("const" in schema) || !(name in value) || value[name] === schema.const,
  );
}
