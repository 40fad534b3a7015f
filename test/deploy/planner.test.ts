import assert from "node:assert/strict";
import { publish } from "../triggers/world.ts";
import { type DeployWorld, deployWorld, HOUR, publishRoll } from "./world.ts";

const MINUTE = 60_000;

describe("the plan of a window", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
  });
  afterEach(() => all.stop());
  const plan = async (spec: object = {}, name = "nightly") => {
    await all.window(name, spec);
    const { status, body, text } = await all.post(`/windows/${name}/plan`);
    assert.equal(status, 200, text);
    return { ...body, plan: await all.machines(body.id) };
  };
  const installed = (machine: string, name: string, version: string, ms: number, command = `cmd_${machine}_${name}_${version}`) =>
    all.store.write((tx) =>
      tx.installs.put({
        ...{
          commandId: command,
          machineId: `mch_${machine}`,
          action: "install",
          jobId: null,
          packageManager: "apt",
          startedAt: all.clock.now() - HOUR,
          endedAt: all.clock.now(),
        },
        ...{ rebootPending: false, resumed: 0, repairs: [], logFile: "" },
        updates: [{ name, architecture: "amd64", version, fromVersion: "0", status: "Succeeded", message: "", startedAt: 1_000, endedAt: 1_000 + ms }],
      }),
    );

  it("has what is approved and offered, and leaves alone what can't be planned for, each with its reason", async () => {
    await all.machine("good", {
      missing: [
        { name: "openssl" },
        { name: "held", held: true },
        { name: "phased", phased: true },
        { name: "excluded", verdict: "excluded" },
        { name: "deferred", verdict: "deferred" },
        { name: "exempt", verdict: "exempt" },
      ],
    });
    await all.machine("gone", { state: "offline" });
    await all.machine("old", { assessedAt: all.clock.now() - 72 * HOUR });
    await all.machine("new", { assessedAt: null });
    await all.machine("broken", { missing: [], problems: ["apt is locked"] });
    await all.machine("calm", { missing: [{ name: "held", held: true }] });
    await all.machine("elsewhere", { scope: "/dev" });
    const made = await plan({ selector: "scope=/prod" });
    assert.deepEqual(
      made.plan.map(({ name, status, message, updates }: any) => [name, status, message.slice(0, 40), updates.map((one: any) => one.name).join()]),
      [
        ["good", "NotStarted", "", "openssl"],
        ["broken", "NotIncluded", "its last assessment has problems: apt is", ""],
        ["calm", "NotIncluded", "nothing is missing that is approved", ""],
        ["gone", "NotIncluded", "it is offline: nothing can be sent to it", ""],
        ["new", "NotIncluded", "it has never been assessed", ""],
        ["old", "NotIncluded", "its last assessment is too old: 2026-02-", ""],
      ],
    );
    assert.equal(made.allowedFailures, 0, "5% of one, rounded down");
  });

  it("forecasts by the same version anywhere, else by other versions of it, else by the machine, else by nothing", async () => {
    await all.machine("web1", { missing: [{ name: "known" }, { name: "other-version" }, { name: "unheard-of" }] });
    await all.machine("web2", { missing: [{ name: "unheard-of" }] });
    for (const [n, ms] of [20_000, 30_000, 40_000, 50_000, 60_000].entries()) await installed(`far${n}`, "known", "1.1", ms);
    await installed("far1", "known", "0.9", 900_000, "cmd_before");
    await installed("far2", "other-version", "1.0", 10_000);
    await installed("web1", "something", "1", 8_000);
    const [web1, web2] = (await plan()).plan;
    const expected = (machine: any, name: string) => machine.updates.find((one: any) => one.name === name).expected;
    assert.deepEqual(expected(web1, "known"), { p50: 40_000, p95: 60_000, basis: "update", samples: 5 });
    assert.deepEqual(expected(web1, "other-version"), { p50: 10_000, p95: 15_000, basis: "update", samples: 1 });
    assert.deepEqual(expected(web1, "unheard-of"), { p50: 8_000, p95: 12_000, basis: "machine", samples: 1 });
    assert.deepEqual(expected(web2, "unheard-of"), { p50: 10_000, p95: 5 * MINUTE, basis: "default", samples: 0 });
  });

  it("knows how long reboots took before", async () => {
    await all.machine("web1", { missing: [{ name: "kernel", rebootBehaviour: "always" }] });
    const before = await plan({}, "first");
    assert.deepEqual(before.plan[0].expected, { p50: 3 * MINUTE + 10_000, p95: 15 * MINUTE }, "the defaults of an install and of a reboot");
    await all.store.write(async (tx) => {
      const { aCommand } = await import("../contract/rows.ts");
      const at = all.clock.now();
      await tx.commands.insert(
        aCommand({
          id: "cmd_reboot",
          machineId: "mch_web1",
          action: "reboot",
          status: "completed",
          createdAt: at - 50_000,
          acknowledgedAt: at - 40_000,
          endedAt: at,
        }),
      );
      await tx.deployments.patchMachine({ deploymentId: before.id, machineId: "mch_web1" }, { rebootCommand: "cmd_reboot", rebootState: "Completed" });
    });
    assert.deepEqual((await plan({}, "second")).plan[0].expected, { p50: 50_000, p95: 6 * MINUTE });
  });

  it("says what doesn't fit and why, and ends a machine at once for which nothing fits", async () => {
    await all.machine("web1", {
      missing: [
        { name: "quick", rebootBehaviour: "never" },
        { name: "slow", rebootBehaviour: "always" },
      ],
    });
    await all.machine("web2", { missing: [{ name: "slow", rebootBehaviour: "always" }] });
    for (let n = 0; n < 5; n++) await installed(`far${n}`, "slow", "1.1", 100 * MINUTE);
    const [web1, web2] = (await plan()).plan;
    assert.deepEqual([web1.status, web1.updates.map((one: any) => one.name), web1.reboot], ["NotStarted", ["quick"], "no"]);
    assert.match(web1.left[0].reason, /^takes 100 min here \(p95, of 5 earlier\), and 95 are left \(20 more are kept for reboots\)$/);
    assert.equal(web2.status, "MaintenanceWindowExceeded");
    assert.match(web2.message, /^nothing fits: slow takes 100 min/);
  });

  it("has waves in the order of names, so many failures as the budget allows, and reboots as the window says", async () => {
    for (let n = 10; n < 50; n++) await all.machine(`web${n}`, { missing: [{ name: "openssl", rebootBehaviour: "always" }] });
    const made = await plan({ errorBudget: "5%", waves: "1, 10%, rest" });
    const waves = Map.groupBy(made.plan as any[], ({ wave }) => wave);
    assert.deepEqual(
      [...waves].map(([wave, some]) => [wave, some.length]),
      [
        [0, 1],
        [1, 4],
        [2, 35],
      ],
    );
    assert.deepEqual([made.allowedFailures, made.plan[0].name, made.plan[0].reboot], [2, "web10", "expected"]);
    const never = await plan({ reboot: "never" }, "never");
    assert.equal(never.plan[0].reboot, "no");
  });

  it("takes up machines without missing updates when they are to reboot", async () => {
    await all.machine("calm", { missing: [] });
    await all.machine("pending", { missing: [], rebootPending: true });
    const included = (made: any) => made.plan.filter(({ wave }: any) => wave !== null).map(({ name, reboot }: any) => `${name} ${reboot}`);
    assert.deepEqual(included(await plan({}, "required")), ["pending expected"]);
    assert.deepEqual(included(await plan({ reboot: "always" }, "always")), ["calm expected", "pending expected"]);
    assert.deepEqual(included(await plan({ reboot: "only" }, "only")), ["calm expected", "pending expected"]);
    assert.deepEqual(included(await plan({ reboot: "never" }, "never")), []);
  });

  it("has the same hash for the same plan, whatever is forecast, and another one for whatever else differs", async () => {
    await all.machine("web1", { missing: [{ name: "openssl" }] });
    const { planHash } = await plan();
    assert.match(planHash, /^[0-9a-f]{64}$/);
    await installed("far", "openssl", "1.1", 3_000);
    assert.equal((await plan()).planHash, planHash);
    assert.equal((await plan({ description: "words" })).planHash, planHash);
    const hashes = [planHash];
    for (const spec of [{ waves: "rest" }, { allowRemovals: true }, { errorBudget: "1" }, { healthCheck: { command: ["true"] } }, { duration: "3h" }])
      hashes.push((await plan(spec)).planHash);
    await all.store.write(async (tx) => {
      const [update] = await tx.updates.ofMachine("mch_web1");
      if (update) await tx.updates.replaceUpdates("mch_web1", [{ ...update, candidateVersion: "1.2" }]);
    });
    hashes.push((await plan()).planHash);
    const hooks = [{ at: "before" as const, runbook: "quick" }];
    hashes.push((await plan({ hooks })).planHash);
    await publish(all, "quick", "async () => {}");
    const published = await plan({ hooks });
    assert.deepEqual(published.settings.hookVersions, { quick: 2 });
    hashes.push(published.planHash);
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it("takes hostile names as they are", async () => {
    const name = `x"; drop table deployments; --\n\u001b[31m`;
    await all.machine("web1", { missing: [{ name }] });
    assert.equal((await plan()).plan[0].updates[0].name, name);
  });

  it("is made of 2,000 machines in pages, and read in pages", async () => {
    await all.store.write(async (tx) => {
      const { aMember, anUpdate } = await import("../updates/reports.ts");
      const at = all.clock.now();
      for (let n = 0; n < 2_000; n++) {
        const id = `mch_${n}`;
        await tx.machines.insert(aMember(id, `m${String(n).padStart(4, "0")}`));
        await tx.updates.insertAssessment({
          ...{ id: `asm_${n}`, machineId: id, packageManager: "apt", sequence: 1, collectedAt: at, receivedAt: at, listsUpdatedAt: at, rebootPending: false },
          ...{
            rebootReasons: [],
            compliance: "noncompliant",
            counts: {},
            problems: [],
            installedCount: 9,
            digest: null,
            verdicts: { approved: 1 },
            judgeAgainAt: null,
          },
        });
        await tx.updates.replaceUpdates(id, [
          { ...anUpdate("openssl"), ...{ machineId: id, firstSeenAt: at, verdict: "approved", dueAt: null, reported: null, exploitedSince: null, epss: null } },
        ]);
      }
    });
    // 50 at once, 190 s each: two hours would leave out the last ones.
    await all.window("large", { duration: "4h" });
    const { body } = await all.post("/windows/large/plan");
    assert.deepEqual([body.machines, body.allowedFailures], [{ NotStarted: 2_000 }, 100]);
    let cursor: string | null = null;
    const names = new Set<string>();
    do {
      const { body: page }: any = await all.ask("GET", `/api/v1/deployments/${body.id}/machines?limit=500${cursor === null ? "" : `&cursor=${cursor}`}`);
      for (const { name } of page.items) names.add(name);
      cursor = page.next;
    } while (cursor !== null);
    assert.equal(names.size, 2_000);
  });
});
