import assert from "node:assert/strict";
import { whyNotCarrier } from "../../engine/core/deploy/carrier.ts";
import type { Permissions } from "../../engine/core/manifest.ts";
import type { Scope } from "../../engine/core/scope.ts";
import { publish } from "../triggers/world.ts";
import { type DeployWorld, deployWorld } from "./world.ts";

describe("the runbook that carries out the deployments of a window", () => {
  const cases: readonly [window: Scope, runbook: Scope, permissions: Permissions, problem: RegExp | undefined][] = [
    ["/prod", "/prod", { http: ["https://x.example"] }, undefined],
    ["/prod", "/prod/web", { deployments: true, secrets: ["s"] }, undefined],
    ["/prod", "/", { deployments: true }, undefined],
    ["/prod", "/", {}, undefined],
    ["/prod", "/", { deployments: true, secrets: undefined }, undefined],
    ["/prod", "/", { deployments: true, secrets: ["s"] }, /may do more than carry deployments out \(secrets\): publish a copy of it in \/prod/],
    ["/prod", "/", { machines: { select: "all", actions: ["exec"] } }, /may do more .*machines/],
    ["/prod", "/test", { deployments: true }, /outside of \/prod: a window starts runbooks of its own scope/],
    ["/prod", "/production", { deployments: true }, /outside of \/prod/],
  ];
  for (const [window, scope, permissions, problem] of cases) {
    it(`${problem ? "isn't" : "is"} one of ${scope} with ${JSON.stringify(permissions)} for a window of ${window}`, () => {
      const why = whyNotCarrier(window, { name: "roll", scope, permissions });
      if (problem) assert.match(why ?? "", problem);
      else assert.equal(why, undefined);
    });
  }
});

describe("a runbook from above its window", function () {
  this.timeout(60_000);
  const PARAMETERS = `parameters: { type: "object", properties: { deployment: { type: "string" } }, required: ["deployment"] },`;
  const CARRIES = `${PARAMETERS} permissions: { deployments: true },`;
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publish(all, "shared", "async ({ waitFor, params }) => { await waitFor(`go-${params.deployment}`); }", CARRIES);
    await all.machine("web1", { scope: "/prod" });
  });
  afterEach(() => all.stop());

  it("gives a job that lies where the window does, also for those who see nothing above", async () => {
    const operator = await all.tokenFor("olga", { role: "author", scope: "/prod" });
    const spec = { cron: "0 2 * * *", timeZone: "UTC", duration: "2h", runbook: "shared" };
    const made = await all.ask("PUT", "/api/v1/windows/nightly", { token: operator, body: { scope: "/prod", spec } });
    assert.equal(made.status, 201, made.text);
    await all.pass({ hours: 14, minutes: 1 });
    const { jobId, status } = await all.only();
    assert.equal(status, "running");
    assert.equal((await all.store.read.jobs.get(jobId))?.scope, "/prod");
  });

  it("isn't started once a new version of it may do more, and the deployment says so", async () => {
    await all.window("nightly", { runbook: "shared" }, { scope: "/prod" });
    await publish(all, "shared", "async () => {}", CARRIES.replace("deployments: true", `deployments: true, http: ["https://x.example"]`));
    await all.pass({ hours: 14, minutes: 1 });
    const { status, reason } = await all.only();
    assert.equal(status, "approved");
    assert.match(reason, /held back: runbook "shared" lies in \/, outside of \/prod, and may do more than carry deployments out \(http\)/);
  });
});
