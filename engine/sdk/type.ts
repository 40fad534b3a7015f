import type { TRecord, TSchema, TString, Type as TypeBox } from "typebox";

/**
 * Builds JSON Schemas for the parameters of a runbook, with the names, options and types of TypeBox (github.com/sinclairzx81/typebox), so that
 * `Static<typeof schema>` works and a schema may be handed to anything that takes TypeBox or plain JSON Schema.
 *
 * Why not TypeBox itself: a runbook's bundle is evaluated in a fresh isolate for every job. TypeBox 1.4.3 can't be tree-shaken below 217 kB (75 kB minified) and
 * needs `TextEncoder`, which an isolate lacks. This builder adds 3 kB and evaluates in a tenth of a millisecond. The types are TypeBox's own; a test compares the schemas.
 */
export interface TypeBuilder
  extends Pick<
    typeof TypeBox,
    "Any" | "Array" | "Boolean" | "Enum" | "Integer" | "Intersect" | "Literal" | "Null" | "Number" | "Object" | "Optional" | "String" | "Tuple" | "Union" | "Unknown" | "Unsafe"
  > {
  /** Creates a Record type: an object with any keys (or those that match the key's `pattern`) and values of one type. */
  Record<Value extends TSchema>(key: TString, value: Value, options?: Options): TRecord<"^.*$", Value>;
}

type Options = { [key: string]: unknown };
type Schema = { [key: PropertyKey]: unknown };

/** Marks an optional property until the enclosing object has listed what it requires; JSON leaves symbols out. */
const OPTIONAL = Symbol("optional");

const schema = (fixed: Schema, options?: Options): Schema => ({ ...fixed, ...options });
const typed = (type: string) => (options?: Options) => schema({ type }, options);

const builders = {
  Any: (options?: Options) => schema({}, options),
  Unknown: (options?: Options) => schema({}, options),
  Null: typed("null"),
  Boolean: typed("boolean"),
  Integer: typed("integer"),
  Number: typed("number"),
  String: (options?: Options) => schema({ type: "string" }, options?.["pattern"] instanceof RegExp ? { ...options, pattern: options["pattern"].source } : options),
  Literal: (value: string | number | boolean, options?: Options) => schema({ type: typeof value, const: value }, options),
  Enum: (values: readonly unknown[] | Schema, options?: Options) => schema({ enum: Array.isArray(values) ? [...values] : enumValues(values as Schema) }, options),
  Array: (items: Schema, options?: Options) => schema({ type: "array", items }, options),
  Tuple: (items: Schema[], options?: Options) => schema({ type: "array", additionalItems: false, items, minItems: items.length }, options),
  Union: (anyOf: Schema[], options?: Options) => schema({ anyOf }, options),
  Intersect: (allOf: Schema[], options?: Options) => schema({ allOf }, options),
  Unsafe: (any: Schema) => schema(any),
  Optional: (any: Schema) => schema({ ...any, [OPTIONAL]: true }),
  Object(properties: Record<string, Schema>, options?: Options) {
    const required = Object.keys(properties).filter((key) => properties[key]?.[OPTIONAL] !== true);
    return schema({ type: "object", ...(required.length > 0 ? { required } : {}), properties }, options);
  },
  Record: (key: Schema, value: Schema, options?: Options) => schema({ type: "object", patternProperties: { [`${key["pattern"] ?? "^.*$"}`]: value } }, options),
};

/** A TypeScript enum with numbers also maps each number back to its name. */
const enumValues = (members: Schema) => Object.keys(members).flatMap((key) => (Number.isNaN(Number(key)) ? [members[key]] : []));

export const Type = builders as unknown as TypeBuilder;
