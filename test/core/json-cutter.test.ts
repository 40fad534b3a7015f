import assert from "node:assert/strict";
import fc from "fast-check";
import { createJsonCutter, JsonCutError, type JsonCutterOptions } from "../../engine/core/json-cutter.ts";

function cutUp(chunks: readonly string[], options: Partial<JsonCutterOptions> & Pick<JsonCutterOptions, "cut">) {
  const cutter = createJsonCutter({ maxChars: 10_000, maxDepth: 20, ...options });
  const pieces = chunks.flatMap((chunk) => [...cutter.push(chunk)]);
  return [...pieces, ...cutter.end()];
}
const inChunks = (text: string, sizes: readonly number[]): string[] => {
  const chunks: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(text.slice(at, at + size));
    at += size;
  }
  return chunks;
};
const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
const spaces = fc.constantFrom(undefined, 1, "\t");

describe("cutting a large JSON text", () => {
  it("gives the members of an object as they are, wherever the text is split", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), sizes, spaces, (object, chunkSizes, indent) => {
        const text = JSON.stringify(object, null, indent);
        const pieces = cutUp(inChunks(text, chunkSizes), { cut: "members" });
        const entries = pieces.map(({ key, text: value }) => [key, JSON.parse(value)]);
        assert.deepEqual(entries, Object.entries(JSON.parse(text)));
      }),
    ));

  it("gives values that follow each other, and those of lists one by one", () =>
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 3 }).filter((value) => !Array.isArray(value))),
        sizes,
        spaces,
        fc.boolean(),
        (values, chunkSizes, indent, asList) => {
          const text = asList ? JSON.stringify(values, null, indent) : values.map((value) => JSON.stringify(value, null, indent)).join("\n");
          const pieces = cutUp(inChunks(text, chunkSizes), { cut: "values" });
          assert.deepEqual(
            pieces.map(({ text: value }) => JSON.parse(value)),
            JSON.parse(JSON.stringify(values)),
          );
        },
      ),
    ));

  it("takes objects that follow each other without a space between them, as unzip prints them", () => {
    const pieces = cutUp(['{"a":1}{"b":', '"}{"}', "[1,2]"], { cut: "values" });
    assert.deepEqual(
      pieces.map(({ text }) => text),
      ['{"a":1}', '{"b":"}{"}', "1", "2"],
    );
  });

  const wrong: [what: string, text: string, options: Partial<JsonCutterOptions> & Pick<JsonCutterOptions, "cut">, message: RegExp][] = [
    ["ends in the middle of an object", '{"a": {"b": 1', { cut: "members" }, /ends in the middle/],
    ["ends in the middle of a string", '{"a": "b', { cut: "members" }, /ends in the middle/],
    ["ends in the middle of a value", '{"id": ', { cut: "values" }, /ends in the middle/],
    ["is empty where an object is wanted", "", { cut: "members" }, /ends in the middle/],
    ["is a list where an object is wanted", "[1]", { cut: "members" }, /isn't one object/],
    ["goes on behind its end", "{} {}", { cut: "members" }, /follows the end/],
    ["closes what wasn't opened", "}", { cut: "values" }, /wasn't opened/],
    ["has a comma too many", '{"a":1,,}', { cut: "members" }, /comma/],
    ["has a name that is a number", "{1:2}", { cut: "members" }, /name/],
    ["is nested too deep", `{"a":${"[".repeat(21)}`, { cut: "members" }, /nested/],
    ["has a value that is too long", `{"a":"${"x".repeat(20_000)}"}`, { cut: "members" }, /longer than/],
  ];
  for (const [what, text, options, message] of wrong)
    it(`says so when the text ${what}`, () =>
      assert.throws(
        () => cutUp(inChunks(text, [3]), options),
        (error) => error instanceof JsonCutError && message.test(error.message) && /at character \d+/.test(error.message),
      ));
});
