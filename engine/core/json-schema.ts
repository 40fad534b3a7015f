import type { JsonSchema } from "./manifest.ts";

const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];
const MAX_DEPTH = 32;
const MAX_CHARS = 256 * 1024;

type Member = (value: unknown, at: string, depth: number) => SchemaProblem[];

export interface SchemaProblem {
  /** Path within the schema, such as `.properties.port`; empty: the schema itself. */
  path: string;
  message: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const expect =
  (what: string, holds: (value: unknown) => boolean): Member =>
  (value, path) =>
    holds(value) ? [] : [{ path, message: `must be ${what}` }];

const nested: Member = (value, at, depth) => (typeof value === "boolean" ? [] : schemaAt(value, at, depth + 1));
const nestedList: Member = (value, at, depth) =>
  Array.isArray(value) && value.length > 0
    ? value.flatMap((one, i) => nested(one, `${at}[${i}]`, depth))
    : [{ path: at, message: "must be a list of schemas with at least one" }];
const nestedMap: Member = (value, at, depth) =>
  isRecord(value) ? Object.entries(value).flatMap(([key, one]) => nested(one, `${at}.${key}`, depth)) : [{ path: at, message: "must be an object of schemas" }];

const count = expect("a whole number from 0", (value) => Number.isInteger(value) && Number(value) >= 0);
const number = expect("a number", (value) => typeof value === "number" && Number.isFinite(value));
const strings = expect("a list of texts", (value) => Array.isArray(value) && value.every((one) => typeof one === "string"));

/** What validators rely on; other keywords are annotations and stay as they are. */
const KEYWORDS: Record<string, Member> = {
  type: expect(`one of ${TYPES.join(", ")}, or a list of them`, (value) =>
    (Array.isArray(value) ? value : [value]).every((one) => TYPES.includes(String(one))),
  ),
  properties: nestedMap,
  patternProperties: (value, at, depth) => [
    ...nestedMap(value, at, depth),
    ...(isRecord(value) ? Object.keys(value).flatMap((key) => pattern(key, `${at}.${key}`, depth)) : []),
  ],
  additionalProperties: nested,
  propertyNames: nested,
  required: strings,
  items: (value, at, depth) => (Array.isArray(value) ? value.flatMap((one, i) => nested(one, `${at}[${i}]`, depth)) : nested(value, at, depth)),
  prefixItems: nestedList,
  contains: nested,
  anyOf: nestedList,
  oneOf: nestedList,
  allOf: nestedList,
  not: nested,
  if: nested,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: nested,
  else: nested,
  enum: expect("a list with at least one value", (value) => Array.isArray(value) && value.length > 0),
  pattern,
  format: expect("a text", (value) => typeof value === "string"),
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: expect("a number above 0", (value) => typeof value === "number" && value > 0),
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minProperties: count,
  maxProperties: count,
  uniqueItems: expect("true or false", (value) => typeof value === "boolean"),
  title: expect("a text", (value) => typeof value === "string"),
  description: expect("a text", (value) => typeof value === "string"),
  $ref: expect('a reference within the schema, beginning with "#"', (value) => typeof value === "string" && value.startsWith("#")),
};

function pattern(value: unknown, path: string, _depth: number): SchemaProblem[] {
  if (typeof value !== "string") return [{ path, message: "must be a regular expression as text" }];
  try {
    new RegExp(value, "u");
    return [];
  } catch (error) {
    return [{ path, message: `isn't a regular expression: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

function schemaAt(schema: unknown, at: string, depth: number): SchemaProblem[] {
  if (!isRecord(schema)) return [{ path: at, message: "must be a JSON Schema" }];
  if (depth > MAX_DEPTH) return [{ path: at, message: `is nested deeper than ${MAX_DEPTH} levels` }];
  return Object.entries(schema).flatMap(([key, value]) => (Object.hasOwn(KEYWORDS, key) ? (KEYWORDS[key]?.(value, `${at}.${key}`, depth) ?? []) : []));
}

/** What is wrong with the schema of a runbook's parameters: it must be an object schema that validators understand and that needs nothing from elsewhere. */
export function schemaProblems(schema: unknown): SchemaProblem[] {
  if (!isRecord(schema) || schema.type !== "object") return [{ path: "", message: "must be an object schema: Type.Object({ ... })" }];
  if (JSON.stringify(schema).length > MAX_CHARS) return [{ path: "", message: `is longer than ${MAX_CHARS} characters` }];
  return schemaAt(schema, "", 0);
}

export const NO_PARAMETERS: JsonSchema = { type: "object", properties: {} };
