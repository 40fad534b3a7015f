import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageAdapter } from "./adapter.ts";
import { changeRunner, type RunChange } from "./change-program.ts";
import { dnfChanges } from "./dnf-change.ts";
import { type DnfDialect, dialectOf } from "./dnf-dialect.ts";
import { dnfReport } from "./dnf-list.ts";
import { parseDnfGeneration, readMainSetting } from "./dnf-text.ts";
import type { RunProgram } from "./program.ts";
import { rpmStamp } from "./rpm-database.ts";

/**
 * Red Hat's distributions, Fedora and their like. `yum` is dnf there; yum 3 (CentOS 7) isn't supported.
 * @param root where the machine's files are; tests have theirs elsewhere
 */
export function createDnf({
  run,
  change = changeRunner(),
  root = "/",
  lockPauseMs = 1_000,
}: {
  run: RunProgram;
  change?: RunChange;
  root?: string;
  lockPauseMs?: number;
}): PackageAdapter {
  let known: Promise<DnfDialect> | undefined;
  const setting = async (key: string) => readMainSetting(await readFile(join(root, "etc/dnf/dnf.conf"), "utf8").catch(() => ""), key);
  const dialect = async (): Promise<DnfDialect> => {
    known ??= run("dnf", ["--version"]).then(
      (text) => dialectOf(parseDnfGeneration(text) ?? 4),
      () => dialectOf(4), // whatever is asked next says why
    );
    const found = await known;
    return { ...found, cacheDirectory: (await setting("cachedir")) || found.cacheDirectory };
  };
  const configured = async () => ((await setting("installonlypkgs")) ?? "").split(/[\s,]+/).filter(Boolean);
  return {
    name: "dnf",
    detect: async () =>
      (await rpmStamp(root)) !== "" &&
      run("dnf", ["--version"]).then(
        (text) => parseDnfGeneration(text) !== undefined,
        () => false,
      ),
    stamp: () => rpmStamp(root),
    inventory: async () => dnfReport({ run, root, dialect: await dialect() }),
    change: dnfChanges({ run, change, root, lockPauseMs }, { dialect, configured }),
  };
}
