import assert from "node:assert/strict";
import { locateInDefinition } from "../../engine/authoring/locate.ts";
import { reviewPermissions } from "../../engine/authoring/permission-review.ts";

/** The text at the place, up to the end of the word. */
function at(source: string, path: string): string {
  const { line, column } = locateInDefinition(source, path);
  const rest = source.split("\n")[line - 1]?.slice(column - 1) ?? "";
  return /^\S+?(?=[,:\s)\]}]|$)/.exec(rest)?.[0] ?? rest;
}

const SOURCE = `// export default runbook({ summary: 1 }) in a comment
const shared = { runbook: 1 };
export default runbook({
  "summary": "a, } ] (", /* , } */
  parameters: Type.Object({ first: Type.String({ pattern: /[,}"]\\/}/ }), second: Type.Integer({ default: "x" }) }),
  permissions: {
    // http: ["not here"],
    http: [\`https://a\${"}"}\`, "https://b.example.com", other("x", ["y"])],
    machines: MACHINES,
  },
  run() { return { limits: 1 }; },
  limits: { timeout: "1m" },
});`;

describe("the place of a part of the definition", () => {
  it("is found behind strings, comments, templates, regular expressions and functions", () => {
    assert.equal(at(SOURCE, "summary"), '"summary"');
    assert.equal(at(SOURCE, "limits.timeout"), "timeout");
    assert.equal(at(SOURCE, "permissions.http[1]"), '"https');
    assert.equal(at(SOURCE, "permissions.http[2]"), 'other("x"');
    assert.equal(at(SOURCE, "parameters.properties.second.default"), "second");
  });

  it("is the last part that is written there when the rest is computed", () => {
    assert.equal(at(SOURCE, "permissions.machines.select"), "machines");
    assert.equal(at(SOURCE, "permissions.http[7]"), "http");
    assert.equal(at(SOURCE, "nothing.like.it"), "export");
  });

  it("is found in no more than the time of one reading, whatever the source holds", () => {
    const began = performance.now();
    locateInDefinition(`export default runbook({ a: 1, ${"/*".repeat(200_000)}`, "permissions.http[0]");
    const source = { path: "x.ts", text: "http: [".repeat(200_000) };
    reviewPermissions({ http: ["https://example.com"] }, source, [source]);
    assert.ok(performance.now() - began < 2_000);
  });

  it("is the export when there is no definition to read", () => {
    assert.deepEqual(locateInDefinition("const a = 1;\nexport default make(a);\n", "limits"), { line: 2, column: 1 });
    assert.deepEqual(locateInDefinition("", "limits"), { line: 1, column: 1 });
    assert.deepEqual(locateInDefinition("export default runbook({ summary: 'unfinished", "limits"), { line: 1, column: 1 });
  });
});
