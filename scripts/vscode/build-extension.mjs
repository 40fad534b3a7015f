import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "../setup.mjs";

/**
 * Builds extension/dist as `npm run build -w extension` says.
 * @param {readonly string[]} more options for its bundler
 */
export async function buildExtension(more = []) {
  const args = ["run", "--silent", "build", "-w", "extension", ...(more.length > 0 ? ["--", ...more] : [])];
  try {
    await promisify(execFile)(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd: ROOT, shell: process.platform === "win32" });
  } catch (error) {
    throw new Error(`the extension can't be built: ${error.stderr || error.message}`);
  }
}
