import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** The editor can't be had here: no network, no binaries for this platform. Tests that need it are skipped with this message as the reason. */
export class Unavailable extends Error {}

/** Words of npm's that mean that it didn't get through, or that the registry doesn't have it. */
const NOT_REACHED =
  /\b(E401|E403|E404|E5\d\d|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)\b/;

/**
 * Unpacks a package of npm into a folder, without running anything of it.
 * @param {import("./versions.mjs").Package} wanted
 * @param {string} folder
 * @throws {Unavailable} when the registry can't be reached or doesn't have it; an Error when it isn't what was pinned
 */
export async function unpackPackage({ name, version, integrity }, folder) {
  const download = `${folder}.download`;
  mkdirSync(download, { recursive: true });
  mkdirSync(folder, { recursive: true });
  try {
    await npm(["pack", "--ignore-scripts", "--silent", "--loglevel=error", `${name}@${version}`], download);
    const [file] = readdirSync(download);
    if (file === undefined) throw new Error(`npm pack left no file for ${name}@${version}`);
    const tarball = join(download, file);
    const found = await sha512(tarball);
    if (found !== integrity) throw new Error(`${name}@${version} isn't what was pinned: its integrity is ${found}, not ${integrity}`);
    await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", folder], folder);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

/**
 * Runs npm; what it has to say is in the error.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @throws {Unavailable}
 */
export async function npm(args, cwd) {
  try {
    await run("npm", args, cwd);
  } catch (error) {
    if (error.code === "ENOENT") throw new Unavailable("npm isn't there");
    const code = NOT_REACHED.exec(error.message)?.[1];
    if (code !== undefined) throw new Unavailable(`npm couldn't get what the editor for tests is made of (${code}): npm ${args.join(" ")}`);
    throw error;
  }
}

function run(program, args, cwd) {
  const quiet = {
    npm_config_fund: "false",
    npm_config_audit: "false",
    npm_config_update_notifier: "false",
    npm_config_fetch_retries: "1",
    npm_config_fetch_retry_mintimeout: "1000",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...quiet }, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    child.once("error", reject);
    child.once("close", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(" ")} ended with ${code ?? signal}: ${said.trim()}`)),
    );
  });
}

async function sha512(file) {
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest("base64")}`;
}
