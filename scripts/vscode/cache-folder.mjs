import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../setup.mjs";

/**
 * Where downloaded editors are kept: in the user's cache, so that clones share them and `npm ci` doesn't take them away; in node_modules when there is no home to write to.
 * @param {{ platform?: string, env?: Readonly<Record<string, string | undefined>>, home?: string, root?: string }} options
 */
export function cacheFolder({ platform = process.platform, env = process.env, home = homedir(), root = ROOT } = {}) {
  const wanted = join(usersCache({ platform, env, home }), "runwright", "vscode");
  return isWritable(wanted) ? wanted : join(root, "node_modules", ".cache", "runwright", "vscode");
}

function usersCache({ platform, env, home }) {
  if (platform === "win32") return env.LOCALAPPDATA ?? join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Caches");
  return env.XDG_CACHE_HOME || join(home, ".cache");
}

function isWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false; // read-only, another's, or no folder at all
  }
}
