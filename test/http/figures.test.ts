import assert from "node:assert/strict";
import { Registry } from "prom-client";
import { type Figures, gaugeFigures } from "../../engine/http/figures.ts";
import { testClock } from "../support/clock.ts";

const FIGURES: Figures = { jobs: { queued: 2, running: 1 }, machines: { compliant: 7, stale: 0 }, missing: { security: 12 }, deployments: { halted: 1 } };

describe("figures of all engines", () => {
  it("are told by bounded labels, looked up once in half a minute, and left out while nobody knows them", async () => {
    const registry = new Registry();
    const clock = testClock();
    let looked = 0;
    let isAway = false;
    gaugeFigures({
      registry,
      clock,
      look: async () => {
        looked++;
        if (isAway) throw new Error("the database is away");
        return FIGURES;
      },
    });
    const text = await registry.metrics();
    for (const line of [
      'runwright_jobs{status="queued"} 2',
      'runwright_machines{compliance="compliant"} 7',
      'runwright_missing_updates{classification="security"} 12',
      'runwright_deployments{status="halted"} 1',
    ])
      assert.ok(text.includes(line), `${line} is in\n${text}`);
    await registry.metrics();
    assert.equal(looked, 1);
    clock.advance({ seconds: 31 });
    isAway = true;
    assert.doesNotMatch(await registry.metrics(), /status="queued"/);
    isAway = false;
    assert.match(await registry.metrics(), /status="queued"\} 2/);
  });
});
