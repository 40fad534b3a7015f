import type { Clock } from "../../core/clock.ts";
import type { PackageAdapter } from "./adapter.ts";
import { createApk } from "./apk.ts";
import { createApt } from "./apt.ts";
import { createDnf } from "./dnf.ts";
import { createPacman } from "./pacman.ts";
import { programRunner } from "./program.ts";
import { createSoftwareUpdate } from "./softwareupdate.ts";
import { createWindowsUpdate } from "./windows-update.ts";
import { createZypper, ZYPPER_READS } from "./zypper.ts";

/** Every package manager that an agent knows. The first that keeps the machine counts: on SUSE dnf may be there beside zypper, on Debian rpm beside apt. */
export const knownAdapters = (clock: Pick<Clock, "now">): PackageAdapter[] => {
  const run = programRunner();
  return [
    createWindowsUpdate(),
    createSoftwareUpdate({ run: programRunner({}, 30 * 60_000), clock }), // its search takes minutes
    createApt({ run, clock }),
    createZypper({ run: programRunner(ZYPPER_READS) }),
    createDnf({ run }),
    createApk({ run }),
    createPacman({ run }),
  ];
};
