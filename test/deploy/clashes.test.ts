import assert from "node:assert/strict";
import { type DeployWorld, deployWorld, NIGHTLY, publishRoll } from "./world.ts";

describe("windows of one plan that clash", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    await all.machine("web1");
  });
  afterEach(() => all.stop());
  const windows = (...specs: [string, object][]) => specs.map(([name, spec]) => ({ kind: "MaintenanceWindow", name, scope: "/", ...NIGHTLY, ...spec }));
  async function warnings(documents: object[], more: object = {}): Promise<string[]> {
    const { status, body } = await all.ask("POST", "/api/v1/plan", { body: { documents, ...more } });
    assert.equal(status, 200, JSON.stringify(body));
    return body.changes.flatMap(({ name, warnings: told }: { name: string; warnings: string[] }) => told.map((one) => `${name}: ${one}`)).sort();
  }

  it("are both told, each once and with the other's name, whichever is made first", async () => {
    const told = await warnings(windows(["early", {}], ["late", { cron: "0 3 * * *" }], ["apart", { cron: "0 12 * * *" }]));
    assert.deepEqual(
      told.map((one) => one.replace(/ of the next 10.*(window \w+) on 1 machine,.*/, " $1")),
      ["early: 10 window late", "late: 10 window early"],
    );
  });

  it("aren't told of what the same plan changes or deletes", async () => {
    await all.window("early");
    await all.window("late");
    assert.deepEqual(await warnings(windows(["early", { waves: "1, rest" }], ["late", { cron: "0 12 * * *" }])), []);
    assert.deepEqual(await warnings(windows(["early", { waves: "1, rest" }]), { prune: true }), []);
  });
});
