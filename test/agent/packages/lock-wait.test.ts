import assert from "node:assert/strict";
import type { ChangeContext } from "../../../engine/agent/packages/adapter.ts";
import * as apt from "../../../engine/agent/packages/apt-command.ts";
import type { RunChange } from "../../../engine/agent/packages/change-program.ts";
import * as rpm from "../../../engine/agent/packages/rpm-command.ts";
import { blockingZypper } from "../../../engine/agent/packages/zypper.ts";
import { code } from "../command-rig.ts";

const PROGRAM = { file: "true", args: [] };
const never = async () => {
  throw new Error("nothing is asked");
};

/** What a program says that found a lock, and how each package manager is run until it doesn't. */
const managers = {
  apt: {
    exit: { exitCode: 100, output: "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4242 (unattended-upgr)\n" },
    run: (change: RunChange, context: ChangeContext) => apt.whenUnlocked({ change, run: never, root: "/nowhere", lockPauseMs: 2 }, PROGRAM, context),
  },
  zypper: {
    exit: { exitCode: 7, output: "System management is locked by the application with pid 4242 (zypper).\n" },
    run: (change: RunChange, context: ChangeContext) => {
      const frontEnd = { blockedBy: blockingZypper, locks: [], writes: [], severalVersions: [] } as unknown as rpm.FrontEnd;
      return rpm.whenUnlocked({ change, run: never, root: "/nowhere", lockPauseMs: 2, frontEnd }, PROGRAM, context);
    },
  },
};

describe("waiting for the lock of a package manager", () => {
  for (const [name, { exit, run }] of Object.entries(managers)) {
    it(`has one budget for all that is done with a context: ${name}`, async () => {
      const context: ChangeContext = { signal: new AbortController().signal, log: () => {}, logFile: "/dev/null", lockTimeoutMs: 20 };
      let tries = 0;
      const lockedFor = (times: number): RunChange => {
        let left = times;
        return async () => {
          tries++;
          return left-- > 0 ? exit : { exitCode: 0, output: "" };
        };
      };
      await run(lockedFor(6), context);
      assert.deepEqual([tries, context.lockWaitedMs], [7, 12]);
      tries = 0;
      await assert.rejects(run(lockedFor(100), context), code("PACKAGE_MANAGER_BUSY", /process 4242\) uses the package manager, also after 0\.02 s/));
      assert.equal(tries, 5);
      tries = 0;
      await assert.rejects(run(lockedFor(100), context), code("PACKAGE_MANAGER_BUSY"));
      assert.equal(tries, 1, "it waited anew");
    });
  }
});
