import assert from "node:assert/strict";
import { Type } from "typebox";
import { fieldsOf, fieldText, missingFields, rememberedValues, shownValue, valuesToKeep } from "../../engine/core/parameter-form.ts";

const SCHEMA = Type.Object({
  service: Type.String({ minLength: 2, pattern: "^[a-z]+$", description: "Which one" }),
  count: Type.Integer({ minimum: 1, maximum: 5, default: 2 }),
  share: Type.Optional(Type.Number()),
  loud: Type.Optional(Type.Boolean()),
  ring: Type.Union([Type.Literal("first"), Type.Literal("rest")]),
  hosts: Type.Optional(Type.Array(Type.String())),
});
const fields = fieldsOf(JSON.parse(JSON.stringify(SCHEMA)));
const field = (name: string) => fields.find((one) => one.name === name) ?? assert.fail(name);

describe("the form of a runbook's parameters", () => {
  it("asks for each parameter in its order, with what it takes", () => {
    assert.deepEqual(
      fields.map(({ name, takes, required, choices }) => [name, takes, required, choices]),
      [
        ["service", "text, matching ^[a-z]+$", true, undefined],
        ["count", "whole number, from 1, up to 5", false, undefined],
        ["share", "number", false, undefined],
        ["loud", "boolean, as JSON", false, [true, false]],
        ["ring", "JSON", true, ["first", "rest"]],
        ["hosts", "array, as JSON", false, undefined],
      ],
    );
  });

  for (const [name, text, expected] of [
    ["service", "nginx", { value: "nginx" }],
    ["service", "n", /at least 2 characters/],
    ["service", "NGINX", { value: "NGINX" }],
    ["count", "3", { value: 3 }],
    ["count", "3.5", /whole number/],
    ["count", "", /whole number/],
    ["count", "0", /at least 1/],
    ["count", "6", /at most 5/],
    ["share", "0.5", { value: 0.5 }],
    ["share", "half", /must be a number/],
    ["hosts", '["a"]', { value: ["a"] }],
    ["hosts", "[a", /must be JSON/],
  ] as const) {
    it(`reads ${JSON.stringify(text)} for ${name}`, () => {
      const read = field(name).read(text);
      if (expected instanceof RegExp) assert.match("problem" in read ? read.problem : "", expected);
      else assert.deepEqual(read, expected);
    });
  }

  it("remembers what the runbook still takes, and says what is missing", () => {
    const values = rememberedValues(fields, { service: "nginx", gone: 1, ring: "second", count: 4 });
    assert.deepEqual(values, { service: "nginx", count: 4 });
    assert.deepEqual(missingFields(fields, values), ["ring"]);
    for (const stored of [undefined, null, "x", []]) assert.deepEqual(rememberedValues(fields, stored), {});
  });

  it("leaves an author's pattern to the engine, which can end what takes forever", () => {
    const [slow] = fieldsOf({ properties: { x: { type: "string", pattern: "^(a+)+$" } } });
    const text = `${"a".repeat(100)}!`;
    assert.deepEqual(slow?.read(text), { value: text });
  });

  it("neither shows nor keeps what a schema calls secret, however deep it lies", () => {
    const secret = { type: "string", writeOnly: true };
    const account = { type: "object", properties: { name: { type: "string" }, key: { anyOf: [{ type: "string", format: "password" }, { type: "null" }] } } };
    const schema = {
      properties: { plain: { type: "string" }, token: secret, account, accounts: { type: "array", items: account }, one: { $ref: "#/$defs/key" } },
      $defs: { key: secret },
    };
    const fields = fieldsOf(schema);
    assert.deepEqual(
      fields.filter((one) => one.secret).map(({ name }) => name),
      ["token", "account", "accounts", "one"],
    );
    const values = { plain: "p", token: "hush", account: { name: "n", key: "hush" }, accounts: [{ key: "hush" }], one: "hush" };
    assert.deepEqual(valuesToKeep(fields, values), { plain: "p" });
    assert.deepEqual(rememberedValues(fields, values), { plain: "p" });
    assert.doesNotMatch(fields.map((one) => shownValue(one, values)).join(), /hush/);
    const [withDefault] = fieldsOf({ properties: { token: { ...secret, default: "hush" } } });
    assert.equal(withDefault && shownValue(withDefault, {}), "•••••• (default)");
  });

  it("shows a value as it is read again", () => {
    for (const [name, value] of [
      ["service", "nginx"],
      ["count", 3],
      ["hosts", ["a"]],
    ] as const)
      assert.deepEqual(field(name).read(fieldText(field(name), value)), { value });
  });

  it("is empty for what has no parameters", () => {
    for (const schema of [undefined, null, {}, { type: "object" }]) assert.deepEqual(fieldsOf(schema), []);
  });
});
