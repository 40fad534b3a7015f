import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import { bundleRunbook, MAX_BUNDLE_BYTES } from "../../engine/authoring/bundle.ts";
import { formatDiagnostic } from "../../engine/core/diagnostic.ts";
import { runbookFolder } from "./runbook-folder.ts";

const MULTI = {
  "ops/restart.ts":
    'import { runbook, Type } from "runwright";\nimport { pad } from "left-padder";\nimport { greet } from "../shared/greet.ts";\nimport data from "./data.json";\nexport default runbook({ summary: greet(pad(data.name)), parameters: Type.Object({}), run() {} });\n',
  "ops/data.json": '{ "name": "ops" }\n',
  "shared/greet.ts": "/** Says hello. */\nexport function greet(name: string): string {\n  return `Hello,\n${name}`;\n}\n",
  "node_modules/left-padder/package.json": '{ "name": "left-padder", "version": "1.2.3", "main": "lib/index.js" }',
  "node_modules/left-padder/lib/index.js": 'exports.pad = (text) => text.padStart(9, require("./fill.js"));\n',
  "node_modules/left-padder/lib/fill.js": 'module.exports = ".";\n',
};

async function bundled(entry: string) {
  const result = await bundleRunbook({ entry });
  if (!result.ok) assert.fail(result.diagnostics.map(formatDiagnostic).join("\n"));
  return result.bundle;
}

