import assert from "node:assert/strict";
import { type DeployWorld, deployWorld, NIGHTLY, publishRoll } from "./world.ts";

describe("deployments", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
  });
  afterEach(() => all.stop());
  const told = async (window?: string) => (await all.rows(window)).map(({ occurrence, status }) => `${occurrence.slice(5, 16)} ${status}`);
  const settle = (deploymentId: string, machine: string, status: "Succeeded" | "Failed" | "InProgress") =>
    all.store.write((tx) =>
      tx.deployments.patchMachine({ deploymentId, machineId: `mch_${machine}` }, { status, ...(status === "InProgress" ? {} : { endedAt: all.clock.now() }) }),
    );

  it("are planned a day ahead, started when their window opens, and ended with their job", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 1 });
    const planned = await all.only();
    assert.deepEqual(
      [planned.status, planned.reason, planned.opensAt, planned.machines],
      ["approved", "needs no approval", "2026-03-02T02:00:00.000Z", { NotStarted: 1 }],
    );
    await all.pass({ hours: 12, minutes: 59 });
    assert.equal((await all.only()).status, "approved");
    await all.pass({ minutes: 1 });
    const running = await all.only();
    assert.deepEqual([running.status, running.startedAt], ["running", "2026-03-02T02:00:00.000Z"]);
    const { body: job } = await all.ask("GET", `/api/v1/jobs/${running.jobId}`);
    assert.deepEqual([job.trigger, job.params, job.version], ["deployment", { deployment: running.id }, 1]);
    await settle(running.id, "web1", "Succeeded");
    await all.finish(running);
    await all.pass({ seconds: 1 });
    const ended = await all.only();
    assert.deepEqual([ended.status, ended.reason], ["succeeded", "1 of 1 machine succeeded"]);
    const deeds = (await all.activity()).map(({ operation, actorName }) => `${operation} ${actorName}`);
    for (const deed of ["deployment.start window:nightly", "job.run window:nightly", "deployment.end engine"]) assert.ok(deeds.includes(deed), deed);
    const told = await all.store.read.happenings.get(`deployment.ended ${ended.id}`);
    assert.deepEqual(told?.document.deployment, {
      ...{ id: ended.id, window: "nightly", scope: "/", status: "succeeded", reason: "1 of 1 machine succeeded" },
      ...{ occurrence: ended.occurrence, jobId: running.jobId, startedAt: running.startedAt, machines: { Succeeded: 1 } },
    });
  });

  it("aren't planned before the occurrence before them has closed", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 15, minutes: 59 });
    assert.deepEqual(await told(), ["03-02T02:00 running"]);
    await all.pass({ minutes: 1 });
    assert.deepEqual(await told(), ["03-02T02:00 running", "03-03T02:00 approved"]);
  });

  it("are planned anew at their opening when nobody had to approve them, and not when somebody had", async () => {
    await all.machine("web1");
    await all.window("open");
    await all.window("guarded", { approval: { count: 1 } });
    await all.pass({ hours: 1 });
    const [guarded] = await all.rows("guarded");
    const bea = await all.tokenFor("bea", { role: "operator", scope: "/" });
    assert.equal((await all.post(`/deployments/${guarded.id}/approve`, { planHash: guarded.planHash }, bea)).status, 200);
    await all.machine("web2");
    await all.pass({ hours: 13 });
    const [[open], [same]] = await Promise.all([all.rows("open"), all.rows("guarded")]);
    assert.deepEqual([open.status, open.machines.NotStarted, same.status, same.machines.NotStarted], ["running", 2, "running", 1]);
  });

  it("start late, in what is left of their window, when the engine was away at its opening", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 1 });
    await all.pass({ hours: 14, minutes: 30 });
    const { status, reason } = await all.only();
    assert.deepEqual([status, reason], ["running", "started 90 min after its window had opened; needs no approval"]);
  });

  it("never start outside of their window: one that nobody was there for says so", async () => {
    await all.machine("web1");
    await all.window("nightly", { approval: { count: 0 } });
    await all.pass({ hours: 1 });
    await all.pass({ hours: 15 });
    const [first] = await all.rows();
    assert.equal(first.status, "expired");
    assert.match(first.reason, /^the window closed at 2026-03-02T04:00:00.000Z: no engine was there to start it/);
    assert.deepEqual(first.machines, { MaintenanceWindowExceeded: 1 });
    assert.deepEqual((await all.ask("GET", "/api/v1/jobs?trigger=deployment")).body.items, []);
  });

  it("have a row for each occurrence that passed while no engine was there, up to twenty, and the oldest tells of the rest", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ days: 40 });
    const rows = (await all.rows()).filter(({ status }) => status === "expired").sort((a, b) => (a.opensAt < b.opensAt ? -1 : 1));
    assert.equal(rows.length, 20);
    assert.equal(rows[0].reason, "no engine was there while it was open, nor for 20 occurrences before it");
    assert.equal(rows[1].reason, "no engine was there while it was open");
    const next = (await all.rows()).filter(({ status }) => status !== "expired");
    assert.deepEqual(
      next.map(({ status, opensAt }) => [status, opensAt]),
      [["planned", "2026-04-11T02:00:00.000Z"]],
    );
    assert.deepEqual((await all.ask("GET", "/api/v1/jobs?trigger=deployment")).body.items, []);
  });

  it("start once whatever the clock does: set back it starts nothing again, ahead nothing outside of a window", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 14 });
    all.clock.setWallClock("2026-03-01T23:00:00Z");
    await all.deployments.tick();
    all.clock.setWallClock("2026-03-02T02:30:00Z");
    await all.deployments.tick();
    assert.equal((await all.ask("GET", "/api/v1/jobs?trigger=deployment")).body.items.length, 1);
    all.clock.setWallClock("2026-03-09T12:00:00Z");
    await all.deployments.tick();
    assert.equal((await all.ask("GET", "/api/v1/jobs?trigger=deployment")).body.items.length, 1);
  });

  for (const { name, spec, start, opens } of [
    {
      name: "before midnight",
      spec: { cron: "45 23 * * *", timeZone: "Europe/Berlin", duration: "45m" },
      start: "2026-11-26T12:00:00Z",
      opens: "2026-11-26T22:45:00Z",
    },
    {
      name: "in the hour that clocks leave out",
      spec: { cron: "30 2 * * *", timeZone: "Europe/Berlin" },
      start: "2026-03-28T12:00:00Z",
      opens: "2026-03-29T01:30:00Z",
    },
    {
      name: "in the hour that comes twice, the first time",
      spec: { cron: "30 2 * * *", timeZone: "Europe/Berlin" },
      start: "2026-10-24T12:00:00Z",
      opens: "2026-10-25T00:30:00Z",
    },
  ])
    it(`start when their window opens ${name}`, async () => {
      all.clock.setWallClock(start);
      await all.machine("web1");
      await all.window("nightly", spec);
      await all.deployments.tick();
      const opensAt = Temporal.Instant.from(opens);
      all.clock.setWallClock(opensAt.subtract({ seconds: 1 }));
      await all.deployments.tick();
      assert.equal((await all.only()).status, "approved");
      all.clock.setWallClock(opensAt);
      await all.deployments.tick();
      assert.equal((await all.only()).status, "running");
    });

  it("follow the sun: each machine has its own times in one deployment, and one whose zone isn't known is left alone", async () => {
    await all.machine("berlin", { zone: "Europe/Berlin" });
    await all.machine("tokyo", { zone: "Asia/Tokyo" });
    await all.machine("old");
    await all.machine("liar", { zone: "Mars/Olympus" });
    await all.window("sun", { timeZone: "machine" });
    await all.pass({ hours: 1 });
    const found = (await all.rows()).find(({ occurrence }) => occurrence === "2026-03-02T02:00:00 machine");
    assert.equal(found.opensAt, "2026-03-01T17:00:00.000Z", "02:00 in Tokyo");
    const machines = await all.machines(found.id);
    assert.deepEqual(
      machines.map(({ name, opensAt, status }) => [name, status, ...(status === "NotStarted" ? [opensAt] : [])]),
      [
        ["tokyo", "NotStarted", "2026-03-01T17:00:00.000Z"],
        ["berlin", "NotStarted", "2026-03-02T01:00:00.000Z"],
        ["liar", "NotIncluded"],
        ["old", "NotIncluded"],
      ],
    );
    assert.match(machines[3].message, /time zone isn't known/);
    await all.pass({ hours: 4 });
    assert.equal((await all.rows()).find(({ id }) => id === found.id).status, "running");
  });

  it("wait for a freeze, start when it is over, and expire with it when it lasts", async () => {
    await all.machine("web1");
    await all.window("nightly");
    const freeze = (to: string) => ({ timeZone: "UTC", reason: "books", periods: [{ from: "2026-03-01T00:00", to }] });
    await all.ask("PUT", "/api/v1/freezes/books", { body: { spec: freeze("2026-03-02T03:00") } });
    await all.pass({ hours: 1 });
    await all.pass({ hours: 13 });
    const held = await all.only();
    assert.equal(held.status, "approved");
    assert.match(held.reason, /^held back: the freeze books holds it back until .*books/);
    await all.pass({ hours: 1 });
    assert.equal((await all.only()).status, "running");
  });

  it("expire with the freeze that held all of their window, and their machines say so", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.ask("PUT", "/api/v1/freezes/books", {
      body: { spec: { timeZone: "UTC", reason: "books", periods: [{ from: "2026-03-01T00:00", to: "2026-04-01T00:00" }] } },
    });
    await all.pass({ hours: 1 });
    await all.pass({ hours: 13 });
    await all.pass({ hours: 2 });
    const [first] = await all.rows();
    assert.equal(first.status, "expired");
    assert.match(first.reason, /the freeze books/);
    assert.deepEqual(first.machines, { Frozen: 1 });
  });

  it("have nothing to do, and say why: all is there, or no machine is", async () => {
    await all.machine("web1", { missing: [] });
    await all.window("calm");
    await all.window("empty", { selector: "name=nobody" });
    await all.pass({ hours: 14 });
    const [[calm], [empty]] = await Promise.all([all.rows("calm"), all.rows("empty")]);
    assert.deepEqual([calm.status, calm.reason], ["succeeded", "there is nothing to do: on 1 of 1 machines nothing is missing that is approved"]);
    assert.deepEqual([empty.status, empty.reason], ["expired", "its selector matches no machine"]);
  });

  it("hold no machine any more when their job has ended: what runs is lost, what waits is cancelled, and they have failed", async () => {
    for (const name of ["web1", "web2", "web3"]) await all.machine(name);
    await all.window("nightly");
    await all.pass({ hours: 14 });
    const { id, jobId } = await all.only();
    await settle(id, "web1", "Succeeded");
    await settle(id, "web2", "InProgress");
    await all.store.write((tx) => tx.deployments.patchMachine({ deploymentId: id, machineId: "mch_web2" }, { installCommand: "cmd_1" }));
    await all.store.write((tx) => tx.deployments.takeMachine("mch_web2", id, all.clock.now()));
    await all.post(`/jobs/${jobId}/stop`);
    await all.ask("GET", `/api/v1/jobs/${jobId}?wait=20s`);
    await all.pass({ seconds: 1 });
    const ended = await all.only();
    assert.equal(ended.status, "failed");
    assert.match(ended.reason, /^its job job_\w+ is stopped; 1 of 3 machines succeeded, 1 Cancelled, 1 AgentLost$/);
    assert.deepEqual(await all.store.read.deployments.locks(["mch_web2"]), []);
  });

  it("let what runs finish when their window closes, and end what never had its turn", async () => {
    for (const name of ["web1", "web2"]) await all.machine(name);
    await all.window("nightly");
    await all.pass({ hours: 14 });
    const { id, jobId } = await all.only();
    const ends = await all.installs(id, "mch_web1");
    await all.pass({ hours: 2 });
    const closing = (await all.rows())[0];
    assert.deepEqual([closing.status, closing.machines], ["running", { InProgress: 1, MaintenanceWindowExceeded: 1 }]);
    await all.pass({ hours: 1 });
    assert.equal((await all.rows())[0].status, "running", "an install is never interrupted");
    await settle(id, "web1", "Succeeded");
    await ends();
    await all.pass({ seconds: 1 });
    const ended = (await all.rows())[0];
    assert.deepEqual(
      [ended.status, ended.reason],
      ["failed", "its job hadn't ended when the window was long closed; 1 of 2 machines succeeded, 1 MaintenanceWindowExceeded"],
    );
    assert.equal((await all.ask("GET", `/api/v1/jobs/${jobId}?wait=20s`)).body.status, "stopped");
  });

  it("are held back while their runbook can't be started, and start when it is there again within the window", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 1 });
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/roll")).body.code, "BREAKS_TRIGGERS");
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/roll?breakTriggers=true")).status, 204);
    await all.pass({ hours: 13 });
    assert.match((await all.only()).reason, /^held back: the runbook roll wasn't published when this was planned; .*RUNBOOK_NOT_FOUND/);
    await all.post("/runbooks/roll/restore");
    await all.pass({ minutes: 1 });
    assert.equal((await all.only()).status, "running");
  });

  it("follow a change of their window: planned anew, moved, or dropped with what it doesn't have any more", async () => {
    await all.machine("web1");
    await all.machine("db1");
    await all.window("nightly", { approval: { count: 1 } });
    await all.pass({ hours: 1 });
    const before = await all.only();
    const bea = await all.tokenFor("bea", { role: "operator", scope: "/" });
    assert.equal((await all.post(`/deployments/${before.id}/approve`, { planHash: before.planHash }, bea)).status, 200);
    await all.window("nightly", { approval: { count: 1 }, selector: "name=web*" });
    await all.pass({ seconds: 1 });
    const after = await all.only();
    assert.equal(after.id, before.id);
    assert.notEqual(after.planHash, before.planHash);
    assert.deepEqual([after.status, after.machines.NotStarted], ["awaitingApproval", 1], "what was approved was another plan");
    await all.window("nightly", { approval: { count: 1 }, cron: "0 5 * * *" });
    await all.pass({ seconds: 1 });
    assert.deepEqual((await told()).sort(), ["03-02T02:00 aborted", "03-02T05:00 awaitingApproval"]);
  });

  it("stay as they are when only the description of their window changes", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.pass({ hours: 1 });
    const before = await all.only();
    await all.window("nightly", { description: "each night" });
    await all.pass({ seconds: 1 });
    assert.deepEqual(await all.only(), before);
  });

  it("end with their window when it is deleted before they start, and wait while it is disabled", async () => {
    await all.machine("web1");
    await all.window("nightly");
    await all.window("other");
    await all.pass({ hours: 1 });
    await all.window("other", { enabled: false });
    assert.equal((await all.ask("DELETE", "/api/v1/windows/nightly")).status, 204);
    await all.pass({ hours: 13 });
    const [[deleted], [disabled]] = await Promise.all([all.rows("nightly"), all.rows("other")]);
    assert.deepEqual([deleted.status, deleted.reason, disabled.reason], ["aborted", "its window was deleted", "held back: its window is disabled"]);
    await all.window("other", {});
    await all.pass({ minutes: 1 });
    assert.equal((await all.rows("other"))[0].status, "running");
  });

  it("don't begin for what had opened before their window was made", async () => {
    all.clock.setWallClock("2026-03-01T02:30:00Z");
    await all.machine("web1");
    await all.window("nightly", NIGHTLY);
    await all.pass({ minutes: 10 });
    assert.deepEqual(await told(), ["03-02T02:00 approved"]);
  });
});
