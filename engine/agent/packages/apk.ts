import { stat } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../../core/errors.ts";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { InstalledPackage, MissingUpdate } from "../../core/update.ts";
import { keyOf, type PackageAdapter, type PackageReport } from "./adapter.ts";
import { changeRunner, type RunChange } from "./change-program.ts";
import { oldestOf } from "./oldest-file.ts";
import type { RunProgram } from "./program.ts";
import { replacedKernel } from "./replaced-kernel.ts";

const NAME = /^[a-z0-9][a-z0-9+._-]*$/i;
/** `NAME-VERSION ARCH {ORIGIN} (LICENCE) [STATE]`; a version ends in `-rN`, and a name may have dashes and digits. */
const LINE = /^(.+)-([^-\s]+-r\d+) (\S+) \{([^}]*)\} \(.*\) \[(.+)\]$/;

/** `apk list --installed` (apk-list(8)). Odd lines are passed over and counted. */
export function parseApkInstalled(text: string): { installed: InstalledPackage[]; odd: number } {
  let odd = 0;
  const installed = lines(text).flatMap((line): InstalledPackage[] => {
    const [, name, version, architecture, origin] = LINE.exec(line) ?? [];
    if (name === undefined || version === undefined || architecture === undefined) {
      odd += 1;
      return [];
    }
    return [{ name, architecture, version, held: false, ...(origin && origin !== name ? { source: { name: origin, version } } : {}) }];
  });
  return { installed, odd };
}

/** `apk list --upgradable`. */
export function parseApkUpgradable(text: string): MissingUpdate[] {
  return lines(text).flatMap((line): MissingUpdate[] => {
    const [, name, version, architecture, , state] = LINE.exec(line) ?? [];
    const [, from] = /^upgradable from: .+-([^-\s]+-r\d+)$/.exec(state ?? "") ?? [];
    if (name === undefined || version === undefined || architecture === undefined || from === undefined) return [];
    return [
      {
        ...{ kind: "package", name, architecture, installedVersion: from, candidateVersion: version },
        ...{ classification: "other", severity: "unspecified", origin: "Alpine", held: false, phased: false }, // its lists know no security class: imported data does
        ...{ rebootBehaviour: /^linux-/.test(name) ? "always" : "unknown", cves: [], advisories: [] },
      },
    ];
  });
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("WARNING:"));

/** Alpine. Unproven: written from documentation and public samples. @param root where the machine's files are */
export function createApk({ run, change = changeRunner(), root = "/" }: { run: RunProgram; change?: RunChange; root?: string }): PackageAdapter {
  const database = join(root, "lib/apk/db/installed");
  const installedNow = async () => parseApkInstalled(await run("apk", ["list", "--installed"])).installed;
  return {
    name: "apk",
    detect: async () => (await stampOf(database)) !== "" && run("apk", ["--version"]).then(Boolean, () => false),
    stamp: () => stampOf(database),
    async inventory(): Promise<PackageReport> {
      const problems: string[] = [];
      const ask = async (...args: string[]): Promise<string> =>
        run("apk", args).catch((error: Error) => {
          problems.push(error.message);
          return "";
        });
      const { installed, odd } = parseApkInstalled(await ask("list", "--installed"));
      if (installed.length === 0) problems.push("apk knows no installed package");
      if (odd > 0) problems.push(`apk lists ${odd} packages that can't be understood`);
      const updates = parseApkUpgradable(await ask("list", "--upgradable"));
      const listsUpdatedAt = await oldestOf(join(root, "var/cache/apk"), /^APKINDEX\..*\.tar\.gz$/);
      const rebootReasons = await replacedKernel(root);
      return { packageManager: "apk", listsUpdatedAt, rebootPending: rebootReasons.length > 0, rebootReasons, installed, updates, problems };
    },
    change: {
      batchSize: UPDATES_AT_ONCE.apk,
      async refresh({ logFile, lockTimeoutMs }) {
        const { exitCode, output } = await change({ file: "apk", args: [...wait(lockTimeoutMs), "update"] }, logFile);
        busy(output);
        // It ends with 0, too, when an index is missing.
        if (exitCode !== 0 || /^(?:ERROR|WARNING): .*(?:fetch|index|UNTRUSTED|BAD signature)/im.test(output))
          throw new RunwrightError("REPOSITORY_UNUSABLE", last(output));
      },
      async repair({ logFile, lockTimeoutMs }) {
        const audit = await run("apk", ["fix", "--simulate"]).catch(() => "");
        if (!/Reinstalling|Installing/.test(audit)) return [];
        const { exitCode, output } = await change({ file: "apk", args: [...wait(lockTimeoutMs), "fix"] }, logFile);
        busy(output);
        if (exitCode !== 0) throw new RunwrightError("REPAIR_FAILED", last(output));
        return ["apk fix put right what an interrupted run had left"];
      },
      async states(updates) {
        const versions = new Map((await installedNow()).map((one) => [keyOf(one), one.version]));
        return new Map(
          updates.flatMap((update) =>
            [versions.get(keyOf(update))].flatMap((version) => (version === undefined ? [] : [[keyOf(update), { version, whole: true }] as const])),
          ),
        );
      },
      async install(updates, _options, { logFile, lockTimeoutMs }) {
        // Not NAME=VERSION: that would pin it in /etc/apk/world. So what is offered must be what was chosen.
        const offered = new Map(parseApkUpgradable(await run("apk", ["list", "--upgradable"])).map((one) => [keyOf(one), one.candidateVersion]));
        const failed = new Map<string, string>();
        const chosen = updates.filter((update) => {
          const now = offered.get(keyOf(update));
          if (NAME.test(update.name) && now === update.version) return true;
          failed.set(keyOf(update), now === undefined ? "it isn't offered" : `now ${now} is offered`);
          return false;
        });
        if (chosen.length === 0) return { failed };
        const { output } = await change({ file: "apk", args: [...wait(lockTimeoutMs), "add", "--upgrade", ...chosen.map(({ name }) => name)] }, logFile);
        busy(output);
        const after = new Map((await installedNow()).map((one) => [keyOf(one), one.version]));
        for (const update of chosen) if (after.get(keyOf(update)) !== update.version) failed.set(keyOf(update), last(output));
        return { failed };
      },
    },
  };
}

const wait = (lockTimeoutMs: number): string[] => ["--no-progress", "--wait", `${Math.ceil(lockTimeoutMs / 1_000)}`];
const last = (output: string): string => output.trim().split("\n").slice(-3).join("; ").slice(0, 1_000);
function busy(output: string): void {
  if (/Unable to lock database/.test(output)) throw new RunwrightError("PACKAGE_MANAGER_BUSY", "another program uses apk, also after the wait");
}

const stampOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => "",
  );