async function refused(files: Record<string, string>, entry = "x.ts", confined = false) {
  await using folder = await runbookFolder(files);
  const result = await bundleRunbook({ entry: folder.file(entry), ...(confined && { confineTo: folder.path }) });
  if (result.ok) assert.fail("it was bundled");
  return result.diagnostics.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

/** What the bundle leaves behind in a realm that has nothing. */
function evaluated(bundle: string): { default: { kind: string; definition: { summary: string; run: unknown } } } {
  const realm = vm.createContext({});
  vm.runInContext(bundle, realm);
  return realm.__runbook;
}

describe("the bundle of a runbook", () => {
  it("sets __runbook to what the module exports as default", async () => {
    await using folder = await runbookFolder(MULTI);
    const { bundle, bundleHash } = await bundled(folder.file("ops/restart.ts"));
    const { kind, definition } = evaluated(bundle).default;
    assert.equal(kind, "runwright.runbook");
    assert.equal(definition.summary, "Hello,\n......ops");
    assert.equal(typeof definition.run, "function");
    assert.equal(bundleHash, createHash("sha256").update(bundle).digest("hex"));
  });

  it("has the same bytes wherever the sources and packages lie, and with Windows line ends", async () => {
    await using one = await runbookFolder(MULTI);
    const moved = Object.entries(MULTI).map(([path, text]) => [
      path.startsWith("node_modules") ? path : `a/much/deeper/${path}`,
      text.replaceAll("\n", "\r\n"),
    ]);
    await using other = await runbookFolder(Object.fromEntries(moved));
    const first = await bundled(one.file("ops/restart.ts"));
    const second = await bundled(other.file("a/much/deeper/ops/restart.ts"));
    assert.equal(second.bundle, first.bundle);
    assert.equal(second.bundleHash, first.bundleHash);
    assert.deepEqual(second.sources, first.sources);
    assert.equal(first.bundle.includes(one.path), false);
    assert.equal(first.bundle.includes("\r"), false);
  });

  it("has the same bytes when it is reached through a symbolic link, and when only comments of the source change", async () => {
    await using folder = await runbookFolder(MULTI);
    await symlink(folder.file("ops"), folder.file("linked"), "dir");
    const first = await bundled(folder.file("ops/restart.ts"));
    assert.equal((await bundled(folder.file("linked/restart.ts"))).bundleHash, first.bundleHash);
    await writeFile(folder.file("ops/restart.ts"), `// a comment\n${MULTI["ops/restart.ts"]}`);
    const commented = await bundled(folder.file("ops/restart.ts"));
    assert.equal(commented.bundleHash, first.bundleHash);
    assert.notEqual(commented.sourceMap, first.sourceMap);
  });

  it("has other bytes when a statement, a package or a file's place changes", async () => {
    await using folder = await runbookFolder(MULTI);
    const { bundleHash } = await bundled(folder.file("ops/restart.ts"));
    await writeFile(folder.file("ops/data.json"), '{ "name": "ops2" }');
    const changed = await bundled(folder.file("ops/restart.ts"));
    assert.notEqual(changed.bundleHash, bundleHash);
    await writeFile(folder.file("node_modules/left-padder/package.json"), '{ "name": "left-padder", "version": "1.2.4", "main": "lib/index.js" }');
    assert.notEqual((await bundled(folder.file("ops/restart.ts"))).bundleHash, changed.bundleHash);
  });

  it("keeps the author's files and names the packages", async () => {
    await using folder = await runbookFolder(MULTI);
    const { sources, packages } = await bundled(folder.file("ops/restart.ts"));
    assert.deepEqual(packages, ["left-padder@1.2.3"]);
    assert.deepEqual(sources, [
      { path: "../shared/greet.ts", text: MULTI["shared/greet.ts"] },
      { path: "data.json", text: MULTI["ops/data.json"] },
      { path: "restart.ts", text: MULTI["ops/restart.ts"] },
      { path: "packages.txt", text: "left-padder@1.2.3\n" },
    ]);
  });

  it("has a map to the TypeScript sources, with relative paths and without the texts of packages", async () => {
    await using folder = await runbookFolder(MULTI);
    const { bundle, sourceMap } = await bundled(folder.file("ops/restart.ts"));
    const map = JSON.parse(sourceMap);
    assert.ok(map.sources.includes("restart.ts") && map.sources.includes("../shared/greet.ts"));
    assert.equal(sourceMap.includes(folder.path), false);
    assert.equal(map.sourcesContent[map.sources.indexOf("restart.ts")], MULTI["ops/restart.ts"]);
    assert.equal(map.sourcesContent[map.sources.indexOf("npm:left-padder@1.2.3/lib/index.js")], null);
    const row = bundle.split("\n").findIndex((line) => line.includes("function greet"));
    const entry = new SourceMap(map).findEntry(row, bundle.split("\n")[row]?.indexOf("function greet") ?? 0) as {
      originalSource: string;
      originalLine: number;
    };
    assert.equal(entry.originalSource, "../shared/greet.ts");
    assert.equal(entry.originalLine, 1);
  });

  it("needs no runwright in the folder: the engine brings its own SDK", async () => {
    await using folder = await runbookFolder({ "x.ts": 'import { runbook } from "runwright";\nexport default runbook({ summary: "x", run() {} });\n' });
    const { bundle } = await bundled(folder.file("x.ts"));
    assert.ok(bundle.length < 20_000, `${bundle.length} characters`);
    assert.equal(evaluated(bundle).default.definition.summary, "x");
  });

  it("leaves what Node 26 runs natively as it was written", async () => {
    await using folder = await runbookFolder({
      "x.ts":
        'import { runbook } from "runwright";\nexport default runbook({ summary: "x", run() { using r = { [Symbol.dispose]() {} }; return r ?? Temporal.Now.instant(); } });\n',
    });
    assert.match((await bundled(folder.file("x.ts"))).bundle, /using r = /);
  });

  it("refuses modules of Node at their place, with and without node:, in every form of import", async () => {
    const text =
      'import { runbook } from "runwright";\nimport { readFileSync } from "node:fs";\n  export * from "child_process";\nconst os = require("os");\nconst later = () => import("fs/promises");\nimport type { Stats } from "node:fs";\nexport default runbook({ summary: "x", run() { readFileSync; os; later; } });\nexport type S = Stats;\n';
    assert.deepEqual(await refused({ "x.ts": text }), ["x.ts:2:30 NODE_BUILTIN", "x.ts:3:17 NODE_BUILTIN", "x.ts:4:20 NODE_BUILTIN", "x.ts:5:28 NODE_BUILTIN"]);
  });

  it("says what to use instead of a module of Node", async () => {
    await using folder = await runbookFolder({ "x.ts": 'import "node:https";\nexport default 1;\n' });
    const result = await bundleRunbook({ entry: folder.file("x.ts") });
    assert.match(result.diagnostics[0]?.message ?? "", /the sandbox has no "node:https": use http\.fetch/);
  });

  it("takes an installed package that has the name of a module of Node", async () => {
    await using folder = await runbookFolder({
      "x.ts": 'import { runbook } from "runwright";\nimport { name } from "events";\nexport default runbook({ summary: name, run() {} });\n',
      "node_modules/events/package.json": '{ "name": "events", "version": "3.0.0", "main": "index.js" }',
      "node_modules/events/index.js": 'exports.name = "the package";\n',
    });
    assert.equal(evaluated((await bundled(folder.file("x.ts"))).bundle).default.definition.summary, "the package");
  });

  it("says that a module can't wait while it is loaded", async () => {
    await using folder = await runbookFolder({ "x.ts": "await Promise.resolve();\nexport default 1;\n" });
    const result = await bundleRunbook({ entry: folder.file("x.ts") });
    assert.deepEqual(result.diagnostics.map(formatDiagnostic), ["x.ts:1:1: error TOP_LEVEL_AWAIT: a runbook can't wait while it is loaded; await in run"]);
  });

  it("names the package that needs a module of Node", async () => {
    await using folder = await runbookFolder({
      "x.ts": 'import "@acme/reader";\nexport default 1;\n',
      "node_modules/@acme/reader/package.json": '{ "name": "@acme/reader", "version": "2.0.0", "main": "i.js" }',
      "node_modules/@acme/reader/i.js": '\nrequire("fs");\n',
    });
    const result = await bundleRunbook({ entry: folder.file("x.ts") });
    assert.deepEqual(
      result.diagnostics.map(({ file, line, code }) => [file, line, code]),
      [["npm:@acme/reader@2.0.0/i.js", 2, "NODE_BUILTIN"]],
    );
    assert.match(result.diagnostics[0]?.message ?? "", /^@acme\/reader@2\.0\.0 needs "fs"/);
  });

  it("says what is missing: files, packages, an export, a bracket", async () => {
    assert.deepEqual(await refused({ "x.ts": 'import "./none.ts";\nimport "no-such-package";\nexport default 1;\n' }), [
      "x.ts:1:8 NOT_FOUND",
      "x.ts:2:8 NOT_FOUND",
    ]);
    assert.deepEqual(await refused({ "x.ts": "export const a = 1;\n" }), ["x.ts:1:1 NO_EXPORT"]);
    assert.deepEqual(await refused({ "x.ts": 'export default { "é": 1, b 2 };\n' }), ["x.ts:1:28 SYNTAX"]);
  });

  it("refuses what has no meaning in a sandbox", async () => {
    assert.deepEqual(await refused({ "x.ts": 'import "runwright/testing";\nimport "./a.node";\nexport default 1;\n', "a.node": "" }), [
      "x.ts:1:8 NOT_IN_SANDBOX",
      "x.ts:2:8 UNSUPPORTED_IMPORT",
    ]);
  });

  it("refuses files outside the folder that it is confined to, also through a link", async () => {
    await using folder = await runbookFolder({
      "secret.json": '{ "token": "abc" }',
      "in/x.ts": 'import a from "../secret.json";\nimport b from "./link.json";\nexport default [a, b];\n',
    });
    await symlink(folder.file("secret.json"), folder.file("in/link.json"));
    const result = await bundleRunbook({ entry: folder.file("in/x.ts"), confineTo: folder.file("in") });
    assert.deepEqual(
      result.diagnostics.map(({ line, code }) => [line, code]),
      [
        [1, "OUTSIDE"],
        [2, "OUTSIDE"],
      ],
    );
  });

  it("refuses a bundle that is too large for an engine", async () => {
    const files = { "x.ts": 'import text from "./big.json";\nexport default { text };\n', "big.json": JSON.stringify("x".repeat(MAX_BUNDLE_BYTES)) };
    assert.deepEqual(await refused(files), ["x.ts:1:1 TOO_LARGE"]);
  });

  it("stops when it is aborted", async () => {
    await using folder = await runbookFolder(MULTI);
    await assert.rejects(bundleRunbook({ entry: folder.file("ops/restart.ts"), signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  });

  it("doesn't take options from a tsconfig.json nearby", async () => {
    await using plain = await runbookFolder(MULTI);
    await using configured = await runbookFolder({
      ...MULTI,
      "tsconfig.json": '{ "compilerOptions": { "target": "es5", "useDefineForClassFields": false, "alwaysStrict": true } }',
    });
    assert.equal((await bundled(configured.file("ops/restart.ts"))).bundleHash, (await bundled(plain.file("ops/restart.ts"))).bundleHash);
  });

  it("is the same for the samples of this repository and a copy of them", async () => {
    const samples = join(import.meta.dirname, "..", "..", "runbooks", "samples");
    await using copy = await runbookFolder({});
    await mkdir(copy.file("deep/down"), { recursive: true });
    for (const name of ["hello.ts", "missing-updates.ts", "restart-service.ts", "http-check.ts"]) {
      await writeFile(copy.file(`deep/down/${name}`), await readFile(join(samples, name)));
      assert.equal((await bundled(copy.file(`deep/down/${name}`))).bundleHash, (await bundled(join(samples, name))).bundleHash, name);
    }
  });
});
