import assert from "node:assert/strict";
import { fieldsOf } from "../../../engine/core/parameter-form.ts";
import { choiceText, readFilled } from "../../../engine/dashboard/model/filled.ts";

const FIELDS = fieldsOf({
  required: ["ticket", "hours", "sure"],
  properties: {
    ticket: { type: "string", minLength: 3 },
    hours: { type: "integer", minimum: 1 },
    sure: { type: "boolean" },
    level: { enum: [1, "1"] },
    more: { type: "array" },
  },
});

describe("a form that somebody fills in", () => {
  it("misses what is needed as long as nothing stands there", () => {
    assert.deepEqual(readFilled(FIELDS, {}), { values: {}, wrong: {}, missing: ["ticket", "hours", "sure"] });
  });

  it("reads texts, numbers, choices and JSON", () => {
    const { values, wrong, missing } = readFilled(FIELDS, { ticket: "OPS-1", hours: "2", sure: "false", level: choiceText("1"), more: "[1]" });
    assert.deepEqual(values, { ticket: "OPS-1", hours: 2, sure: false, level: "1", more: [1] });
    assert.deepEqual([wrong, missing], [{}, []]);
  });

  it("tells a text from a number of the same letters", () => assert.deepEqual(readFilled(FIELDS, { level: choiceText(1) }).values, { level: 1 }));

  it("says what is wrong by field, and keeps the others' values", () => {
    const { values, wrong } = readFilled(FIELDS, { ticket: "x", hours: "0", sure: "maybe", level: "2", more: "[" });
    assert.deepEqual(values, {});
    assert.deepEqual(Object.keys(wrong), ["ticket", "hours", "sure", "level", "more"]);
  });
});
