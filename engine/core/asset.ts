import { RunwrightError } from "./errors.ts";
import type { Json } from "./json.ts";
import type { JsonSchema } from "./manifest.ts";

/** What runbooks read by name. A name has one kind in each scope. */
export const ASSET_KINDS = ["variable", "secret", "credential", "certificate", "connection"] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** Which permission of a runbook opens which kind. */
export const PERMISSION_OF = {
  variable: "variables",
  secret: "secrets",
  credential: "credentials",
  certificate: "certificates",
  connection: "connections",
} as const satisfies Record<AssetKind, string>;

export const ASSET_NAME = /^[a-zA-Z][a-zA-Z0-9._-]{0,127}$/;

/** `json` holds any value. */
export const VARIABLE_TYPES = ["string", "number", "boolean", "json"] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];

export const isVariableType = (text: string | null): text is VariableType => VARIABLE_TYPES.some((type) => type === text);

/** The narrowest type that a value has. */
export function variableTypeOf(value: Json): VariableType {
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "json";
}

export const fitsVariableType = (type: VariableType, value: Json): boolean => type === "json" || variableTypeOf(value) === type;

/** What is to be masked of a value that is secret as a whole: a text, a number, JSON and the texts in it. `true` and `null` would tear holes into ordinary text. */
export function secretTexts(value: Json): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (value === null || typeof value === "boolean") return [];
  return [JSON.stringify(value), ...Object.values(value).flatMap((member: Json) => (typeof member === "number" ? [] : secretTexts(member)))];
}

/** A connection without its secret members, and what they say. */
export interface Sifted {
  shown: Json;
  secrets: string[];
}

type Schema = JsonSchema | boolean;

/** Schemas looked at for one value, each as often as it applies: a quarter of a second. */
const MOST_LOOKS = 1_000_000;

/**
 * Sifts a value by its schema: members marked `writeOnly: true` or `format: "password"` are secret, with all that is in them. A branch that doesn't hold for this
 * value counts too: what any of them calls secret is.
 * @throws BAD_REQUEST when the schema is so written that this would take long: always or never for the same schema and value
 */
export function siftSecrets(schema: JsonSchema, value: Json): Sifted {
  const secrets: string[] = [];
  let looks = 0;

  function sift(schemas: readonly Schema[], part: Json): Json | undefined {
    const all = allOf(schemas, schema);
    looks += 1 + schemas.length + all.length;
    if (looks > MOST_LOOKS)
      throw new RunwrightError("BAD_REQUEST", "the schema is too large for this value: too many of its parts apply to each member; make it simpler");
    if (all.some(isSecret)) {
      secrets.push(...secretTexts(part), ...numbersIn(part));
      return undefined;
    }
    if (Array.isArray(part))
      return part.map(
        (item, i) =>
          sift(
            all.flatMap((one) => schemasOfItem(one, i)),
            item as Json,
          ) ?? null,
      );
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(
      Object.entries(part).flatMap(([name, member]) => {
        const shown = sift(
          all.flatMap((one) => schemasOfMember(one, name)),
          member as Json,
        );
        return shown === undefined ? [] : [[name, shown]];
      }),
    );
  }

  return { shown: sift([schema], value) ?? null, secrets };
}

const isSecret = ({ writeOnly, format }: JsonSchema): boolean => writeOnly === true || format === "password";

/** Within something secret numbers are secret as well. */
function numbersIn(value: Json): string[] {
  if (typeof value === "number") return [String(value)];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap((member: Json) => numbersIn(member)) : [];
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Schema[] => (Array.isArray(value) ? (value as Schema[]) : value === undefined ? [] : [value as Schema]);

/** The schemas and all that they apply to the same value. */
function allOf(schemas: readonly Schema[], root: JsonSchema): JsonSchema[] {
  const found = new Set<JsonSchema>();
  const add = (one: Schema | undefined): void => {
    if (!isSchema(one) || found.has(one)) return;
    found.add(one);
    for (const key of ["allOf", "anyOf", "oneOf", "if", "then", "else", "not"]) for (const inner of listOf(one[key])) add(inner);
    for (const inner of Object.values(Object(one.dependentSchemas) as object)) add(inner as Schema);
    if (typeof one.$ref === "string") add(referred(root, one.$ref));
  };
  for (const one of schemas) add(one);
  return [...found];
}

const schemasOfItem = (schema: JsonSchema, i: number): Schema[] => [
  ...(Array.isArray(schema.items) ? listOf(schema.items[i]) : listOf(schema.items)),
  ...(Array.isArray(schema.prefixItems) ? listOf(schema.prefixItems[i]) : []),
  ...listOf(schema.additionalItems),
  ...listOf(schema.unevaluatedItems),
  ...listOf(schema.contains),
];

function schemasOfMember(schema: JsonSchema, name: string): Schema[] {
  const named = Object(schema.properties) as Record<string, Schema>;
  const byPattern = Object.entries(Object(schema.patternProperties) as Record<string, Schema>);
  return [
    ...(Object.hasOwn(named, name) ? listOf(named[name]) : []),
    // Whether a pattern matches isn't asked: it may be one that takes for ever.
    ...byPattern.flatMap(([, inner]) => listOf(inner)),
    ...listOf(schema.additionalProperties),
    ...listOf(schema.unevaluatedProperties),
  ];
}

/** What a reference within a schema leads to: `#` or `#/...`. */
export function referred(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference !== "#" && !reference.startsWith("#/")) return undefined;
  let found: unknown = root;
  for (const step of reference.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null && Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : undefined;
  }
  return isSchema(found) ? found : undefined;
}

/** References that lead nowhere: what they would call secret couldn't be told. */
export function danglingReference(schema: JsonSchema): string | undefined {
  const queue: unknown[] = [schema];
  for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
    if (typeof part !== "object" || part === null) continue;
    for (const [key, member] of Object.entries(part)) {
      if (key === "$ref" && typeof member === "string" && referred(schema, member) === undefined) return member;
      if (["$dynamicRef", "$recursiveRef"].includes(key) && typeof member === "string") return member;
      if (typeof member === "object" && member !== null) queue.push(member);
    }
  }
  return undefined;
}
