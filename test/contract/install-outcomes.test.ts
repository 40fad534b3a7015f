import assert from "node:assert/strict";
import type { InstallStatus } from "../../engine/core/install.ts";
import type { InstallRecord } from "../../engine/store/records/installs.ts";
import type { Store } from "../../engine/store/store.ts";
import { aMachine } from "./rows.ts";
import { withEachStore } from "./stores.ts";

const DAY = 86_400_000;

describe("records of what became of installs", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.stop());

    const install = (
      commandId: string,
      machineId: string,
      startedAt: number,
      statuses: readonly InstallStatus[],
      action: InstallRecord["action"] = "install",
    ) =>
      store.write((tx) =>
        tx.installs.put({
          ...{ commandId, machineId, action, jobId: null, packageManager: "apt", startedAt, endedAt: startedAt, rebootPending: false, resumed: 0 },
          ...{ repairs: [], logFile: "" },
          updates: statuses.map((status, i) => ({
            ...{ name: `p${i}`, architecture: "amd64", version: "2", fromVersion: "1", status, message: "", startedAt: null, endedAt: null },
          })),
        }),
      );

    it("are counted by machine, day and status, in these scopes and since then", async () => {
      await store.write(async (tx) => {
        await tx.machines.insert(aMachine({ id: "mch_1", name: "web1", scope: "/prod/web" }));
        await tx.machines.insert(aMachine({ id: "mch_2", name: "db1", scope: "/test" }));
        await tx.machines.insert(aMachine({ id: "mch_3", name: "gone", scope: "/prod", removedAt: 1 }));
      });
      await install("c1", "mch_1", 20_000 * DAY, ["Succeeded", "Succeeded", "Failed"]);
      await install("c2", "mch_1", 20_001 * DAY - 1, ["Succeeded"]);
      await install("c3", "mch_1", 20_001 * DAY, ["Failed", "Cancelled"]);
      await install("c4", "mch_1", 19_999 * DAY, ["Failed"]);
      await install("c5", "mch_2", 20_000 * DAY, ["Failed"]);
      await install("c6", "mch_3", 20_000 * DAY, ["Failed"]);
      await install("c7", "mch_1", 20_000 * DAY, ["Failed"], "rollback");
      const { outcomes, failures } = store.read.installs;
      const question = { scopes: ["/prod"], from: 20_000 * DAY };
      const sorted = (await outcomes(question)).map(({ machine, day, status, count }) => `${machine} ${day} ${status} ${count}`).sort();
      assert.deepEqual(sorted, ["web1 20000 Failed 1", "web1 20000 Succeeded 3", "web1 20001 Cancelled 1", "web1 20001 Failed 1"]);
      assert.deepEqual((await failures(question)).map(({ machine, name, count }) => `${machine} ${name} ${count}`).sort(), ["web1 p0 1", "web1 p2 1"]);
      assert.deepEqual(await outcomes({ scopes: [], from: 0 }), []);
    });
  });
});
