import { spawn } from "node:child_process";
import { RunwrightError } from "../core/errors.ts";

/** Where nothing is configured. Those of Windows and macOS are taken from documentation and unproven. */
const DEFAULTS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  win32: ["shutdown", "/r", "/t", "0"],
  darwin: ["shutdown", "-r", "now"],
};
export const defaultRebootCommand = (platform: NodeJS.Platform = process.platform): readonly string[] => DEFAULTS[platform] ?? ["systemctl", "reboot"];

const KEPT = 2_000;
const DRAIN_MS = 500;
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" };

/**
 * Resolves when the command says that the machine goes down, or was itself ended by that.
 * @throws REBOOT_FAILED with the command's own words
 */
export function runRebootCommand([file = "", ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(
        new RunwrightError("REBOOT_FAILED", `"${[file, ...args].join(" ")}" ${why}; the machine's policy can name another one (rebootCommand)`, { cause }),
      );
    const windows = process.platform === "win32";
    const child = spawn(file, args, { ...(windows ? {} : { env: ENVIRONMENT }), detached: !windows, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
    // An agent that is stopped meanwhile, as the machine goes down, isn't kept from it.
    for (const one of [child, child.stdout, child.stderr]) if ("unref" in one && typeof one.unref === "function") one.unref();
    let said = "";
    const listen = (bytes: Buffer) => {
      said = (said + bytes).slice(-KEPT);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", (cause) => fail(`can't be started: ${cause.message}`, cause));
    child.once("exit", (exitCode) => {
      if (exitCode === null || exitCode === 0) return resolve();
      const tell = () => fail(`ended with ${exitCode}: ${said.trim()}`);
      child.once("close", tell);
      setTimeout(tell, DRAIN_MS); // what it has left running may hold its pipes open
    });
  });
}
