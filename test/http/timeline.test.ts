import assert from "node:assert/strict";
import type { CommandHead, TimelineEntry } from "../../engine/protocol/http/timeline.ts";
import type { AssessmentRecord } from "../../engine/store/records/updates.ts";
import { aCommand } from "../contract/rows.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { aMember } from "../updates/reports.ts";
import { type Rig, rig } from "./rig.ts";

const NOW = Date.UTC(2026, 2, 1, 12);
const MINUTE = 60_000;

const anAssessment = (n: number, fields: Partial<AssessmentRecord> = {}): AssessmentRecord => ({
  ...{ id: `asm_${n}`, machineId: "mch_1", packageManager: "apt", sequence: n, collectedAt: NOW, receivedAt: NOW + n * MINUTE, listsUpdatedAt: NOW },
  ...{
    rebootPending: false,
    rebootReasons: [],
    compliance: "compliant",
    counts: {},
    problems: [],
    installedCount: 7,
    digest: null,
    verdicts: { approved: 0 },
    judgeAgainAt: null,
  },
  ...fields,
});

describe("HTTP: the timeline of a machine", function () {
  this.timeout(60_000);
  let clock: TestClock;
  let r: Rig;
  beforeEach(async () => {
    clock = testClock(NOW);
    r = await rig({ clock });
    await r.store.write((tx) => tx.machines.insert(aMember("mch_1", "web-1")));
  });
  afterEach(() => r.stop());

  async function entries(query = "", token?: string): Promise<TimelineEntry[]> {
    const items: TimelineEntry[] = [];
    for (let cursor = ""; ; ) {
      const { status, body, text } = await r.ask("GET", `/api/v1/machines/web-1/timeline?${query}${cursor}`, token ? { token } : {});
      assert.equal(status, 200, text);
      items.push(...body.items);
      if (body.next === null) return items;
      cursor = `&cursor=${body.next}`;
    }
  }
  const brief = (items: readonly TimelineEntry[]) => items.map(({ kind, id }) => `${kind} ${id}`);

  it("has assessments where something changed against the one before, with both", async () => {
    await r.store.write(async (tx) => {
      const found: Partial<AssessmentRecord>[] = [
        {},
        {},
        { compliance: "noncompliant", counts: { security: 2, other: 1 }, verdicts: { approved: 3 } },
        // The same, in another order.
        { compliance: "noncompliant", counts: { other: 1, security: 2 }, verdicts: { approved: 3 } },
        { compliance: "noncompliant", counts: { other: 1, security: 2 }, verdicts: { approved: 3 }, rebootPending: true },
        { compliance: "noncompliant", counts: { other: 1, security: 2 }, verdicts: { approved: 2, overdue: 1 }, rebootPending: true },
        { problems: ["no network"], verdicts: { approved: 2, overdue: 1 }, compliance: "noncompliant", counts: { security: 2, other: 1 }, rebootPending: true },
      ];
      for (const [n, fields] of found.entries()) await tx.updates.insertAssessment(anAssessment(n, fields));
    });
    const items = await entries();
    assert.deepEqual(brief(items), ["assessment asm_5", "assessment asm_4", "assessment asm_2", "assessment asm_0"]);
    assert.deepEqual(items[2], {
      ...{ kind: "assessment", id: "asm_2", at: new Date(NOW + 2 * MINUTE).toISOString() },
      now: { compliance: "noncompliant", counts: { security: 2, other: 1 }, verdicts: { approved: 3 }, rebootPending: false },
      previous: { compliance: "compliant", counts: {}, verdicts: { approved: 0 }, rebootPending: false },
    });
    assert.equal(items[3]?.kind === "assessment" && items[3].previous, null);
    for (const limit of [1, 2, 3]) assert.deepEqual(brief(await entries(`limit=${limit}`)), brief(items));
  });

  it("merges installs, commands, assessments and events, each once, however the pages fall", async () => {
    await r.store.write(async (tx) => {
      for (let n = 0; n < 12; n++) {
        const at = NOW + Math.floor(n / 3) * MINUTE; // three of each kind at a moment
        await tx.commands.insert(
          aCommand({ id: `cmd_${n}`, createdAt: at, deadlineAt: at + 1, status: "completed", endedAt: at, action: n % 2 ? "exec" : "install" }),
        );
        await tx.updates.insertAssessment(anAssessment(n, { receivedAt: at, counts: { security: n } }));
        if (n % 2) continue;
        const update = { name: "bash", architecture: "amd64", version: "2", fromVersion: "1", message: "", startedAt: 1, endedAt: 2 };
        await tx.installs.put({
          ...{
            commandId: `cmd_${n}`,
            machineId: "mch_1",
            action: "install",
            jobId: null,
            packageManager: "apt",
            startedAt: at,
            endedAt: at,
            rebootPending: true,
          },
          ...{ resumed: 0, repairs: [], logFile: "" },
          updates: [
            { ...update, status: "Succeeded" },
            { ...update, name: "curl", status: "Failed" },
          ],
        });
      }
    });
    for (let n = 0; n < 4; n++) {
      assert.equal((await r.ask("PUT", "/api/v1/machines/web-1/tags", { body: { tags: { n: String(n) } } })).status, 200);
      clock.advance(MINUTE);
    }
    const items = await entries();
    assert.equal(items.length, 12 + 6 + 6 + 4);
    assert.equal(new Set(brief(items)).size, items.length);
    const times = items.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().reverse());
    for (const limit of [1, 2, 5, 7, 500]) assert.deepEqual(brief(await entries(`limit=${limit}`)), brief(items), `${limit} at a time`);
    const install = items.find(({ kind }) => kind === "install");
    assert.deepEqual(install?.kind === "install" && [install.statuses, install.updates, install.rebootPending], [
      { Succeeded: 1, Failed: 1 },
      ["bash", "curl"],
      true,
    ]);
    const event = items.find(({ kind }) => kind === "event");
    assert.deepEqual(event?.kind === "event" && [event.operation, event.actor.name, event.details], [
      "machine.tag",
      "admin",
      { from: { n: "2" }, to: { n: "3" } },
    ]);
  });

  it("follows a machine through its names, and leaves out others that had them", async () => {
    const tag = (name: string, value: string) => r.ask("PUT", `/api/v1/machines/${name}/tags`, { body: { tags: { value } } });
    const rename = (from: string, to: string) => r.ask("PUT", `/api/v1/machines/${from}/name`, { body: { name: to } });
    await r.store.write((tx) => tx.machines.insert(aMember("mch_0", "old-1")));
    const steps = [
      () => tag("old-1", "of another one"),
      () => r.ask("DELETE", "/api/v1/machines/old-1"),
      () => tag("web-1", "first"),
      () => rename("web-1", "old-1"),
      () => tag("old-1", "second"),
      () => rename("old-1", "web-9"),
      async () => r.store.write((tx) => tx.machines.insert(aMember("mch_2", "old-1"))),
      () => tag("old-1", "of the next one"),
      () => rename("web-9", "web-1"),
      () => tag("web-1", "third"),
    ];
    for (const step of steps) {
      await step();
      clock.advance(MINUTE);
    }
    const told = (await entries()).map((entry) => entry.kind === "event" && [entry.operation, (entry.details as any).to?.value ?? (entry.details as any).to]);
    assert.deepEqual(told, [
      ["machine.tag", "third"],
      ["machine.rename", "web-1"],
      ["machine.rename", "web-9"],
      ["machine.tag", "second"],
      ["machine.rename", "old-1"],
      ["machine.tag", "first"],
    ]);
  });

  it("shows events to those alone who may read the activity log", async () => {
    await r.ask("PUT", "/api/v1/machines/web-1/tags", { body: { tags: { a: "1" } } });
    await r.store.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" })));
    const reader = await r.tokenFor("rita", { role: "reader", scope: "/prod" });
    const operator = await r.tokenFor("otto", { role: "operator", scope: "/prod" });
    assert.deepEqual(brief(await entries("", reader)), ["command cmd_1"]);
    assert.equal((await entries("", operator)).length, 2);
    const stranger = await r.tokenFor("sam", { role: "admin", scope: "/test" });
    for (const path of ["timeline", "commands"]) assert.equal((await r.ask("GET", `/api/v1/machines/web-1/${path}`, { token: stranger })).status, 404);
  });

  it("lists commands, newest first, without what is sealed in them", async () => {
    await r.store.write(async (tx) => {
      for (let n = 0; n < 7; n++)
        await tx.commands.insert(aCommand({ id: `cmd_${n}`, createdAt: NOW + Math.floor(n / 3), jobId: n === 6 ? "job_1" : null, action: "install" }));
    });
    const items: CommandHead[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await r.ask("GET", `/api/v1/machines/web-1/commands?limit=2${cursor}`);
      items.push(...body.items);
      if (!body.next) break;
      cursor = `&cursor=${body.next}`;
    }
    assert.deepEqual(
      items.map(({ id }) => id),
      ["cmd_6", "cmd_5", "cmd_4", "cmd_3", "cmd_2", "cmd_1", "cmd_0"],
    );
    assert.deepEqual(items[0], {
      ...{ id: "cmd_6", action: "install", status: "queued", jobId: "job_1", actor: { id: "prn_1", kind: "user", name: "ada" }, correlationId: "c1" },
      ...{ createdAt: new Date(NOW + 2).toISOString(), deadlineAt: "2026-03-01T00:01:00.000Z", sentAt: null, acknowledgedAt: null, endedAt: null },
    });
  });

  it("refuses cursors of other lists and machines, and what isn't a machine", async () => {
    await r.store.write(async (tx) => {
      await tx.machines.insert(aMember("mch_2", "web-2"));
      for (const n of [1, 2]) await tx.commands.insert(aCommand({ id: `cmd_${n}` }));
    });
    const { body } = await r.ask("GET", "/api/v1/machines/web-1/commands?limit=1");
    const { body: other } = await r.ask("GET", "/api/v1/machines/web-1/timeline?limit=1");
    for (const path of [
      `web-2/commands?cursor=${body.next}`,
      `web-1/timeline?cursor=${body.next}`,
      `web-2/timeline?cursor=${other.next}`,
      "web-1/timeline?cursor=x",
      "web-1/timeline?limit=0",
      "web-1/commands?limit=501",
    ])
      assert.equal((await r.ask("GET", `/api/v1/machines/${path}`)).status, 400, path);
    for (const name of ["nobody", "x".repeat(299), "%00", "..%2f"]) assert.equal((await r.ask("GET", `/api/v1/machines/${name}/timeline`)).status, 404, name);
  });
});
