import type { Clock } from "../../core/clock.ts";
import { RunwrightError } from "../../core/errors.ts";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { MissingUpdate } from "../../core/update.ts";
import { keyOf, type PackageAdapter } from "./adapter.ts";
import { changeRunner, type RunChange } from "./change-program.ts";
import type { RunProgram } from "./program.ts";

/**
 * `softwareupdate --list`, the only source that macOS has; two lines an update. Labels are what installs them.
 * @param text standard output; that there is nothing goes to standard error
 */
export function parseSoftwareUpdates(text: string): MissingUpdate[] {
  const updates: MissingUpdate[] = [];
  let label: string | undefined;
  for (const line of text.split("\n")) {
    const [, found] = /^\s*\* Label: (.+?)\s*$/.exec(line) ?? [];
    if (found !== undefined) {
      label = found;
      continue;
    }
    // A title may hold commas: what follows ", Version: " doesn't.
    const [, title, version, size, rest] = /^\s*Title: (.*), Version: ([^,]*), Size: (\d+)KiB,?(.*)$/.exec(line) ?? [];
    if (label === undefined || title === undefined) continue;
    updates.push({
      ...{ kind: "patch", name: label, title, architecture: "all", installedVersion: null, candidateVersion: version || label },
      // Apple names no classes: what it calls a security update, a response to one, or the system itself, which holds them.
      ...{ classification: /security|rapid response|^macOS /i.test(title) ? "security" : "other", severity: "unspecified" },
      ...{ origin: "Apple", held: false, phased: false, rebootBehaviour: /Action: restart/.test(rest ?? "") ? "always" : "never" },
      ...{ cves: [], advisories: [], sizeBytes: Number(size) * 1024 },
    });
    label = undefined;
  }
  return updates;
}

/** `system_profiler SPInstallHistoryDataType -json`: what was installed, newest last. */
export function parseInstallHistory(text: string): { name: string; version: string }[] {
  const value: unknown = JSON.parse(text);
  const rows = typeof value === "object" && value !== null && "SPInstallHistoryDataType" in value ? value.SPInstallHistoryDataType : [];
  const installed = new Map<string, { name: string; version: string }>();
  for (const row of Array.isArray(rows) ? rows : []) {
    if (typeof row?._name !== "string") continue;
    installed.set(row._name, {
      name: row._name,
      version: typeof row.install_version === "string" && row.install_version !== "" ? row.install_version : "unknown",
    });
  }
  return [...installed.values()];
}

/** macOS. Unproven: written from documentation, never run. On Apple silicon a system update wants the password of a volume owner, or device management: it then fails with Apple's words. */
export function createSoftwareUpdate({
  run,
  clock,
  change = changeRunner(),
  platform = process.platform,
}: {
  run: RunProgram;
  clock: Pick<Clock, "now">;
  change?: RunChange;
  platform?: NodeJS.Platform;
}): PackageAdapter {
  const list = async (...more: string[]) => parseSoftwareUpdates(await run("softwareupdate", ["--list", ...more]));
  return {
    name: "softwareupdate",
    detect: async () => platform === "darwin",
    stamp: async () => "",
    async inventory() {
      const problems: string[] = [];
      const ask = <T>(fallback: T, answer: Promise<T>): Promise<T> =>
        answer.catch((error: Error) => {
          problems.push(error.message);
          return fallback;
        });
      const [updates, history] = await Promise.all([
        ask([], list()),
        ask([], run("system_profiler", ["SPInstallHistoryDataType", "-json"]).then(parseInstallHistory)),
      ]);
      return {
        ...{ packageManager: "softwareupdate", listsUpdatedAt: problems.length > 0 ? null : clock.now() },
        ...{ rebootPending: false, rebootReasons: [], updates, problems },
        installed: history.map((one) => ({ ...one, architecture: "all", held: false })),
      };
    },
    change: {
      batchSize: UPDATES_AT_ONCE.softwareupdate, // each is judged by its own exit code
      async refresh() {
        await list().catch((cause: Error) => {
          throw new RunwrightError("REPOSITORY_UNUSABLE", `Apple's updates can't be listed: ${cause.message}`, { cause });
        });
      },
      repair: async () => [],
      async install([update], _options, context) {
        if (update === undefined) return { failed: new Map() };
        const { exitCode, output } = await change({ file: "softwareupdate", args: ["--install", "--agree-to-license", "--", update.name] }, context.logFile);
        const left = (await list("--no-scan")).some(({ name }) => name === update.name);
        const why = exitCode !== 0 || left ? output.trim().split("\n").slice(-3).join("; ") || "it is still offered" : undefined;
        return { failed: new Map(why === undefined ? [] : [[keyOf(update), why]]) };
      },
    },
  };
}
