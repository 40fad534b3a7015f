import assert from "node:assert/strict";
import { type Literal, memberAt, pathTo, readDefinitionLiteral } from "../../../../extension/model/authoring/definition.ts";
import { scan } from "../../../../extension/model/authoring/scan.ts";

const plain = (literal: Literal | undefined): unknown =>
  literal?.kind === "object"
    ? Object.fromEntries(literal.members.map(({ key, value }) => [key, plain(value)]))
    : literal?.kind === "array"
      ? literal.items.map(plain)
      : literal?.kind === "string"
        ? literal.text
        : null;

const SOURCE = `import { runbook, Type } from "runwright"; // runbook({ permissions: "no" })
const own = /["'\`{/]+/g.test("x") ? \`\${{ a: "}" }.a} {\` : 4 / 2 / 1;
export default runbook({
  summary: "It's \\"done\\"", /* , } */
  parameters: Type.Object({ role: Type.String() }),
  permissions: {
    machines: { select: "os=linux tag:role=web", "actions": ["exec", 'reboot'] as const },
    http: [own, "https://a.example.com" + "/x"],
    secrets: ["token",],
  },
  limits: { timeout: "15m", memoryMb: 64 },
  concurrency: { key: (p) => p.service, limit: 1 },
  async run({ params, secrets }) {
    const { a } = await secrets.get("token");
    if (a) return { b: [a, "x"] };
  },
});
`;

describe("the literal that a runbook's definition is", () => {
  it("is read with what is computed left out", () => {
    assert.deepEqual(plain(readDefinitionLiteral(SOURCE)), {
      summary: `It's \\"done\\"`,
      parameters: null,
      permissions: { machines: { select: "os=linux tag:role=web", actions: ["exec", "reboot"] }, http: [null, null], secrets: ["token"] },
      limits: { timeout: "15m", memoryMb: null },
      concurrency: { key: null, limit: null },
    });
  });

  it("knows where each part stands", () => {
    const definition = readDefinitionLiteral(SOURCE);
    assert.ok(definition);
    const there = (text: string) => pathTo(definition, SOURCE.indexOf(text) + 1)?.path.join(".");
    assert.equal(there('"reboot'.replace('"', "'")), "permissions.machines.actions.1");
    assert.equal(there("tag:role=web"), "permissions.machines.select");
    assert.equal(there("secrets: ["), "permissions.secrets");
    assert.equal(memberAt(definition, ["limits", "timeout"])?.value.kind, "string");
    assert.equal(pathTo(definition, 3), undefined);
  });

  it("is read from a runbook that is exported under a name", () => {
    assert.deepEqual(plain(readDefinitionLiteral('const x = runbook({ summary: "a" });\nexport default x;')), { summary: "a" });
  });

  it("is read as far as it goes while somebody types", () => {
    for (let length = 0; length <= SOURCE.length; length++) {
      const definition = readDefinitionLiteral(SOURCE.slice(0, length));
      if (definition) pathTo(definition, length);
    }
    const half = `export default runbook({ summary: "a", permissions: { secrets: ["to\n  } });`;
    assert.deepEqual(plain(readDefinitionLiteral(half)), { summary: "a", permissions: { secrets: ["to"] } });
  });

  it("takes a time that grows with the text, whatever the text is", () => {
    for (const text of [
      "export default runbook({".padEnd(200_000, "{a:["),
      "`${".repeat(100_000),
      "/*".repeat(100_000),
      "runbook(".repeat(100_000),
      "<".repeat(200_000),
    ])
      assert.doesNotThrow(() => readDefinitionLiteral(`export default ${text}`));
  });

  it("is made of pieces that lose no character that counts", () => {
    const text = scan(SOURCE)
      .map(({ start, end }) => SOURCE.slice(start, end))
      .join("");
    assert.equal(text.replace(/\s/g, ""), SOURCE.replace(/\/\/ runbook.*|\/\*.*?\*\//g, "").replace(/\s/g, ""));
  });
});
