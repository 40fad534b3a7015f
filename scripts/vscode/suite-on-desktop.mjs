import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTests, TestRunFailedError } from "@vscode/test-electron";
import { cacheFolder } from "./cache-folder.mjs";
import { makePlace } from "./places.mjs";
import { runFolder, SETTINGS } from "./server.mjs";

/**
 * Runs tests in the extension host of VS Code on the desktop, which is downloaded once.
 * @param {string} version
 * @param {import("./choose-host.mjs").Parts} parts
 * @returns {Promise<number>} 0 when `run()` ended well
 */
export async function runOnDesktop(version, { extension, tests, env, place = "folder" }) {
  const folder = runFolder();
  const { args, settings } = makePlace(place, folder);
  await mkdir(join(folder, "data", "User"), { recursive: true });
  await writeFile(join(folder, "data", "User", "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
  const trust = settings["security.workspace.trust.enabled"] === true ? [] : ["--disable-workspace-trust"];
  const places = ["--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];
  try {
    return await runTests({
      version,
      cachePath: join(cacheFolder(), "desktop"),
      extensionDevelopmentPath: extension,
      extensionTestsPath: tests,
      extensionTestsEnv: env,
      // Its sandbox isn't to be had as root and in most containers.
      launchArgs: [...args, ...places, ...trust, "--disable-extensions", ...(process.platform === "linux" ? ["--no-sandbox"] : [])],
    });
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
