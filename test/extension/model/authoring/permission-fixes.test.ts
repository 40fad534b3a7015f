import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type Checker, createChecker } from "../../../../engine/authoring/check.ts";
import { createTypeChecker } from "../../../../engine/authoring/typecheck.ts";
import { readDefinitionLiteral } from "../../../../extension/model/authoring/definition.ts";
import { addPermission } from "../../../../extension/model/authoring/fixes/add-permission.ts";
import { permissionFixes } from "../../../../extension/model/authoring/fixes/permission-fixes.ts";
import { removeAt } from "../../../../extension/model/authoring/fixes/remove-permission.ts";
import type { TextEdit } from "../../../../extension/model/authoring/fixes/text-edit.ts";
import { createKnownNames } from "../../../../extension/model/authoring/known-names.ts";
import { loadingSandbox } from "../../../authoring/real-sandbox.ts";
import { runbookFolder } from "../../../authoring/runbook-folder.ts";
import { engineWith } from "./engine.ts";

const names = createKnownNames({
  engine: engineWith({
    machines: [
      { name: "a-1", scope: "/", tags: {} },
      { name: "a-2", scope: "/", tags: {} },
    ],
  }),
  now: () => 0,
});
const applied = (text: string, edits: readonly TextEdit[]) =>
  [...edits].sort((a, b) => b.start - a.start).reduce((now, { start, end, text: put }) => now.slice(0, start) + put + now.slice(end), text);

const source = (permissions: string, args: string, run: string) => `import { runbook } from "runwright";
export default runbook({
  summary: "x",${permissions === "" ? "" : `\n  permissions: { ${permissions} },`}
  async run({ ${args} }) {
    ${run}
  },
});
`;

