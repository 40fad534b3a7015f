import assert from "node:assert/strict";
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInstall } from "../../engine/agent/install.ts";
import type { PackageAdapter } from "../../engine/agent/packages/adapter.ts";
import { createTurn } from "../../engine/agent/turn.ts";
import { systemClock } from "../../engine/clock.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { outcomes, packages } from "./install-rig.ts";
import { aptOn } from "./packages/apt-rig.ts";

const CHOSEN = packages("lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005", "lab-pkg-006", "lab-held");
const FATES = CHOSEN.map(({ name }) => `${name} ${name === "lab-held" ? "Failed" : "Succeeded"}`);

describe("an install whose machine is gone between any two things that it does", function () {
  this.timeout(180_000);
  const lab = useAptLab();
  let host: LabHost;
  let home: TemporaryDirectory;
  beforeEach(async () => {
    host = await lab.host({ extra: 6 });
    home = await temporaryDirectory();
    await mkdir(join(home.path, "state"));
  });
  afterEach(() => home.remove());

  /** What machine and agent have on disk, kept under a name. */
  const disks = (name: string) => [
    { disk: host.directory, copy: join(home.path, name, "host") },
    { disk: join(home.path, "state"), copy: join(home.path, name, "state") },
  ];
  const OPTIONS = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
  async function keep(name: string): Promise<void> {
    for (const { disk, copy } of disks(name)) await cp(disk, copy, OPTIONS);
  }
  async function bringBack(name: string): Promise<void> {
    for (const { disk, copy } of disks(name)) {
      await rm(disk, { recursive: true });
      await cp(copy, disk, OPTIONS);
    }
  }

  /** The action on real apt; `at` is called before and after each thing that it does. */
  function installWith(at: (point: string) => Promise<void>) {
    const apt = aptOn(host);
    const { change } = apt;
    const around = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
      await at(`before ${what}`);
      const done = await act();
      await at(`after ${what}`);
      return done;
    };
    let batch = 0;
    const adapter: PackageAdapter = {
      ...apt,
      change: {
        ...change,
        repair: (context) => around("mending", () => change.repair(context)),
        states: (updates) => around("looking", async () => (await change.states?.(updates)) ?? new Map()),
        install: (updates, options, context) => around(`batch ${++batch}`, () => change.install(updates, options, context)),
      },
    };
    const inventory = async () => ({ inventory: { ...(await apt.inventory()), collectedAt: 0 } });
    return createInstall({
      ...{ stateDirectory: join(home.path, "state"), adapter, turn: createTurn(), clock: systemClock },
      ...{ reportNow: () => around("the report", inventory), refusal: async () => undefined },
    });
  }
  const context = () => {
    const { signal } = new AbortController();
    return { commandId: "cmd_1", signal, stopping: signal, output: () => {} };
  };

  it("ends the same way from wherever it was: each update has its true result and is done once", async () => {
    const points: string[] = [];
    const install = installWith(async (point) => {
      points.push(point);
      await keep(point);
    });
    assert.deepEqual(outcomes(await install.start({ updates: CHOSEN }, context())), FATES);
    assert.deepEqual(points.length, 10);
    for (const point of points) {
      await bringBack(point);
      const batches: string[] = [];
      const resumed = await installWith(async (next) => void (next.startsWith("before batch") && batches.push(next))).resume(context());
      const report = resumed?.value as { updates: { name: string; fromVersion: string }[]; resumed: number };
      assert.deepEqual(outcomes(report), FATES, point);
      assert.deepEqual([...new Set(report.updates.map(({ fromVersion }) => fromVersion))], ["1.0-1"], point);
      assert.equal(report.resumed, 1, point);
      for (const { name } of CHOSEN) assert.equal(await host.state(name), name === "lab-held" ? "1.0-1 hi" : "1.1-1 ii", `${point}: ${name}`);
      // What is there already isn't begun once more.
      if (point === "after the report" || point === "before the report") assert.deepEqual(batches, [], point);
    }
  });
});
