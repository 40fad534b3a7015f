import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { RunwrightError } from "../../core/errors.ts";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import { keyOf, type PackageAdapter } from "./adapter.ts";
import { INSTALL, SEARCH } from "./windows-update-scripts.ts";
import { parseInstall, parseSearch, updateIdOf } from "./windows-update-text.ts";

/** Runs a script in PowerShell with JSON on its standard input. @returns what it wrote to its standard output @throws Error with its own words */
export type RunPowerShell = (script: string, input: object) => Promise<string>;

const BATCH_SIZE = UPDATES_AT_ONCE["windows-update"];
const BUSY_PAUSE_MS = 15_000;
/** A search takes minutes on a machine that hasn't been on for long; an install isn't ended. */
const SEARCH_MS = 30 * 60_000;

/**
 * The Windows Update Agent, through PowerShell as a local service (it refuses remote sessions). Unproven: written from Microsoft's documentation, never run on Windows.
 * The reboot that a waiting rename of files would need (PendingFileRenameOperations) isn't counted: antivirus updates leave such entries all the time.
 */
export function createWindowsUpdate({
  powerShell = runPowerShell,
  platform = process.platform,
}: {
  powerShell?: RunPowerShell;
  platform?: NodeJS.Platform;
} = {}): PackageAdapter {
  let stamp = 0;
  return {
    name: "windows-update",
    detect: async () => platform === "win32",
    // Windows tells no cheap sign of change: what this agent has installed is one.
    stamp: async () => `${stamp}`,
    inventory: async () => {
      try {
        return parseSearch(await powerShell(SEARCH, { online: false }));
      } catch (error) {
        const problems = [error instanceof Error ? error.message : String(error)];
        return { ...{ packageManager: "windows-update", listsUpdatedAt: null, rebootPending: false, rebootReasons: [] }, installed: [], updates: [], problems };
      }
    },
    change: {
      batchSize: BATCH_SIZE,
      async refresh() {
        await powerShell(SEARCH, { online: true }).catch((cause: Error) => {
          throw new RunwrightError("REPOSITORY_UNUSABLE", `Windows Update can't be searched: ${cause.message}`, { cause });
        });
      },
      repair: async () => [], // Windows mends what an interrupted install has left by itself, at the next start
      async install(updates, _options, context) {
        const ids = updates.map(({ version }) => updateIdOf(version));
        for (;;) {
          if (context.signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", "the install wasn't started any more");
          const done = parseInstall(await powerShell(INSTALL, { updateIds: ids }));
          stamp += 1;
          if (done.kind === "done") {
            const failed = updates.flatMap((update) => {
              const why = done.failed.get(updateIdOf(update.version));
              return why === undefined ? [] : [[keyOf(update), why] as const];
            });
            return { failed: new Map(failed) };
          }
          const waitedMs = context.lockWaitedMs ?? 0;
          if (waitedMs >= context.lockTimeoutMs)
            throw new RunwrightError("PACKAGE_MANAGER_BUSY", "another installation is under way on this machine, also after the wait");
          const pauseMs = Math.min(BUSY_PAUSE_MS, context.lockTimeoutMs - waitedMs);
          await delay(pauseMs, undefined, { signal: context.signal }).catch(() => {}); // aborted: the next round says so
          context.lockWaitedMs = waitedMs + pauseMs;
        }
      },
      async states(updates) {
        const { updates: missing } = parseSearch(await powerShell(SEARCH, { online: false }));
        const open = new Set(missing.map(({ candidateVersion }) => updateIdOf(candidateVersion)));
        return new Map(
          updates.filter(({ version }) => !open.has(updateIdOf(version))).map((update) => [keyOf(update), { version: update.version, whole: true }]),
        );
      },
    },
  };
}

const runPowerShell: RunPowerShell = (script, input) =>
  new Promise((resolve, reject) => {
    // The script goes in as an encoded command: no quoting is done, and nothing of the input is in it.
    const encoded = Buffer.from(script, "utf16le").toString("base64");
    const child = spawn("powershell.exe", ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand", encoded], { windowsHide: true });
    const limit = script === SEARCH ? setTimeout(() => child.kill(), SEARCH_MS) : undefined;
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr = `${stderr}${chunk}`.slice(-4_000);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      if (code === 0) resolve(stdout);
      else reject(new Error(`PowerShell ended with ${code}: ${stderr.trim().slice(0, 1_000)}`));
    });
    child.stdin.end(JSON.stringify(input));
  });