describe("quick fixes of permissions, tried with the real check", function () {
  this.timeout(120_000);
  const sandbox = loadingSandbox();
  const typeChecker = createTypeChecker();
  const checker: Checker = createChecker({ extractor: sandbox, typeChecker });
  let folder: Awaited<ReturnType<typeof runbookFolder>>;
  before(async () => {
    folder = await runbookFolder({});
  });
  after(async () => {
    typeChecker.stop();
    await Promise.all([sandbox.stop(), folder.remove()]);
  });

  async function checked(text: string) {
    await writeFile(folder.file("x.ts"), text);
    const { diagnostics } = await checker.check({ entry: folder.file("x.ts") });
    const lines = text.split("\n");
    return diagnostics.map(({ line, column, code, message }) => {
      const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
      return { code, message, start, end: start + 1 };
    });
  }

  for (const [what, before, after] of [
    [
      "a capability that isn't declared at all",
      source("", "secrets", 'await secrets.get("token");'),
      source('secrets: ["token"]', "secrets", 'await secrets.get("token");'),
    ],
    [
      "a name that isn't among the declared ones",
      source('secrets: ["a"]', "secrets", 'await secrets.get("a"); await secrets.get("b");'),
      source('secrets: ["a", "b"]', "secrets", 'await secrets.get("a"); await secrets.get("b");'),
    ],
    [
      "an address",
      source("http: []", "http", 'await http.fetch("https://api.example.com/v1");'),
      source('http: ["https://api.example.com"]', "http", 'await http.fetch("https://api.example.com/v1");'),
    ],
    [
      "a variable to set beside those to read",
      source('variables: ["a"]', "variables", 'await variables.get("a"); await variables.set("a", 1);'),
      source('variables: ["a"], setVariables: ["a"]', "variables", 'await variables.get("a"); await variables.set("a", 1);'),
    ],
    [
      "machines with what is done to them",
      source("", "machines", 'for (const one of await machines.select("tag:role=web")) await one.exec(["true"]);'),
      source(
        'machines: { select: "tag:role=web", actions: ["exec"] }',
        "machines",
        'for (const one of await machines.select("tag:role=web")) await one.exec(["true"]);',
      ),
    ],
    [
      "an action on machines",
      source('machines: { select: "os=linux", actions: [] }', "machines", 'for (const one of await machines.select()) await one.reboot({ reason: "x" });'),
      source(
        'machines: { select: "os=linux", actions: ["reboot"] }',
        "machines",
        'for (const one of await machines.select()) await one.reboot({ reason: "x" });',
      ),
    ],
    ["jobs of a runbook", source("", "jobs", 'await jobs.run("patch");'), source('jobs: ["patch"]', "jobs", 'await jobs.run("patch");')],
  ] as const) {
    it(`add ${what}`, async () => {
      const [finding] = await checked(before);
      assert.ok(finding, "the check finds something");
      const [fix] = await permissionFixes(before, finding, names);
      assert.ok(fix, `${finding.code} ${finding.message}`);
      assert.equal(applied(before, fix.edits), after);
      assert.deepEqual(await checked(after), []);
    });
  }

  for (const [what, before, after] of [
    [
      "one of several",
      source('secrets: ["a", "b"], http: ["https://a.example"]', "secrets, http", 'await secrets.get("a"); await http.fetch("https://a.example/");'),
      source('secrets: ["a"], http: ["https://a.example"]', "secrets, http", 'await secrets.get("a"); await http.fetch("https://a.example/");'),
    ],
    [
      "the last one with its list",
      source('secrets: ["a"], jobs: ["p"]', "jobs", 'await jobs.run("p");'),
      source('jobs: ["p"]', "jobs", 'await jobs.run("p");'),
    ],
    [
      "an action",
      source('machines: { select: "os=linux", actions: ["exec", "reboot"] }', "machines", 'for (const one of await machines.select()) await one.exec(["x"]);'),
      source('machines: { select: "os=linux", actions: ["exec"] }', "machines", 'for (const one of await machines.select()) await one.exec(["x"]);'),
    ],
  ] as const) {
    it(`remove ${what} that isn't used`, async () => {
      const finding = (await checked(before)).find(({ code }) => code === "UNUSED_PERMISSION");
      assert.ok(finding);
      const [fix] = await permissionFixes(before, finding, names);
      assert.ok(fix);
      assert.equal(applied(before, fix.edits), after);
      assert.deepEqual(await checked(after), []);
    });
  }

  it("pin a selector that is too broad to what the runbook selects, to a system, or to the machines that there are", async () => {
    const before = source(
      'machines: { select: "all", actions: ["exec"] }',
      "machines",
      'for (const one of await machines.select("tag:role=web")) await one.exec(["x"]);',
    );
    const finding = (await checked(before)).find(({ code }) => code === "BROAD_PERMISSION");
    assert.ok(finding);
    const fixes = await permissionFixes(before, finding, names);
    assert.deepEqual(
      fixes.map(({ title }) => title),
      ["Pin to tag:role=web, which it selects", "Pin to os=linux", "Pin to os=windows", "Pin to the 2 machines that match now"],
    );
    for (const { edits } of fixes) assert.deepEqual(await checked(applied(before, edits)), []);
  });

  it("name the hosts that a wildcard stands for", async () => {
    const before = source('http: ["https://*.example.com"]', "http", 'await http.fetch("https://api.example.com/x");');
    const finding = (await checked(before)).find(({ code }) => code === "BROAD_PERMISSION");
    assert.ok(finding);
    const [fix] = await permissionFixes(before, finding, names);
    assert.equal(applied(before, fix?.edits ?? []), before.replace("*.", "api."));
  });
});

describe("edits of permissions", () => {
  const definitionOf = (text: string) => readDefinitionLiteral(text) ?? assert.fail();

  it("keep to the form of what is there", () => {
    const text = `export default runbook({\n  summary: "x",\n  permissions: {\n    secrets: [\n      "a", // first\n    ],\n  },\n});\n`;
    assert.match(applied(text, addPermission(text, definitionOf(text), { permission: "secrets", entry: "b" })), /"a",\n {6}"b", \/\/ first/);
    assert.match(applied(text, addPermission(text, definitionOf(text), { permission: "jobs", entry: "p" })), /\n {4}\],\n {4}jobs: \["p"\],\n {2}\},/);
  });

  it("are none where permissions are computed", () => {
    const text = `export default runbook({ summary: "x", permissions: shared });`;
    assert.deepEqual(addPermission(text, definitionOf(text), { permission: "jobs", entry: "p" }), []);
    assert.deepEqual(removeAt(text, definitionOf(text), ["permissions", "jobs", "0"]), []);
  });

  it("hold names that aren't harmless", () => {
    const text = `export default runbook({ summary: "x" });`;
    const name = '"], x: ["';
    assert.match(applied(text, addPermission(text, definitionOf(text), { permission: "secrets", entry: name })), /secrets: \["\\"\], x: \[\\""\]/);
  });
});
