import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { Unavailable } from "./npm-package.mjs";

/** Older ones lack what the dashboard needs, and the tests. */
const OLDEST = 120;
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];

/**
 * An installed browser that is new enough.
 * @param {string} path as in the environment
 * @throws {Unavailable}
 */
export function findChromium(path = process.env.PATH ?? "") {
  for (const folder of path.split(delimiter)) {
    for (const name of NAMES) {
      const executablePath = join(folder, name);
      if (isProgram(executablePath) && versionOf(executablePath) >= OLDEST) return { executablePath, env: {} };
    }
  }
  throw new Unavailable(
    `no browser of version ${OLDEST} or newer is installed (looked for ${NAMES.join(", ")}), and npm has none for ${process.platform}-${process.arch}`,
  );
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not in this folder
  }
}

/** Of `Chromium 153.0.7000.0 built on …`; 0 for what only has the name, such as a script that says how to install one. */
function versionOf(program) {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 });
  return Number(/\b(\d+)\.\d+/.exec(stdout ?? "")?.[1] ?? 0);
}
