import type { AssetKind, VariableType } from "../core/asset.ts";
import type { JsonSchema } from "../core/manifest.ts";

/** Beside runbooks: the type check of each of them reads it. */
export const KNOWN_TYPES_FILE = "runwright-assets.d.ts";

/** What exists on an engine, as whoever asks may see it. Names may occur several times, in different scopes. */
export interface KnownNames {
  assets: readonly { kind: AssetKind; name: string; type?: VariableType | null; schema?: JsonSchema | undefined }[];
  runbooks: readonly { name: string; parameters: JsonSchema }[];
  tags: readonly string[];
}

const HEADER = `// Written by \`runwright types\`: what exists on the engine, so that names complete and misspelt ones are errors. Write it anew instead of changing it.
import type { Json } from "runwright";

declare module "runwright" {
  interface Known {
`;

/** The declaration file: the same for the same names, in whatever order they come. */
export function knownTypes({ assets, runbooks, tags }: KnownNames): string {
  const ofKind = (kind: AssetKind, typeOf: (asset: KnownNames["assets"][number]) => string) =>
    assets.filter((asset) => asset.kind === kind).map((asset) => [asset.name, typeOf(asset)] as const);
  const groups = {
    secrets: ofKind("secret", () => "string"),
    credentials: ofKind("credential", () => "object"),
    certificates: ofKind("certificate", () => "object"),
    connections: ofKind("connection", ({ schema }) => (schema ? typeOfSchema(schema) : "{ readonly [member: string]: Json }")),
    variables: ofKind("variable", ({ type }) => (type && type !== "json" ? type : "Json")),
    runbooks: runbooks.map(({ name, parameters }) => [name, typeOfSchema(parameters, "given")] as const),
    tags: tags.map((tag) => [tag, "string"] as const),
  };
  return `${HEADER}${Object.entries(groups).map(group).join("")}  }\n}\n`;
}

function group([name, entries]: [string, (readonly [name: string, type: string])[]]): string {
  const types = new Map<string, Set<string>>();
  for (const [key, type] of entries) types.set(key, (types.get(key) ?? new Set()).add(type));
  const lines = [...types].sort(([a], [b]) => order(a, b)).map(([key, found]) => `      ${JSON.stringify(key)}: ${[...found].sort(order).join(" | ")};\n`);
  return lines.length === 0 ? `    ${name}: {};\n` : `    ${name}: {\n${lines.join("")}    };\n`;
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const MAX_DEPTH = 16;

/**
 * The TypeScript type of what fits a JSON Schema; `unknown` where a type can't say it.
 * @param use `given`: what has a default may be left out; `read`: it is there
 */
export function typeOfSchema(schema: unknown, use: "given" | "read" = "read", depth = 0): string {
  if (!isRecord(schema) || depth > MAX_DEPTH) return "unknown";
  const inner = (one: unknown) => typeOfSchema(one, use, depth + 1);
  if ("const" in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.map(literal));
  for (const key of ["anyOf", "oneOf"]) if (Array.isArray(schema[key])) return union(schema[key].map(inner));
  if (Array.isArray(schema.allOf)) return schema.allOf.map((one) => bracketed(inner(one))).join(" & ") || "unknown";
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => inner({ ...schema, type })));
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return arrayType(schema, inner);
    case "object":
      return objectType(schema, use, inner);
    default:
      return "unknown";
  }
}

type Inner = (schema: unknown) => string;

function arrayType({ items, prefixItems }: JsonSchema, inner: Inner): string {
  const places = Array.isArray(items) ? items : Array.isArray(prefixItems) ? prefixItems : null;
  return places ? `readonly [${places.map(inner).join(", ")}]` : `readonly ${bracketed(items === undefined ? "unknown" : inner(items))}[]`;
}

function objectType({ properties, required, patternProperties, additionalProperties }: JsonSchema, use: "given" | "read", inner: Inner): string {
  const needed = Array.isArray(required) ? required : [];
  const members = Object.entries(isRecord(properties) ? properties : {}).sort(([a], [b]) => order(a, b));
  const lines = members.map(([name, schema]) => {
    const hasDefault = isRecord(schema) && "default" in schema;
    const isThere = needed.includes(name) && !(use === "given" && hasDefault);
    return `readonly ${JSON.stringify(name)}${isThere ? "" : "?"}: ${inner(schema)}`;
  });
  const others = [...Object.values(isRecord(patternProperties) ? patternProperties : {}), ...(isRecord(additionalProperties) ? [additionalProperties] : [])];
  // Named members must fit an index signature too, which JSON Schema doesn't ask for.
  if (others.length > 0) lines.push(`readonly [member: string]: ${lines.length > 0 ? "unknown" : union(others.map(inner))}`);
  return lines.length === 0 ? "{ readonly [member: string]: unknown }" : `{ ${lines.join("; ")} }`;
}

const literal = (value: unknown): string => (value === null || ["string", "number", "boolean"].includes(typeof value) ? JSON.stringify(value) : "unknown");
const union = (types: readonly string[]): string => [...new Set(types.map(bracketed))].join(" | ") || "never";
const bracketed = (type: string): string => (/^readonly| [|&] /.test(type) && !/^\{.*\}$/.test(type) ? `(${type})` : type);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
