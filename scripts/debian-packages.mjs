// Programs of Debian that tests of the real package managers and the demo need. As root on Debian or Ubuntu they are installed; elsewhere those tests are skipped, with a reason.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** From the program that a test looks for to the package that brings it. */
const PROGRAMS = { rpm: "rpm", rpmbuild: "rpm", createrepo_c: "createrepo-c", dnf: "dnf", zypper: "zypper" };

const isThere = (program) =>
  ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this one
    }
  });

/**
 * Never prompts, never removes a package, never throws: what can't be installed is said, and whoever needs it finds out.
 * @param {{ programs?: Readonly<Record<string, string>>, purpose?: string, log?: (line: string) => void }} options
 */
export function installDebianPackages({
  programs = PROGRAMS,
  purpose = "tests of the real package managers",
  log = (line) => console.log(`[set-up] ${line}`),
} = {}) {
  const missing = [...new Set(Object.entries(programs).flatMap(([program, name]) => (isThere(program) ? [] : [name])))];
  if (missing.length === 0 || process.getuid?.() !== 0 || !isThere("apt-get")) return;
  log(`installing ${missing.join(", ")} for ${purpose} (about half a minute)`);
  const options = ["-y", "-q", "--no-install-recommends", "--no-remove", "-o", "DPkg::Lock::Timeout=120"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const aptGet = (...args) => spawnSync("apt-get", args, { env, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  // Lists may be old or missing, as in a fresh container; fetching them takes longer than what is installed.
  let result = aptGet("install", ...options, ...missing);
  if (result.status !== 0) {
    aptGet("update", "-q");
    result = aptGet("install", ...options, ...missing);
  }
  if (result.status !== 0) log(`they can't be installed, so ${purpose} can't use them: ${(result.stderr ?? "").trim().split("\n").slice(-3).join("; ")}`);
}
