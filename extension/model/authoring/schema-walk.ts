import type { EditorKind } from "../../../engine/protocol/resources/editor-schema.ts";
import { editorSchema } from "../../../engine/protocol/resources/editor-schema.ts";

export type Schema = Readonly<Record<string, unknown>>;

const schemas = new WeakMap<EditorKind, Schema>();

/** JSON Schema of a whole document of a kind, `kind` and `name` among its members. */
export function documentSchema(kind: EditorKind): Schema {
  const schema = schemas.get(kind) ?? editorSchema(kind, "runwright:/schemas");
  schemas.set(kind, schema);
  return schema;
}

/** The alternatives that hold for the member that a JSON Pointer names; none: nothing is known of it. */
export function alternativesAt(kind: EditorKind, pointer: string): Schema[] {
  let places = flattened(documentSchema(kind));
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    places = places.flatMap((place) => {
      const properties = asSchema(place.properties);
      const next = properties && Object.hasOwn(properties, name) ? properties[name] : place.type === "array" ? place.items : undefined;
      return next === undefined ? [] : flattened(next);
    });
  }
  return places;
}

/** The member's own schema with what it says of it, where there is one. */
export function schemaAt(kind: EditorKind, pointer: string): Schema | undefined {
  return alternativesAt(kind, pointer).find(({ description }) => description !== undefined);
}

const asSchema = (value: unknown): Schema | undefined => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : undefined);

/** A union says what it is for once, for all of its members. */
function flattened(given: unknown): Schema[] {
  const schema = asSchema(given);
  if (!schema) return [];
  if (!Array.isArray(schema.anyOf)) return [schema];
  const { anyOf, ...own } = schema;
  return anyOf.flatMap(flattened).map((one) => ({ ...own, ...one }));
}
