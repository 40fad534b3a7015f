import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "./eventually.ts";

const ON_HOST = join(import.meta.dirname, "../lab/on-host.sh");
const PROJECT = join(import.meta.dirname, "../..");

/** Whether on-host.sh could lay a file system over this machine's: as root, or where the kernel lets users make namespaces. */
export const canMount = (): boolean => {
  const namespaces = ["--mount", "--uts", "--ipc", "--pid", "--fork", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"])];
  const attempt =
    'd=$(mktemp -d) && mkdir "$d/u" "$d/w" "$d/m" && mount -t overlay o -o "lowerdir=/usr,upperdir=$d/u,workdir=$d/w" "$d/m"; s=$?; umount "$d/m"; rm -rf "$d"; exit $s';
  return spawnSync("unshare", [...namespaces, "bash", "-c", attempt], { stdio: "ignore" }).status === 0;
};

/** A host of the lab that runs: with a root, processes, a boot id and a `/run` of its own. */
export interface Machine {
  /** Resolves when its output matches. @throws when it ends without */
  until(pattern: RegExp): Promise<void>;
  /** How it ended: 129 after a reboot. */
  ended: Promise<number | null>;
  /** Kills every process of it at once; the next start is a boot. */
  powerCut(): Promise<void>;
}

/**
 * Starts a host with this program as its first one; it reads this project and the Node that runs the tests under their own paths.
 * @param start `boot`: `/run` is empty and the boot id new; `wake`: it goes on as it was left
 */
export function startMachine(
  directory: string,
  argv: readonly string[],
  { start, binds = [] }: { start: "boot" | "wake"; binds?: readonly string[] },
): Machine {
  const shown = [...binds, PROJECT, dirname(process.execPath)].filter((path) => existsSync(path) && !path.startsWith("/usr/"));
  const options = ["-m", "overlay", ...(start === "boot" ? ["-B"] : []), ...shown.flatMap((path) => ["-b", path])];
  const child: ChildProcess = spawn("bash", [ON_HOST, ...options, directory, "--", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close").then(([code]) => code as number | null);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  return {
    ended,
    async until(pattern) {
      await eventually(`${pattern}`, () => pattern.test(output) || child.exitCode !== null, 30_000);
      if (!pattern.test(output)) throw new Error(`the machine ended without ${pattern}: ${output}`);
    },
    async powerCut() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
