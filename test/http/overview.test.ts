import assert from "node:assert/strict";
import type { Overview } from "../../engine/protocol/http/overview.ts";
import { aJob } from "../contract/rows.ts";
import { type DeployWorld, deployWorld, HOUR, publishRoll } from "../deploy/world.ts";

const DAY = 24 * HOUR;

describe("HTTP: the overview", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
  });
  afterEach(() => all.stop());

  const overview = async (query = "", token?: string): Promise<Overview> => {
    const { status, body, text } = await all.ask("GET", `/api/v1/overview${query}`, token === undefined ? {} : { token });
    assert.equal(status, 200, text);
    return body;
  };

  /** Changes what is stored of a machine's missing updates. */
  const patchUpdates = (id: string, change: (name: string) => object) =>
    all.store.write(async (tx) => {
      const updates = await tx.updates.ofMachine(id);
      await tx.updates.changeUpdates(id, { put: updates.map((update) => ({ ...update, ...change(update.name) })), removed: [] });
    });

  it("of nothing is zeros and empty lists, at the engine's time", async () => {
    assert.deepEqual(await overview(), {
      at: "2026-03-01T12:00:00.000Z",
      machines: {
        ...{ total: 0, connected: 0, byCompliance: { compliant: 0, noncompliant: 0, notassessed: 0, stale: 0 } },
        ...{ staleAgents: 0, rebootPending: 0, withHeld: 0, withExemptions: 0 },
      },
      updates: {
        ...{ missing: 0, overdue: 0, exploited: 0, byClassification: [], bySeverity: [], oldestSecurityFirstSeenAt: null },
        byAge: [7, 30, 90, null].map((upToDays) => ({ upToDays, count: 0, security: 0 })),
      },
      jobs: { queued: 0, running: 0, waiting: 0, suspended: 0, failedLastDay: 0, completedLastDay: 0 },
      ...{ approvalsOpen: 0, deployments: { open: 0, awaitingApproval: 0, haltedInAll: 0, halted: [] }, nextWindows: [], staleMachines: [] },
    });
  });

  it("counts machines by how they stand now, as compliance ages", async () => {
    await all.machine("web1");
    await all.machine("web2", { missing: [], rebootPending: true });
    await all.machine("web3", { missing: [], state: "offline", lastSeenAt: all.clock.now() - 40 * DAY, staleSince: all.clock.now() - 40 * DAY });
    await all.machine("web4", { assessedAt: null });
    const { machines, staleMachines } = await overview();
    assert.deepEqual(machines, {
      ...{ total: 4, connected: 3, byCompliance: { compliant: 2, noncompliant: 1, notassessed: 1, stale: 0 } },
      ...{ staleAgents: 1, rebootPending: 1, withHeld: 0, withExemptions: 0 },
    });
    assert.deepEqual(staleMachines, [{ name: "web3", lastSeenAt: "2026-01-20T12:00:00.000Z" }]);
    all.clock.advance({ days: 3 });
    assert.deepEqual((await overview()).machines?.byCompliance, { compliant: 0, noncompliant: 0, notassessed: 1, stale: 3 });
  });

  it("shows ten stale machines, those that are silent for longest", async () => {
    for (let n = 0; n < 130; n++) {
      const lastSeenAt = all.clock.now() - (40 + ((n * 37) % 130)) * DAY;
      await all.machine(`web${n}`, { missing: [], state: "offline", lastSeenAt, staleSince: lastSeenAt });
    }
    const { staleMachines, machines } = await overview();
    const days = staleMachines?.map(({ lastSeenAt }) => (all.clock.now() - Date.parse(lastSeenAt)) / DAY);
    assert.deepEqual(days, [169, 168, 167, 166, 165, 164, 163, 162, 161, 160]);
    assert.equal(machines?.staleAgents, 130);
  });

  it("sums up what is missing: by class, severity and age, overdue and exploited", async () => {
    const now = all.clock.now();
    const seen: Record<string, number> = { openssl: now - 7 * DAY, bash: now - 7 * DAY - 1, curl: now - 31 * DAY, linux: now - 200 * DAY };
    for (const name of ["web1", "web2"])
      await all.machine(name, {
        missing: [
          { name: "openssl", severity: "critical" },
          { name: "bash", classification: "other" },
          { name: "curl", severity: "important" },
          { name: "linux", classification: "critical", held: true },
        ],
      });
    await patchUpdates("mch_web1", (name) => ({
      firstSeenAt: seen[name],
      exploitedSince: name === "openssl" ? 1 : null,
      verdict: name === "bash" ? "exempt" : "approved",
    }));
    await patchUpdates("mch_web2", (name) => ({ firstSeenAt: seen[name] }));
    await all.store.write(async (tx) => tx.updates.patchAssessment("asm_web2", { verdicts: { approved: 4, overdue: 3 } }));
    const { updates, machines } = await overview();
    assert.deepEqual(updates, {
      ...{ missing: 8, overdue: 3, exploited: 1 },
      byClassification: [
        { classification: "critical", count: 2, machines: 2 },
        { classification: "security", count: 4, machines: 2 },
        { classification: "other", count: 2, machines: 2 },
      ],
      bySeverity: [
        { severity: "critical", count: 2, machines: 2 },
        { severity: "important", count: 2, machines: 2 },
        { severity: "unspecified", count: 4, machines: 2 },
      ],
      byAge: [
        { upToDays: 7, count: 2, security: 2 },
        { upToDays: 30, count: 2, security: 0 },
        { upToDays: 90, count: 2, security: 2 },
        { upToDays: null, count: 2, security: 0 },
      ],
      oldestSecurityFirstSeenAt: new Date(now - 31 * DAY).toISOString(),
    });
    assert.deepEqual([machines?.withHeld, machines?.withExemptions], [2, 1]);
  });

  it("is about the machines that a selector matches, and about all jobs", async () => {
    await all.machine("web1", { tags: { role: "web" }, missing: [{ name: "openssl" }] });
    await all.machine("db1", { tags: { role: "db" }, missing: [{ name: "openssl" }, { name: "bash" }] });
    await all.store.write((tx) => tx.jobs.insert(aJob({ id: "job_1", heldBack: true }), "ada"));
    for (const [selector, total, missing] of [
      ["all", 2, 3],
      ["tag:role=web", 1, 1],
      ["tag:role!=web", 1, 2],
      ["name=db*", 1, 2],
      ["os=windows", 0, 0],
      ["fact:architecture=x64 scope=/prod", 2, 3],
    ] as const) {
      const { machines, updates, jobs } = await overview(`?selector=${encodeURIComponent(selector)}`);
      assert.deepEqual([machines?.total, updates?.missing, jobs?.queued], [total, missing, 1], selector);
    }
  });

  it("refuses selectors that are none", async () => {
    for (const selector of ["", "nonsense", "colour=red", "=", `name=${"x".repeat(10_000)}`]) {
      const { status, body } = await all.ask("GET", `/api/v1/overview?selector=${encodeURIComponent(selector)}`);
      assert.ok(status === 400 && ["SELECTOR_INVALID", "BAD_REQUEST"].includes(body.code), `${selector.slice(0, 20)}: ${status}`);
    }
    assert.equal((await all.ask("GET", "/api/v1/overview?colour=red")).status, 400);
  });

  it("counts jobs where they are, and those that ended within a day", async () => {
    const now = all.clock.now();
    const moves: [id: string, to: "suspended" | "stopped" | "failed", at: number][] = [
      ["job_1", "suspended", now],
      ["job_2", "failed", now - DAY],
      ["job_3", "failed", now - DAY - 1],
      ["job_4", "stopped", now],
    ];
    await all.store.write(async (tx) => {
      for (const [id, to, at] of moves) {
        await tx.jobs.insert(aJob({ id, scope: "/prod", heldBack: true }), "ada");
        await tx.jobs.move(id, null, { to, at, by: "ada", reason: "" });
      }
      await tx.jobs.insert(aJob({ id: "job_5", scope: "/test", heldBack: true }), "ada");
    });
    assert.deepEqual((await overview()).jobs, { queued: 1, running: 0, waiting: 0, suspended: 1, failedLastDay: 1, completedLastDay: 0 });
    const token = await all.tokenFor("tess", { role: "reader", scope: "/test" });
    assert.deepEqual((await overview("", token)).jobs, { queued: 1, running: 0, waiting: 0, suspended: 0, failedLastDay: 0, completedLastDay: 0 });
  });

  it("counts deployments that haven't ended, and names the next opening of each window", async () => {
    await publishRoll(all);
    await all.machine("web1");
    await all.window("nightly", { approval: { count: 1 } });
    await all.window("weekly", { cron: "0 4 * * 0" });
    await all.window("off", { enabled: false });
    await all.deployments.tick();
    const before = await overview();
    assert.deepEqual([before.deployments?.open, before.deployments?.awaitingApproval], [1, 1]);
    assert.deepEqual(
      before.nextWindows?.map(({ name, opensAt, closesAt, deployment }) => [name, opensAt, closesAt, deployment?.status]),
      [
        ["nightly", "2026-03-02T02:00:00.000Z", "2026-03-02T04:00:00.000Z", "awaitingApproval"],
        ["weekly", "2026-03-08T04:00:00.000Z", "2026-03-08T06:00:00.000Z", undefined],
      ],
    );
  });

  it("names a halted deployment, by whoever halted it, since then", async () => {
    await publishRoll(all);
    await all.machine("web1");
    await all.window("nightly");
    await all.deployments.tick();
    await all.pass({ hours: 14, minutes: 1 });
    const { id } = await all.only();
    assert.equal((await all.post(`/deployments/${id}/halt`, { reason: "wait" })).status, 200);
    const { deployments, nextWindows } = await overview();
    assert.deepEqual(deployments?.halted, [{ id, window: "nightly", reason: "halted by admin: wait", since: "2026-03-02T02:01:00.000Z" }]);
    assert.deepEqual(nextWindows?.[0]?.deployment, { id, status: "halted" });
  });

  it("tells of openings that are skipped or frozen", async () => {
    await publishRoll(all);
    await all.machine("web1");
    await all.window("nightly");
    await all.window("morning", { cron: "0 8 * * *" });
    assert.equal((await all.post("/windows/nightly/skip", { reason: "a fair" })).status, 200);
    const spec = { timeZone: "UTC", reason: "year end", periods: [{ from: "2026-03-02T07:00", to: "2026-03-03T00:00" }] };
    assert.equal((await all.ask("PUT", "/api/v1/freezes/year-end", { body: { spec } })).status, 201);
    const { nextWindows } = await overview();
    assert.deepEqual(
      nextWindows?.map(({ name, exception }) => [name, exception]),
      [
        ["nightly", { kind: "skipped", reason: "a fair", by: "admin" }],
        ["morning", null],
      ],
    );
    assert.match(String(nextWindows?.[1]?.frozen), /year end/);
  });

  it("shows each only what lies where they may look, and nothing to who may look nowhere", async () => {
    await publishRoll(all);
    await all.machine("web1", { scope: "/prod/web" });
    await all.machine("db1", { scope: "/test" });
    await all.window("nightly", {}, { scope: "/test" });
    const prod = await overview("", await all.tokenFor("pat", { role: "reader", scope: "/prod" }));
    assert.deepEqual([prod.machines?.total, prod.updates?.missing, prod.nextWindows], [1, 1, []]);
    const both = await overview(
      "",
      await all.tokenFor("bea", { role: "reader", scope: "/prod" }, { role: "operator", scope: "/prod/web" }, { role: "reader", scope: "/test" }),
    );
    assert.deepEqual([both.machines?.total, both.nextWindows?.length], [2, 1]);
    const none = await overview("", await all.tokenFor("nil"));
    assert.deepEqual(
      { ...none, at: "" },
      { at: "", machines: null, updates: null, jobs: null, approvalsOpen: null, deployments: null, nextWindows: null, staleMachines: null },
    );
  });

  it("is the newest for each of many who ask at the same time", async () => {
    await all.machine("web1");
    const before = Array.from({ length: 20 }, () => overview());
    await all.machine("web2");
    const after = Array.from({ length: 20 }, () => overview());
    assert.deepEqual(new Set((await Promise.all(after)).map(({ machines }) => machines?.total)), new Set([2]));
    for (const { machines } of await Promise.all(before)) assert.ok([1, 2].includes(machines?.total ?? 0));
  });
});
