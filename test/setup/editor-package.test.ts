import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Unavailable, unpackPackage } from "../../scripts/vscode/npm-package.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { npmRegistry } from "./npm-registry.ts";

describe("a package for the editor that tests run in", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let registry: Awaited<ReturnType<typeof npmRegistry>>;
  let target: string;
  const saved: Record<string, string | undefined> = {};
  const SETTINGS = ["npm_config_registry", "npm_config_cache"];

  beforeEach(async () => {
    directory = await temporaryDirectory();
    registry = await npmRegistry(directory.path);
    target = join(directory.path, "target");
    for (const name of SETTINGS) saved[name] = process.env[name];
    process.env.npm_config_registry = registry.url;
    process.env.npm_config_cache = join(directory.path, "cache");
  });
  afterEach(async () => {
    for (const name of SETTINGS) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
    await registry[Symbol.asyncDispose]();
    await directory.remove();
  });

  const unpack = (wanted: { name?: string; integrity?: string } = {}) =>
    unpackPackage({ name: "little", version: "1.0.0", integrity: registry.integrity, ...wanted }, target);

  it("is unpacked when it is what was pinned", async () => {
    await unpack();
    assert.equal(readFileSync(join(target, "file.txt"), "utf8"), "contents");
    assert.equal(existsSync(`${target}.download`), false);
  });

  it("isn't unpacked when it isn't what was pinned, and that is no reason to skip tests", async () => {
    await assert.rejects(unpack({ integrity: "sha512-other" }), (error: Error) => {
      assert.match(error.message, /little@1\.0\.0 isn't what was pinned/);
      return !(error instanceof Unavailable);
    });
    assert.deepEqual(readdirSync(target), []);
  });

  it("is unavailable when the registry doesn't have it", async () => {
    await assert.rejects(unpack({ name: "unknown" }), (error) => error instanceof Unavailable && /E404/.test(error.message));
  });

  it("is unavailable when the registry can't be reached", async () => {
    process.env.npm_config_registry = "http://127.0.0.1:1/";
    await assert.rejects(unpack(), (error) => error instanceof Unavailable && /ECONNREFUSED/.test(error.message));
  });
});
