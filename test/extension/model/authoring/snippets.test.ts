import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resourceProblems } from "../../../../extension/model/authoring/resource-problems.ts";

const SNIPPETS = join(import.meta.dirname, "..", "..", "..", "..", "extension", "snippets");
const snippets = (name: string): Record<string, { prefix: string; body: string[] }> => JSON.parse(readFileSync(join(SNIPPETS, name), "utf8"));

/** With what each place proposes; of several words the first. */
const filledIn = (body: readonly string[]) =>
  body
    .join("\n")
    .replace(/\$\{\d+:([^}]*)\}/g, "$1")
    .replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, "$1");

describe("snippets of YAML resources", () => {
  for (const [name, { body }] of Object.entries(snippets("resources.json")))
    it(`${name} is right as it comes`, () => assert.deepEqual(resourceProblems(filledIn(body), 0), [], filledIn(body)));
});
