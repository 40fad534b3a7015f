import assert from "node:assert/strict";
import type { LastingAction } from "../../engine/agent/actions.ts";
import { openAudit } from "../../engine/agent/audit.ts";
import { openCommandRecords } from "../../engine/agent/command-records.ts";
import { createCommands } from "../../engine/agent/commands.ts";
import { createReboot } from "../../engine/agent/reboot.ts";
import { runFiles } from "../../engine/agent/run-file.ts";
import { createTurn } from "../../engine/agent/turn.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const log = { info() {}, warn() {}, error() {} };

describe("commands that an agent goes on with, in a boot that was told to end", () => {
  for (const [boot, expected] of [
    ["boot-1", []],
    ["boot-2", ["install"]],
  ] as const)
    it(`begin ${expected.length === 0 ? "no install before the reboot" : "the install, as the machine has rebooted"}`, async () => {
      await using home = await temporaryDirectory();
      const clock = testClock();
      const records = await openCommandRecords(home.path, clock);
      // The install is the older one, and comes first in the folder, too.
      await records.start("cmd_1", "install");
      clock.advance(5);
      await records.start("cmd_2", "reboot");
      const isAnything = (_: unknown): _ is object => true;
      await runFiles(home.path, "reboots", isAnything).save("cmd_2", { bootId: "boot-1", askedAt: clock.now() });

      const turn = createTurn();
      const began: string[] = [];
      const asked: string[] = [];
      const install: LastingAction = {
        start: async () => null,
        async resume() {
          asked.push("install");
          using _ = await turn.take();
          began.push("install");
          return { value: null };
        },
      };
      const bootId = async () => {
        asked.push("boot");
        await new Promise((resolve) => setImmediate(resolve));
        return boot;
      };
      const reboot = createReboot({ stateDirectory: home.path, clock, turn, bootId, command: async () => ["false"], busy: async () => [] });
      const commands = await createCommands({
        ...{ records: await openCommandRecords(home.path, clock), actions: { install, reboot }, refusalOf: async () => undefined },
        ...{ audit: openAudit(home.path, { clock, log }), clock, log, onFinished() {} },
      });
      await eventually("both", () => asked.length === 2);
      if (expected.length > 0) await eventually("the install", () => began.length === 1);
      else for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(began, expected);
      await commands.stop();
    });
});
