import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/vscode/cache-folder.mjs";
import { obstacleToDesktop } from "../../scripts/vscode/choose-host.mjs";
import { findChromium } from "../../scripts/vscode/find-chromium.mjs";
import { Unavailable } from "../../scripts/vscode/npm-package.mjs";
import { bringParts, setUpEditor } from "../../scripts/vscode/setup.mjs";
import { EDITORS } from "../../scripts/vscode/versions.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const file = (path: string) => new URL(`../../${path}`, import.meta.url);

describe("the editor that tests of the extension run in", () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory.remove());

  it("is, as the oldest, the one that the extension says it needs", () => {
    const { engines } = JSON.parse(readFileSync(file("extension/package.json"), "utf8"));
    assert.equal(engines.vscode, `^${EDITORS.oldest.vscode}`);
  });

  it("is VS Code of the same version as its package, with the major version moved by three", () => {
    for (const { vscode, server } of Object.values(EDITORS)) assert.equal(server.version, vscode.replace(/^1\.(\d+)\./, "4.$1."));
  });

  it("is unavailable on a platform that it isn't tested on, with a reason", async () => {
    await assert.rejects(setUpEditor("newest", { cache: directory.path, platform: "sunos-x64" }), (error) => {
      return error instanceof Unavailable && /isn't tested on sunos-x64/.test(error.message);
    });
  });

  describe("is kept", () => {
    for (const [platform, env, place] of [
      ["linux", {}, ".cache/runwright/vscode"],
      ["linux", { XDG_CACHE_HOME: "HOME/elsewhere" }, "elsewhere/runwright/vscode"],
      ["darwin", {}, "Library/Caches/runwright/vscode"],
      ["win32", { LOCALAPPDATA: "HOME/local" }, "local/runwright/vscode"],
    ] as const) {
      it(`in ${place} on ${platform}${"XDG_CACHE_HOME" in env ? " with XDG_CACHE_HOME" : ""}`, () => {
        const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace("HOME", directory.path)]));
        assert.equal(cacheFolder({ platform, env: own, home: directory.path, root: "/nowhere" }), join(directory.path, place));
      });
    }

    it("in node_modules when there is no home to write to", () => {
      writeFileSync(join(directory.path, "home"), "not a folder");
      const folder = cacheFolder({ platform: "linux", env: {}, home: join(directory.path, "home"), root: "/clone" });
      assert.equal(folder, join("/clone", "node_modules", ".cache", "runwright", "vscode"));
    });
  });

  describe("is made", () => {
    const parts = (install: (folder: string) => Promise<void>) => [{ folder: join(directory.path, "part"), install }];
    const bring = (install: (folder: string) => Promise<void>, said: string[] = []) =>
      bringParts(parts(install), { cache: directory.path, what: "it", log: (line) => said.push(line) });
    const write = async (folder: string) => {
      mkdirSync(folder);
      writeFileSync(join(folder, "made"), "");
    };

    it("once, also when two ask at the same time", async () => {
      let made = 0;
      const install = async (folder: string) => {
        made++;
        await write(folder);
      };
      const said: string[] = [];
      await Promise.all([bring(install, said), bring(install, said)]);
      await bring(install, said);
      assert.equal(made, 1);
      assert.equal(said.filter((line) => line.includes("is ready")).length, 1);
    });

    it("anew after one that failed or was killed half way", async () => {
      await assert.rejects(
        bring(async (folder) => {
          await write(folder);
          throw new Error("disk full");
        }),
        /disk full/,
      );
      await bring(write);
      assert.ok(readFileSync(join(directory.path, "part", "made")));
    });
  });

  describe("runs on the desktop", () => {
    const obstacle = (platform: string, env: Record<string, string>, reachable: boolean) =>
      obstacleToDesktop({ platform, env, isReachable: async () => reachable });
    for (const [what, platform, env, reachable, expected] of [
      ["on Windows when it can be downloaded", "win32", {}, true, undefined],
      ["on Linux with a display when it can be downloaded", "linux", { DISPLAY: ":0" }, true, undefined],
      ["under Wayland when it can be downloaded", "linux", { WAYLAND_DISPLAY: "wayland-0" }, true, undefined],
      ["not on Linux without a display", "linux", {}, true, "there is no display"],
      ["not when it can't be downloaded", "darwin", {}, false, "it can't be downloaded"],
    ] as const) {
      it(what, async () => assert.equal(await obstacle(platform, env, reachable), expected));
    }
  });

  it("shows itself in an installed browser where npm has none, and not in one that is too old or has only the name", async () => {
    assert.throws(() => findChromium(directory.path), Unavailable);
    const installed = async (name: string, says: string) => {
      const program = join(directory.path, name);
      writeFileSync(program, `#!/bin/sh\necho "${says}"\n`);
      await chmod(program, 0o755);
      return program;
    };
    await installed("chromium", "Chromium 99.0.1 snap");
    await installed("chromium-browser", "Command requires the snap to be installed");
    assert.throws(() => findChromium(directory.path), /no browser of version 120 or newer/);
    const program = await installed("google-chrome", "Google Chrome 153.0.7000.1");
    assert.equal(findChromium(`/nowhere:${directory.path}`).executablePath, program);
  });
});
