import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Unavailable } from "./npm-package.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

/**
 * An installed browser, where npm has none for the platform.
 * @param {string} path as in the environment
 * @throws {Unavailable}
 */
export function findChromium(path = process.env.PATH ?? "") {
  for (const folder of path.split(delimiter)) {
    for (const name of NAMES) {
      const executablePath = join(folder, name);
      if (isProgram(executablePath)) return { executablePath, env: {} };
    }
  }
  throw new Unavailable(`no browser is installed (looked for ${NAMES.join(", ")}), and npm has none for ${process.platform}-${process.arch}`);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not in this folder
  }
}
