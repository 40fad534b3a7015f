import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Boundary, type Command, SYSTEM_PATH } from "./boundary.ts";
import { type RunnerCode, runnerCode } from "./runner-code.ts";

/** Everything that a runner reads: its own code, the addon, and the file by which node-gyp-build tells musl from glibc. */
export function readablePaths(code: RunnerCode = runnerCode()): string[] {
  const require = createRequire(import.meta.url);
  const addon = dirname(require.resolve("isolated-vm/package.json"));
  const loader = dirname(createRequire(join(addon, "package.json")).resolve("node-gyp-build/package.json"));
  return [...code.readable, realpathSync(addon), realpathSync(loader), "/etc/alpine-release"];
}

/**
 * How a runner is started: no snapshot (isolated-vm needs that), no files but its own, no network, no child processes, no environment but zone and
 * language, which must not be those of this computer: guest code sees them. V8's optimizing compiler is off (`--no-opt`; Maglev stays): it drops the check for
 * interrupts from loops such as `for (;;) list = new Array(100)`, which then can't be ended (seen with V8 14.6), and most escapes from V8 went through it.
 */
export function runnerCommand(boundary: Boundary, slot: number, { covers = false, debug = false } = {}): Command {
  const code = runnerCode();
  const readable = readablePaths(code);
  const flags = [
    "--no-node-snapshot",
    "--no-opt",
    ...(covers ? ["--allow-natives-syntax"] : []),
    "--permission",
    "--allow-addons",
    ...readable.map((path) => `--allow-fs-read=${path}`),
  ];
  const command = {
    program: realpathSync(process.execPath),
    args: [...flags, "--disable-warning=SecurityWarning", code.entry, ...(covers ? ["covers"] : []), ...(debug ? ["debug"] : [])],
    env: { PATH: SYSTEM_PATH, TZ: "UTC", LC_ALL: "en_US.UTF-8" },
  };
  return boundary.wrap(command, readable, slot);
}
