import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { PackageAdapter } from "./adapter.ts";
import { aptInstall } from "./apt-install.ts";
import { aptReport } from "./apt-list.ts";
import { aptRefresh } from "./apt-refresh.ts";
import { aptRepair } from "./apt-repair.ts";
import { aptObstacles, aptRollback } from "./apt-rollback.ts";
import { changeRunner, type RunChange } from "./change-program.ts";
import { askDpkg, byName, statesOf } from "./dpkg-states.ts";
import type { RunProgram } from "./program.ts";

/** A batch ends before a window's end or a cancellation is looked at again; each costs apt about a second to begin. */
const BATCH_SIZE = UPDATES_AT_ONCE.apt;

/**
 * Debian, Ubuntu and their like.
 * @param root where the machine's files are; tests have theirs elsewhere
 */
export function createApt({
  run,
  clock,
  change = changeRunner(),
  root = "/",
  lockPauseMs = 1_000,
}: {
  run: RunProgram;
  clock: Pick<Clock, "now">;
  change?: RunChange;
  root?: string;
  lockPauseMs?: number;
}): PackageAdapter {
  const parts = { run, change, root, lockPauseMs };
  const stateFile = join(root, "var/lib/dpkg/status");
  return {
    name: "apt",
    detect: async () => (await exists(stateFile)) && run("apt-get", ["--version"]).then(Boolean, () => false),
    stamp: async () =>
      stat(stateFile).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => "",
      ),
    inventory: () => aptReport({ run, root, clock }),
    change: {
      batchSize: BATCH_SIZE,
      refresh: (context) => aptRefresh(parts, context),
      repair: (context) => aptRepair(parts, context),
      states: async (updates) => statesOf(byName(await askDpkg(run)), updates),
      install: (updates, options, context) => aptInstall(parts, updates, options, context),
      rollback: {
        obstacles: (updates) => aptObstacles(parts, updates),
        install: (updates, options, context) => aptRollback(parts, updates, options, context),
      },
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
