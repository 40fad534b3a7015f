import assert from "node:assert/strict";
import type { RebootMode } from "../../../engine/core/deploy/plan.ts";
import { updatesAtOnce } from "../../../engine/core/install.ts";
import { fittingNow, rebootTakes, startWithin } from "../../../engine/updates/rollout/fitting.ts";
import { aCommand } from "../../contract/rows.ts";
import { MINUTE, planned, world } from "./world.ts";

const WINDOW = { opensAt: 0, closesAt: 90 * MINUTE, reserveFrom: 70 * MINUTE };
const update = (minutes: number, reboot: "never" | "always" = "never", name = "bash") =>
  planned(name, { reboot, expected: { p50: minutes * MINUTE, p95: minutes * MINUTE, basis: "update", samples: 9 } });

describe("how long a machine may begin with updates", () => {
  const of = (updates: readonly ReturnType<typeof update>[], { mode = "ifRequired", atOnce = 5 }: { mode?: RebootMode; atOnce?: number } = {}) =>
    startWithin(updates, WINDOW, { now: 0, mode, atOnce }) / MINUTE;

  it("goes by what each needs to end in time, the first one too: it may have to wait for a lock", () => {
    assert.equal(of([update(60)], { atOnce: 1 }), 30);
    assert.equal(of([update(60), update(1)], { atOnce: 1 }), 30);
    assert.equal(of([update(1), update(60)], { atOnce: 1 }), 30);
  });

  it("counts what comes before an update in the same call of the package manager, and not what has ended before that", () => {
    const ten = Array.from({ length: 10 }, () => update(8));
    assert.equal(of(ten, { atOnce: 1 }), 82);
    assert.equal(of(ten, { atOnce: 5 }), 50);
    assert.equal(of(ten, { atOnce: Number.POSITIVE_INFINITY }), 10);
  });

  it("keeps the reserve free before what may need a reboot, unless the window makes none", () => {
    assert.equal(of([update(10, "always"), update(1)]), 60);
    assert.equal(of([update(10, "always"), update(1)], { mode: "never" }), 79);
  });

  it("never lets an update begin that would end too late, whenever its batch begins until then", () => {
    const updates = Array.from({ length: 40 }, (_, i) => update(1 + ((i * 7) % 5), i % 3 === 0 ? "always" : "never", `p${i}`));
    const fitting = fittingNow({ updates }, WINDOW, 0, "ifRequired");
    for (const atOnce of [1, 3, 5]) {
      const last = startWithin(fitting, WINDOW, { now: 0, mode: "ifRequired", atOnce });
      for (let from = 0; from < fitting.length; from++) {
        let at = last;
        for (const { expected, reboot } of fitting.slice(from, from + atOnce)) {
          at += expected.p95;
          assert.ok(at <= (reboot === "never" ? WINDOW.closesAt : WINDOW.reserveFrom), `${from} of ${atOnce}`);
        }
      }
    }
  });

  it("takes all to be one call where the package manager isn't known", () => {
    assert.deepEqual(["apt", "pacman", "toString", undefined].map(updatesAtOnce), [5, 10_000, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

it("what a reboot takes goes by the machine's earlier ones, also of one that nobody has expected", async () => {
  const w = await world();
  try {
    await w.deploy(["web1"]);
    assert.equal(await rebootTakes(w.store.read, "web1"), 10 * MINUTE);
    for (const [i, minutes] of [20, 22, 21, 24, 23].entries()) {
      const [id, deploymentId] = [`cmd_${i}`, `dpl_old${i}`];
      const command = aCommand({ id, machineId: "web1", action: "reboot", status: "completed", createdAt: 0, acknowledgedAt: 0, endedAt: minutes * MINUTE });
      await w.deploy(["web1"], { id: deploymentId, status: "succeeded" });
      await w.store.write(async (tx) => {
        await tx.commands.insert(command);
        await tx.deployments.patchMachine({ deploymentId, machineId: "web1" }, { rebootCommand: id, rebootState: "Completed" });
      });
    }
    assert.equal(await rebootTakes(w.store.read, "web1"), 24 * MINUTE);
    w.scripts.set("web1", { install: () => ({ rebootPending: true }) });
    await w.rollout.begin(w.call(), "web1");
    await w.rollout.install(w.call(), "web1");
    w.clock.advance({ minutes: 97 });
    const permit = await w.rollout.askReboot(w.call(), "web1");
    assert.equal(permit.go || permit.message, "no time is left in the window for its reboot");
  } finally {
    await w.stop();
  }
});
