import type { TSchema } from "typebox";

/** A kind of document, as editors are told of it. */
export interface EditorKind {
  kind: string;
  /** Without `kind`, `name` and `scope`. */
  schema: TSchema;
  /** What makes up the name of a kind that has no member `name`. */
  nameFrom?: readonly string[];
}

type Schema = { [key: string]: unknown };

const SCOPE = { type: "string", pattern: "^/([a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*)?$", description: "Where it lies, such as / or /prod/web" };
const NAME = { type: "string", minLength: 1, maxLength: 128, description: "Its name" };
/** What the YAML language server, and with it most editors, knows best. */
const DIALECT = "http://json-schema.org/draft-07/schema#";

/** The JSON Schema of one kind of document, for editors. @param base where schemas are published, such as `https://engine/schemas` */
export const editorSchema = (kind: EditorKind, base: string): Schema => ({ $schema: DIALECT, $id: `${base}/${kind.kind}.json`, ...documentSchema(kind) });

/** One schema for all kinds: `kind` decides which members are known. */
export const unionSchema = (kinds: readonly EditorKind[], base: string): Schema => ({
  $schema: DIALECT,
  $id: `${base}/runwright.json`,
  title: "Runwright resource",
  type: "object",
  required: ["kind"],
  properties: { kind: { enum: kinds.map((one) => one.kind), description: "What it is" } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits it
  allOf: kinds.map((one) => ({ if: { properties: { kind: { const: one.kind } }, required: ["kind"] }, then: documentSchema(one) })),
});

function documentSchema({ kind, schema, nameFrom }: EditorKind): Schema {
  const { properties = {}, required = [], ...rest } = JSON.parse(JSON.stringify(schema)) as { properties?: Schema; required?: string[] };
  const named = nameFrom === undefined;
  return {
    title: kind,
    ...rest,
    required: ["kind", ...(named ? ["name"] : []), ...required],
    properties: { kind: { const: kind, description: "What it is" }, ...(named ? { name: NAME } : {}), scope: SCOPE, ...properties },
  };
}
