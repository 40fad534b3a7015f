import { stat } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../../core/errors.ts";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { MissingUpdate } from "../../core/update.ts";
import { keyOf, type PackageAdapter, type PackageReport } from "./adapter.ts";
import { changeRunner, type RunChange } from "./change-program.ts";
import { oldestOf } from "./oldest-file.ts";
import type { RunProgram } from "./program.ts";
import { replacedKernel } from "./replaced-kernel.ts";

/** `pacman -Q`: `NAME VERSION`. */
export const parsePacmanInstalled = (text: string): { name: string; version: string }[] =>
  text.split("\n").flatMap((line) => {
    const [, name, version] = /^(\S+) (\S+)$/.exec(line) ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version }];
  });

/** `pacman -Qu`: `NAME OLD -> NEW`, and `[ignored]` for what the machine's owner holds back (IgnorePkg). */
export function parsePacmanUpdates(text: string): MissingUpdate[] {
  return text.split("\n").flatMap((line): MissingUpdate[] => {
    const [, name, installedVersion, candidateVersion, ignored] = /^(\S+) (\S+) -> (\S+)( \[ignored\])?$/.exec(line) ?? [];
    if (name === undefined || installedVersion === undefined || candidateVersion === undefined) return [];
    return [
      {
        ...{ kind: "package", name, architecture: ARCHITECTURE, installedVersion, candidateVersion },
        ...{ classification: "other", severity: "unspecified", origin: "Arch Linux", held: ignored !== undefined, phased: false },
        ...{ rebootBehaviour: /^linux(?:-(?:lts|zen|hardened|rt))?$/.test(name) ? "always" : "unknown", cves: [], advisories: [] },
      },
    ];
  });
}

/** pacman's lists name none, and a machine has one. */
const ARCHITECTURE = "any";
const PARTIAL = "Arch Linux supports no partial upgrades: all that is offered must be approved together";

/** Arch Linux. Lists were captured from pacman 6; installing is unproven. @param root where the machine's files are */
export function createPacman({ run, change = changeRunner(), root = "/" }: { run: RunProgram; change?: RunChange; root?: string }): PackageAdapter {
  const local = join(root, "var/lib/pacman/local");
  const lock = join(root, "var/lib/pacman/db.lck");
  // It ends with 1 when there is nothing.
  const offered = async () => parsePacmanUpdates(await run("sh", ["-c", "pacman -Qu || [ $? = 1 ]"]));
  const installedNow = async () => parsePacmanInstalled(await run("pacman", ["-Q"]));
  /** The lock is a file that stays after a crash, and nobody knows whose it is: it is never removed. */
  async function unlocked(): Promise<void> {
    if ((await stampOf(lock)) !== "")
      throw new RunwrightError("PACKAGE_MANAGER_BUSY", `${lock} is there: pacman runs, or was killed; remove the file when it doesn't`);
  }
  return {
    name: "pacman",
    detect: async () => (await stampOf(local)) !== "" && run("pacman", ["--version"]).then(Boolean, () => false),
    stamp: () => stampOf(local),
    async inventory(): Promise<PackageReport> {
      const problems: string[] = [];
      const ask = async <T>(fallback: T, question: () => Promise<T>): Promise<T> =>
        question().catch((error: Error) => {
          problems.push(error.message);
          return fallback;
        });
      const installed = await ask([], installedNow);
      if (installed.length === 0) problems.push("pacman knows no installed package");
      const updates = await ask([], offered);
      const held = new Set(updates.filter((one) => one.held).map(({ name }) => name));
      const listsUpdatedAt = await oldestOf(join(root, "var/lib/pacman/sync"), /\.db$/);
      const rebootReasons = await replacedKernel(root);
      return {
        ...{ packageManager: "pacman", listsUpdatedAt, rebootPending: rebootReasons.length > 0, rebootReasons, updates, problems },
        installed: installed.map((one) => ({ ...one, architecture: ARCHITECTURE, held: held.has(one.name) })),
      };
    },
    change: {
      batchSize: UPDATES_AT_ONCE.pacman, // all at once, or none
      async refresh({ logFile }) {
        await unlocked();
        const { exitCode, output } = await change({ file: "pacman", args: ["-Sy", "--noconfirm", "--noprogressbar"] }, logFile);
        if (exitCode !== 0) throw new RunwrightError("REPOSITORY_UNUSABLE", last(output));
      },
      async repair() {
        await unlocked();
        return [];
      },
      async states(updates) {
        const versions = new Map((await installedNow()).map(({ name, version }) => [name, version]));
        return new Map(
          updates.flatMap((update) =>
            [versions.get(update.name)].flatMap((version) => (version === undefined ? [] : [[keyOf(update), { version, whole: true }] as const])),
          ),
        );
      },
      async install(updates, _options, { logFile }) {
        const chosen = new Map(updates.map((update) => [update.name, update]));
        const wanted = (await offered()).filter((one) => !one.held);
        const differs = wanted.some((one) => chosen.get(one.name)?.version !== one.candidateVersion) || wanted.length !== chosen.size;
        if (differs) return { failed: new Map(updates.map((update) => [keyOf(update), PARTIAL])) };
        const { output } = await change({ file: "pacman", args: ["-Su", "--noconfirm", "--noprogressbar"] }, logFile);
        const after = new Map((await installedNow()).map(({ name, version }) => [name, version]));
        return { failed: new Map(updates.filter((update) => after.get(update.name) !== update.version).map((update) => [keyOf(update), last(output)])) };
      },
    },
  };
}

const last = (output: string): string => output.trim().split("\n").slice(-3).join("; ").slice(0, 1_000);
const stampOf = (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => "",
  );
