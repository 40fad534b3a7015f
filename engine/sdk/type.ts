import type { TRecord, TSchema, TString, Type as TypeBox } from "typebox";

/**
 * Builds JSON Schemas for the parameters of a runbook, with the names, options and types of TypeBox (github.com/sinclairzx81/typebox), so that `Static<typeof schema>`
 * works and a schema may be handed to anything that takes TypeBox or plain JSON Schema.
 *
 * Why not TypeBox itself: a bundle is evaluated in a fresh isolate for every job. TypeBox 1.4.3 can't be shaken below 217 kB (75 kB minified) and needs `TextEncoder`,
 * which an isolate lacks. With this builder the bundle of the sample restart-service has 4 kB and evaluates in 0.23 ms. One object, because esbuild doesn't shake a
 * re-exported namespace, whose getters cost another 0.2 ms. The types are TypeBox's own; a test compares the schemas with TypeBox's.
 */
export interface TypeBuilder {
  /** Any value. */
  Any: typeof TypeBox.Any;
  /** Any value, typed `unknown`. */
  Unknown: typeof TypeBox.Unknown;
  /** `null`. */
  Null: typeof TypeBox.Null;
  /** `true` or `false`. */
  Boolean: typeof TypeBox.Boolean;
  /** A whole number. */
  Integer: typeof TypeBox.Integer;
  /** A number. */
  Number: typeof TypeBox.Number;
  /** A text. Unlike TypeBox it writes a RegExp `pattern` as its source, as JSON needs it. */
  String: typeof TypeBox.String;
  /** Exactly this text, number or boolean. */
  Literal: typeof TypeBox.Literal;
  /** One of these values, or of the values of a TypeScript enum. */
  Enum: typeof TypeBox.Enum;
  /** A list of values of one type. */
  Array: typeof TypeBox.Array;
  /** A list with a type for each place. */
  Tuple: typeof TypeBox.Tuple;
  /** Any one of these types. */
  Union: typeof TypeBox.Union;
  /** All of these types at once. */
  Intersect: typeof TypeBox.Intersect;
  /** A JSON Schema of your own with a TypeScript type of your own: `Type.Unsafe<Port>({ type: "integer", maximum: 65535 })`. */
  Unsafe: typeof TypeBox.Unsafe;
  /** A property that may be left out. */
  Optional: typeof TypeBox.Optional;
  /** An object. A property is required unless it is wrapped in `Optional`; one with a `default` is filled in before validation. */
  Object: typeof TypeBox.Object;
  /** An object with any keys (those that match the key's `pattern`, if it has one) and values of one type. */
  Record<Value extends TSchema>(key: TString & { pattern?: string }, value: Value, options?: Options): TRecord<"^.*$", Value>;
}

type Options = { readonly [key: string]: unknown };

/** Marks an optional property until the enclosing object has listed what it requires; JSON leaves symbols out. */
const OPTIONAL = Symbol("optional");

const schema = <Out>(fixed: object, options?: object): Out => ({ ...fixed, ...options }) as Out;

export const Type: TypeBuilder = {
  Any: (options) => schema({}, options),
  Unknown: (options) => schema({}, options),
  Null: (options) => schema({ type: "null" }, options),
  Boolean: (options) => schema({ type: "boolean" }, options),
  Integer: (options) => schema({ type: "integer" }, options),
  Number: (options) => schema({ type: "number" }, options),
  String: (options) => schema({ type: "string" }, options?.pattern instanceof RegExp ? { ...options, pattern: options.pattern.source } : options),
  Literal: (value, options) => schema({ type: typeof value, const: value }, options),
  Enum: <Out>(values: object, options?: Options) => schema<Out>({ enum: Array.isArray(values) ? values : enumValues(values) }, options),
  Array: (items, options) => schema({ type: "array", items }, options),
  Tuple: (items: TSchema[], options?: Options) => schema({ type: "array", additionalItems: false, items, minItems: items.length }, options),
  Union: (anyOf, options) => schema({ anyOf }, options),
  Intersect: (allOf, options) => schema({ allOf }, options),
  Unsafe: (own) => schema(own),
  Optional: (type) => schema({ ...type, [OPTIONAL]: true }),
  Object(properties, options) {
    const required = Object.keys(properties).filter((key) => !(OPTIONAL in (properties[key] as object)));
    return schema({ type: "object", ...(required.length > 0 ? { required } : {}), properties }, options);
  },
  Record: (key, value, options) => schema({ type: "object", patternProperties: { [key.pattern ?? "^.*$"]: value } }, options),
};

/** A TypeScript enum with numbers also maps each number back to its name. */
const enumValues = (members: object) => Object.entries(members).flatMap(([key, value]) => (Number.isNaN(Number(key)) ? [value] : []));
