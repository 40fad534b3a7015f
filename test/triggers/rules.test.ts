import assert from "node:assert/strict";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { Happening } from "../../engine/core/happening.ts";
import type { Facts } from "../../engine/core/machine.ts";
import { createAbsence, tellBack } from "../../engine/fleet/absence.ts";
import type { Store } from "../../engine/store/store.ts";
import { createRules } from "../../engine/triggers/rules.ts";
import { aCommand, aMachine } from "../contract/rows.ts";
import { quiet } from "../http/rig.ts";
import { publish, type World, world } from "./world.ts";

const GREET = { runs: [{ runbook: "greet" }] };

describe("event rules", function () {
  this.timeout(60_000);
  let all: World;
  let count = 0;
  beforeEach(async () => {
    all = await world("2026-03-01T00:30:00Z");
  });
  afterEach(() => all.stop());

  const happening = (more: Partial<Happening> = {}): Happening => {
    const at = all.clock.now();
    const machine = { id: "mch_1", name: "web1", scope: "/", tags: {}, facts: null };
    const { scope = "/", ...rest } = more;
    return {
      ...{ id: `machine.stale mch_1 ${++count}`, kind: "machine.stale", scope, correlationId: "c1", depth: 0, at },
      document: { kind: "machine.stale", at: new Date(at).toISOString(), machine },
      ...rest,
    };
  };
  const happen = async (...some: Happening[]) => {
    await all.store.write(async (tx) => {
      for (const one of some) await tx.happenings.tell(one);
    });
    return all.triggers.rules.tick();
  };
  const rule = (name: string, spec: object = {}, more: object = {}) => all.put("event-rules", name, { on: "machine.stale", ...GREET, ...spec }, more);
  const statuses = async () => (await all.rows("&kind=EventRule")).map(({ status }) => status);
  const run = (runbook: string) => all.ask("POST", `/api/v1/runbooks/${runbook}/jobs?wait=20s`, { body: {} });

  it("start a runbook when a job has failed, with parameters from its document, once, as part of what the job belongs to", async () => {
    await publish(all, "boom", 'async () => { throw new Error("out of \\0 disk"); }');
    await publish(all, "heal", "async ({ params, output }) => output(params)", 'parameters: { type: "object", properties: { id: {}, event: {}, level: {} } },');
    const runs = [{ runbook: "heal", map: { id: "/job/id", gone: "/job/nothing" }, parameters: { level: 3 } }];
    const wrong = await all.ask("PUT", "/api/v1/event-rules/heal", { body: { spec: { on: "job.failed", runs } } });
    assert.match(wrong.text, /runs\/0\/map\/gone/);
    await all.put("event-rules", "heal", {
      on: "job.failed",
      where: [
        { at: "/job/runbook", equals: "boom" },
        { at: "/job/error/message", startsWith: "out of" },
      ],
      runs: [{ runbook: "heal", map: { id: "/job/id" }, parameters: { level: 3 } }],
    });
    const { body: failed } = await run("boom");
    assert.equal(failed.status, "failed");
    assert.equal(await all.triggers.rules.tick(), 1);
    assert.equal(await all.triggers.rules.tick(), 0);
    await all.settle("heal");
    const [job, ...others] = await all.jobs("heal");
    const record = await all.store.read.jobs.get(String(job?.id));
    assert.deepEqual([job?.status, job?.trigger, others.length], ["completed", "alert", 0]);
    assert.deepEqual([record?.correlationId, record?.depth], [failed.correlationId, 1]);
    const { id, level, event } = (record?.params ?? {}) as { id: string; level: number; event: any };
    assert.deepEqual([id, level, event.kind, event.job.error.message], [failed.id, 3, "job.failed", "out of \ufffd disk"]);
    const entry = (await all.activity()).find(({ actorName }) => actorName === "rule:heal");
    assert.deepEqual([entry?.operation, entry?.target, entry?.correlationId], ["job.run", "runbook:heal", failed.correlationId]);
  });

  it("end when they start each other for ever: eight jobs, then one row that says why", async () => {
    await publish(all, "boom", 'async () => { throw new Error("again"); }');
    await all.put("event-rules", "again", { on: "job.failed", runs: [{ runbook: "boom" }] });
    await run("boom");
    let rounds = 0;
    while ((await all.triggers.rules.tick()) > 0) {
      assert.ok(++rounds < 20, "it goes on for ever");
      await all.settle("boom");
    }
    assert.equal((await all.jobs("boom")).length, 9);
    assert.deepEqual(await statuses(), [...Array.from({ length: 8 }, () => "started"), "refused"]);
    assert.match((await all.rows("&kind=EventRule")).at(-1)?.reason ?? "", /9 triggers and runbooks led to it, at most 8/);
  });

  it("end when they and a machine lead to each other for ever, also when a job that looks at all machines comes in between", async () => {
    await publish(all, "reboot", "async () => {}");
    await all.put("event-rules", "reboots", { on: "machine.back", runs: [{ runbook: "reboot" }] });
    const absence = createAbsence({ store: all.store, clock: all.clock, newId: all.newId, staleMs: 900_000, log: quiet });
    const pass = async (minutes: number) => {
      for (let n = 0; n < minutes; n++) {
        all.clock.advance({ minutes: 1 });
        await absence.tick();
      }
    };
    const machine = aMachine({ id: "mch_1", name: "web1", lastSeenAt: all.clock.now() });
    await all.store.write((tx) => tx.machines.insert(machine));
    const comesBack = () =>
      all.store.write(async (tx) => {
        const at = all.clock.now();
        const found = await tx.machines.connect("mch_1", { publicKey: machine.publicKey, engine: "eng_1", facts: {} as Facts, at });
        assert.ok(found?.staleSince);
        await tellBack(tx, found, { at, newId: all.newId });
      });
    const commandOf = (jobId: string) =>
      all.store.write((tx) => tx.commands.insert(aCommand({ id: all.newId("cmd"), machineId: "mch_1", jobId, createdAt: all.clock.now() })));
    let rebooted = 0;
    for (let round = 0; round < 12; round++) {
      await pass(17);
      await comesBack();
      await all.triggers.rules.tick();
      await all.settle("reboot");
      const jobs = await all.jobs("reboot");
      const visit = await run("greet");
      if (jobs.length === rebooted) break;
      rebooted = jobs.length;
      await commandOf(String(jobs[0]?.id));
      await commandOf(visit.body.id);
      await all.store.write((tx) => tx.machines.disconnect("mch_1", "eng_1", all.clock.now()));
    }
    assert.equal(rebooted, 8);
    assert.deepEqual(await statuses(), [...Array.from({ length: 8 }, () => "started"), "refused"]);
    const correlations = await Promise.all((await all.jobs("reboot")).map(async ({ id }) => (await all.store.read.jobs.get(id))?.correlationId));
    assert.equal(new Set(correlations).size, 1, "all belong to the first");
  });

  it("hear nothing of jobs that only test or rehearse", async () => {
    await publish(all, "boom", 'async () => { throw new Error("dry"); }');
    await all.put("event-rules", "any", { on: "job.failed", ...GREET });
    const { body } = await all.ask("POST", "/api/v1/runbooks/boom/jobs?wait=20s", { body: { dry: true } });
    assert.equal(body.status, "failed", JSON.stringify(body));
    assert.equal(await all.triggers.rules.tick(), 0);
  });

  it("see what happens in their scope and below, and nothing of others", async () => {
    await publish(all, "team-job", "async () => {}", "", { scope: "/team" });
    await rule("team", { runs: [{ runbook: "team-job" }] }, { scope: "/team" });
    assert.equal(await happen(happening({ scope: "/" }), happening({ scope: "/other" }), happening({ scope: "/teams" })), 3);
    assert.deepEqual(await statuses(), []);
    await happen(happening({ scope: "/team/web" }));
    assert.deepEqual(await statuses(), ["started"]);
  });

  it("let be what isn't meant: another kind, a condition that doesn't hold, a rule that is disabled", async () => {
    await rule("other", { on: "machine.back" });
    await rule("picky", { where: [{ at: "/machine/tags/role", equals: "web" }] });
    await rule("disabled", { enabled: false });
    await happen(happening());
    assert.deepEqual(await all.rows(), []);
  });

  it("leave a row for what happened too long ago, and for what a freeze holds back", async () => {
    await rule("hour");
    await rule("minutes", { grace: "5m" });
    await happen(happening({ at: all.clock.now() - 600_000 }), happening({ at: all.clock.now() - 3_600_001 }));
    const found = (await all.rows()).map((row) => `${(row as unknown as { name: string }).name} ${row.status}`);
    assert.deepEqual(found.sort(), ["hour missed", "hour started", "minutes missed", "minutes missed"]);
    await all.put("freezes", "audit", { timeZone: "UTC", reason: "the auditors are here", periods: [{ from: "2026-03-01", to: "2026-03-02" }] });
    await happen(happening());
    assert.match((await all.rows("&status=frozen")).at(-1)?.reason ?? "", /audit holds it back until .*: the auditors are here/);
  });

  it("with overlap skip leave out what happens while their job runs", async () => {
    await rule("skips", { overlap: "skip", runs: [{ runbook: "endless" }] });
    await happen(happening(), happening());
    await happen(happening());
    assert.deepEqual(await statuses(), ["started", "skipped", "skipped"]);
  });

  it("with overlap queue start one after the other, in the order in which it happened", async () => {
    await publish(all, "note", "async () => {}", 'parameters: { type: "object", properties: { event: {} } },');
    await rule("queues", { runs: [{ runbook: "note" }] });
    const started = all.clock.now();
    await happen(...[3, 1, 2].map((n) => happening({ at: started - 10 + n, document: { n } })));
    for (let n = 0; n < 3; n++) {
      await all.settle("note");
      await all.triggers.waiting.tick();
    }
    const order = (await all.jobs("note")).toReversed().map(({ params }) => (params as { event: { n: number } }).event.n);
    assert.deepEqual(
      [order, await statuses()],
      [
        [1, 2, 3],
        ["started", "started", "started"],
      ],
    );
  });

  it("with overlap cancel stop the job before, and only the newest takes its place", async () => {
    await rule("cancels", { overlap: "cancel", runs: [{ runbook: "endless" }] });
    await happen(happening(), happening(), happening());
    assert.deepEqual(await statuses(), ["started", "skipped", "waiting"]);
    await all.settle("endless");
    await all.triggers.waiting.tick();
    assert.deepEqual((await all.jobs("endless")).map(({ status }) => (status === "stopped" ? status : "under way")).sort(), ["stopped", "under way"]);
  });

  it("that are disabled or deleted start nothing that still waits", async () => {
    await rule("disabled", { runs: [{ runbook: "endless" }] });
    await rule("deleted", { runs: [{ runbook: "endless" }] });
    await happen(happening(), happening());
    await rule("disabled", { enabled: false, runs: [{ runbook: "endless" }] });
    await all.ask("DELETE", "/api/v1/event-rules/deleted");
    for (const { id } of await all.jobs("endless")) await all.ask("POST", `/api/v1/jobs/${id}/stop`);
    await all.settle("endless");
    assert.equal(await all.triggers.waiting.tick(), 0);
    assert.deepEqual((await all.rows("&status=skipped")).map(({ reason }) => reason).sort(), ["its rule was deleted", "its rule was disabled while it waited"]);
  });

  it("whose runbook is gone, takes other parameters or lies elsewhere now leave a row, and keep no other rule from starting", async () => {
    for (const name of ["gone", "changed"]) await publish(all, name, "async () => {}");
    await publish(all, "moved", "async () => {}", "", { scope: "/team" });
    await rule("gone", { runs: [{ runbook: "gone" }] });
    await rule("changed", { runs: [{ runbook: "changed" }] });
    await rule("moved", { runs: [{ runbook: "moved" }] }, { scope: "/team" });
    await rule("well");
    await all.ask("DELETE", "/api/v1/runbooks/gone?breakTriggers=true");
    const needs = 'parameters: { type: "object", properties: { room: { type: "string" } }, required: ["room"] },';
    await publish(all, "changed", "async () => {}", needs, { breakTriggers: true });
    const moved = await all.store.read.runbooks.byName("moved");
    await all.store.write((tx) => tx.runbooks.purge(String(moved?.id)));
    await publish(all, "moved", "async () => {}", "", { scope: "/other" });
    await happen(happening({ scope: "/team" }));
    const found = (await all.rows()).map(({ runbook, status, reason }) => `${runbook} ${status} ${/\[(\w+)\]/.exec(reason)?.[1] ?? ""}`);
    assert.deepEqual(found.sort(), [
      "changed refused PARAMETERS_INVALID",
      "gone refused RUNBOOK_NOT_FOUND",
      "greet started ",
      "moved refused PERMISSION_DENIED",
    ]);
  });

  describe("that change while something is looked at", () => {
    const rulesThatWrite = (write: Store["write"]) =>
      createRules({
        ...{ store: { ...all.store, write }, clock: all.clock, log: quiet },
        ...{ firing: all.triggers.firing as never, freezes: all.triggers.freezes, jobs: { tell() {}, stop: async () => {} } },
      });
    /** Rules whose first transaction is preceded by a change of someone else. */
    const interrupted = (change: () => Promise<unknown>) => {
      let first = true;
      return rulesThatWrite(async (writer) => {
        if (first) {
          first = false;
          await change();
        }
        return all.store.write(writer);
      });
    };
    const tell = () => all.store.write((tx) => tx.happenings.tell(happening()));

    it("start nothing when they are gone", async () => {
      await rule("gone");
      await tell();
      assert.equal(await interrupted(() => all.ask("DELETE", "/api/v1/event-rules/gone")).tick(), 1);
      assert.deepEqual([await all.rows(), await all.store.read.happenings.open(1)], [[], []]);
    });

    it("do what they say after the change", async () => {
      await rule("changed");
      await tell();
      await interrupted(() => rule("changed", { runs: [{ runbook: "endless" }] })).tick();
      assert.deepEqual(
        (await all.rows()).map(({ runbook, status }) => [runbook, status]),
        [["endless", "started"]],
      );
    });

    it("start once what an engine had begun when it died, before its commit or after it", async () => {
      const away = () => new RunwrightError("DATABASE_UNAVAILABLE", "gone");
      await rule("once", { overlap: "skip", runs: [{ runbook: "endless" }] });
      await tell();
      const undone = rulesThatWrite((writer) =>
        all.store.write(async (tx) => {
          await writer(tx);
          throw away();
        }),
      );
      await assert.rejects(undone.tick(), /gone/);
      assert.deepEqual([await statuses(), await all.jobs("endless")], [[], []]);
      const unanswered = rulesThatWrite(async (writer) => {
        await all.store.write(writer);
        throw away();
      });
      await assert.rejects(unanswered.tick(), /gone/);
      assert.equal(await all.triggers.rules.tick(), 0);
      assert.deepEqual([await statuses(), (await all.jobs("endless")).length], [["started"], 1]);
    });

    it("start nothing twice when another engine was faster", async () => {
      await rule("once", { overlap: "skip" });
      await tell();
      assert.equal(await interrupted(() => all.triggers.rules.tick()).tick(), 0);
      assert.deepEqual(await statuses(), ["started"]);
    });
  });

  it("that the engine can't follow by a mistake of its own leave a row, and what happens later goes on", async () => {
    await rule("broken");
    await all.store.write((tx) => tx.happenings.tell(happening()));
    const firing = {
      ...all.triggers.firing,
      prepareAll: async () => {
        throw new TypeError("the password is hunter2");
      },
    };
    const rules = createRules({
      ...{ store: all.store, clock: all.clock, log: quiet, freezes: all.triggers.freezes },
      ...{ firing: firing as never, jobs: { tell() {}, stop: async () => {} } },
    });
    assert.equal(await rules.tick(), 1);
    const [row] = await all.rows();
    assert.deepEqual([row?.status, row?.reason], ["refused", "the engine made a mistake, which its log tells more of [INTERNAL]"]);
  });

  it("wait for what passes, and lose nothing by it", async () => {
    await rule("later");
    await all.store.write((tx) => tx.happenings.tell(happening()));
    const firing = {
      ...all.triggers.firing,
      prepareAll: async () => {
        throw new RunwrightError("OVERLOADED", "come again");
      },
    };
    const rules = createRules({
      ...{ store: all.store, clock: all.clock, log: quiet, freezes: all.triggers.freezes },
      ...{ firing: firing as never, jobs: { tell() {}, stop: async () => {} } },
    });
    await assert.rejects(rules.tick(), /come again/);
    assert.equal(await all.triggers.rules.tick(), 1);
    assert.deepEqual(await statuses(), ["started"]);
  });

  it("take 10,000 of what happened while no engine was there: no storm, a row for each, and a message of a megabyte cut short", async () => {
    await rule("queues", { runs: [{ runbook: "endless" }] });
    const now = all.clock.now();
    for (let from = 0; from < 10_000; from += 1_000) {
      await all.store.write(async (tx) => {
        for (let n = from; n < from + 1_000; n++) await tx.happenings.tell(happening({ at: now - (10_000 - n) * 1_000, document: { n } }));
      });
    }
    const long = happening({ document: { kind: "machine.stale", text: `\0${"x".repeat(1_000_000)}` } });
    const began = performance.now();
    assert.equal(await happen(long), 10_001);
    console.log(`        10,001 in ${Math.round(performance.now() - began)} ms`);
    const kept = (await all.store.read.happenings.get(long.id))?.document.text as string;
    assert.deepEqual([kept.length, kept[0], kept.at(-1)], [4_000, "\ufffd", "…"]);
    const counts: Record<string, number> = {};
    const rows = await all.store.read.occurrences.list({ scopes: ["/"], limit: 20_000 });
    for (const { status } of rows) counts[status] = (counts[status] ?? 0) + 1;
    assert.deepEqual(counts, { missed: 6_400, started: 1, waiting: 100, skipped: 3_500 });
  });
});
