import assert from "node:assert/strict";
import { createKept } from "../../../engine/dashboard/model/kept.ts";
import { fill, formOf, keepable, textsAtFirst } from "../../../engine/dashboard/model/run-form.ts";

const schema = {
  type: "object",
  required: ["role", "count"],
  properties: {
    role: { type: "string" },
    count: { type: "integer", minimum: 1 },
    color: { enum: ["red", 2, true] },
    loud: { type: "boolean", default: false },
    list: { type: "array" },
    key: { type: "string", format: "password" },
  },
};

describe("dashboard: the form of a runbook", () => {
  const form = formOf(schema);

  it("takes texts, numbers, choices and JSON; what is empty isn't given", () => {
    const texts = { role: "web", count: "3", color: "2", loud: "true", list: "[1]", key: "" };
    assert.deepEqual(fill(form, texts), { params: { role: "web", count: 3, color: 2, loud: true, list: [1] } });
  });

  it("says what is wrong, field by field", () => {
    assert.deepEqual(fill(form, { count: "0", color: "7", list: "[" }), {
      problems: {
        role: "It is needed.",
        count: "It must be at least 1.",
        color: "It is none of the choices.",
        list: 'It must be JSON, such as ["a"] or {"b": 1}.',
      },
    });
  });

  it("is filled with the last values, never with secrets, and not with choices that are gone", () => {
    const kept = keepable(form, { role: "web", count: 3, color: true, key: "hush" });
    assert.deepEqual(kept, { role: "web", count: 3, color: true });
    assert.deepEqual(textsAtFirst(form.fields, { ...(kept as object), color: "blue", loud: true }), {
      role: "web",
      count: "3",
      color: "",
      loud: "true",
      list: "",
      key: "",
    });
    for (const stored of [null, "text", 7, [1]]) assert.equal(textsAtFirst(form.fields, stored).role, "");
  });

  it("asks for all parameters as one JSON value when they aren't told by name", () => {
    const open = formOf({ type: "object" });
    assert.deepEqual(fill(open, { Parameters: '{"a": 1}' }), { params: { a: 1 } });
    assert.deepEqual(fill(open, {}), { params: {} });
    assert.deepEqual(fill(open, { Parameters: "[1]" }), { problems: { Parameters: "It must be a JSON object." } });
    assert.deepEqual(keepable(open, { token: "hush" }), {}, "what might be secret isn't kept");
  });

  it("is empty for a runbook without parameters", () => assert.deepEqual(formOf({ type: "object", properties: {} }), { fields: [], shape: "none" }));
});

describe("dashboard: what a browser keeps", () => {
  it("is read again, and nothing when the browser forbids it or somebody else has written there", () => {
    const texts = new Map<string, string>([["broken", "{"]]);
    const kept = createKept(() => ({ getItem: (key) => texts.get(key) ?? null, setItem: (key, text) => void texts.set(key, text) }));
    kept.write("a", { b: 1 });
    assert.deepEqual([kept.read("a"), kept.read("broken"), kept.read("none")], [{ b: 1 }, null, null]);
    const forbidden = createKept(() => {
      throw new Error("SecurityError");
    });
    forbidden.write("a", 1);
    assert.equal(forbidden.read("a"), null);
  });
});
