import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ERRORS } from "../engine/core/errors.ts";
import * as checks from "./architecture/checks.ts";
import { importsOf, type SourceFile } from "./architecture/source.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("the architecture", () => {
  let files: SourceFile[];

  before(async () => {
    const patterns = ["engine/**/*.ts", "engine/dashboard/**/*.tsx", "extension/**/*.ts", "test/**/*.ts", "runbooks/**/*.ts", "scripts/**/*.mjs"];
    const paths = await Array.fromAsync(glob(patterns, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path) }));
    files = paths.sort().map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(`${ROOT}${path}`, "utf8") }));
  });

  it("is looked at as a whole", () => {
    for (const area of ["engine/core/", "engine/store/", "test/", "scripts/"])
      assert.ok(
        files.some(({ path }) => path.startsWith(area)),
        area,
      );
    const imports = files.flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => specifier.startsWith("."))
        .map((found) => ({ file, found })),
    );
    assert.ok(imports.length > 50, `only ${imports.length} imports found`);
    for (const { file, found } of imports) {
      const path = new URL(found.specifier, `file://${ROOT}${file.path}`);
      assert.ok(existsSync(path), `${file.path}:${found.line}: ${found.specifier} was read as an import and isn't there`);
    }
  });

  it("has imports that point downwards only", () => assert.deepEqual(checks.checkImportTable(files), []));
  it("has an extension whose model knows no VS Code, and that carries no part of the engine but its pure rules", () =>
    assert.deepEqual(checks.checkExtensionTable(files), []));
  it("has one file with isolated-vm, VS Code in adapters only, and no native part in the agent", () => assert.deepEqual(checks.checkPackages(files), []));
  it("reads environment, clock and randomness and writes to the console at its edges only", () => assert.deepEqual(checks.checkEdges(files), []));
  it("has SQL in the store only", () => assert.deepEqual(checks.checkSql(files), []));
  it("has no file over 400 lines", () => assert.deepEqual(checks.checkLength(files), []));
  it("has no file whose name says nothing", () => assert.deepEqual(checks.checkNames(files), []));
  it("documents each error code with its status, its retry decision and what to do", () => {
    assert.deepEqual(checks.checkErrorTable(readFileSync(`${ROOT}docs/errors.md`, "utf8"), ERRORS), []);
  });
});
