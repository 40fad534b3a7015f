import assert from "node:assert/strict";
import { Type as TypeBox } from "typebox";
import { Errors } from "typebox/schema";
import { type Static, Type } from "../../engine/sdk/index.ts";

/** Built with either builder: the SDK's stands in for TypeBox's. */
const SCHEMAS = {
  any: (t: typeof Type) => t.Any(),
  unknown: (t: typeof Type) => t.Unknown({ description: "x" }),
  null: (t: typeof Type) => t.Null(),
  boolean: (t: typeof Type) => t.Boolean({ default: true }),
  integer: (t: typeof Type) => t.Integer({ minimum: 1, maximum: 3 }),
  number: (t: typeof Type) => t.Number({ multipleOf: 0.5 }),
  string: (t: typeof Type) => t.String({ pattern: "^a", minLength: 1, format: "email" }),
  literals: (t: typeof Type) => t.Union([t.Literal("a"), t.Literal(2), t.Literal(true)]),
  "enum of values": (t: typeof Type) => t.Enum(["a", "b", 3]),
  "enum of TypeScript": (t: typeof Type) => t.Enum({ 0: "Off", Off: 0, On: "on" }),
  array: (t: typeof Type) => t.Array(t.String(), { minItems: 1, uniqueItems: true }),
  tuple: (t: typeof Type) => t.Tuple([t.String(), t.Number()]),
  "empty tuple": (t: typeof Type) => t.Tuple([]),
  intersection: (t: typeof Type) => t.Intersect([t.Object({ a: t.String() }), t.Object({ b: t.Optional(t.Null()) })]),
  unsafe: (t: typeof Type) => t.Unsafe<number>({ type: "integer", maximum: 65_535 }),
  "empty object": (t: typeof Type) => t.Object({}),
  object: (t: typeof Type) =>
    t.Object({ a: t.String(), b: t.Optional(t.Integer({ default: 1 })), c: t.Object({ d: t.Optional(t.Boolean()) }) }, { additionalProperties: false }),
  record: (t: typeof Type) => t.Record(t.String(), t.Number()),
  "record with keys": (t: typeof Type) => t.Record(t.String({ pattern: "^x-" }), t.Object({ a: t.Any() }), { description: "headers" }),
};

describe("the schema builder of the SDK", () => {
  for (const [name, build] of Object.entries(SCHEMAS)) {
    it(`writes the same schema as TypeBox: ${name}`, () => {
      assert.deepEqual(plain(build(Type)), plain(build(TypeBox as unknown as typeof Type)));
    });
  }

  it("doesn't make a schema optional elsewhere", () => {
    const name = Type.String();
    const schema = Type.Object({ a: Type.Optional(name), b: name });
    assert.deepEqual(plain(schema), { type: "object", required: ["b"], properties: { a: { type: "string" }, b: { type: "string" } } });
  });

  it("writes a RegExp as its source", () => {
    assert.deepEqual(plain(Type.String({ pattern: /^a\d+$/i })), { type: "string", pattern: "^a\\d+$" });
  });

  it("writes what validators understand and types what they accept", () => {
    const schema = Type.Object({ role: Type.String(), port: Type.Optional(Type.Integer({ maximum: 65_535 })) });
    const value: Static<typeof schema> = { role: "web", port: 80 };
    assert.equal(Errors(plain(schema) as object, value)[0], true);
    assert.equal(Errors(plain(schema) as object, { port: 70_000 })[0], false);
  });
});

const plain = (schema: unknown): unknown => JSON.parse(JSON.stringify(schema));
