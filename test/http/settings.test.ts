import assert from "node:assert/strict";
import { openTls } from "../../engine/http/tls.ts";
import type { Activity } from "../../engine/protocol/http/access.ts";
import type { JournalEntry } from "../../engine/protocol/http/jobs.ts";
import type { TrendDay } from "../../engine/protocol/http/trend.ts";
import { testClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { aMember } from "../updates/reports.ts";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP: what surrounds the rest", function () {
  this.timeout(60_000);
  let all: Rig;
  before(async () => {
    all = await rig();
    await all.store.write(async (tx) => {
      for (const [n, scope] of ["/prod/web", "/prod/web", "/prod-2", "/prod/db/main"].entries())
        await tx.machines.insert(aMember(`mch_${n}`, `web-${n}`, { scope }));
      await tx.machines.patch("mch_1", { removedAt: 1 });
    });
    assert.equal(
      (await all.ask("POST", "/api/v1/runbooks/hello/publish", { body: { ...upload("hello", "async ({ output }) => output(1)"), scope: "/prod" } })).status,
      201,
    );
    const spec = { timeZone: "UTC", reason: "closed", periods: [{ from: "2026-03-02T00:00", to: "2026-03-09T00:00" }] };
    assert.equal((await all.ask("PUT", "/api/v1/freezes/closed", { body: { scope: "/quiet", spec } })).status, 201);
  });
  after(() => all.stop());

  describe("scopes", () => {
    const scopes = async (token?: string) =>
      (await all.ask("GET", "/api/v1/scopes", token ? { token } : {})).body.items.map(
        ({ scope, machines, runbooks }: any) => `${scope} ${machines} ${runbooks}`,
      );

    it("are a tree without gaps, each behind the one above it, with what lies in it", async () => {
      assert.deepEqual(await scopes(), ["/ 0 0", "/prod 0 1", "/prod/db 0 0", "/prod/db/main 1 0", "/prod/web 1 0", "/prod-2 1 0", "/quiet 0 0"]);
    });

    it("are those that one may see, and those of one's own that are empty", async () => {
      const token = await all.tokenFor("rita", { role: "reader", scope: "/prod/db" }, { role: "author", scope: "/empty" });
      assert.deepEqual(await scopes(token), ["/empty 0 0", "/prod/db 0 0", "/prod/db/main 1 0"]);
      assert.deepEqual(await scopes(await all.tokenFor("nil")), []);
    });
  });

  describe("settings", () => {
    it("tell readers how the engine is set up", async () => {
      const token = await all.tokenFor("reader-of-settings", { role: "reader", scope: "/prod" });
      const { status, body } = await all.ask("GET", "/api/v1/settings", { token });
      assert.equal(status, 200);
      assert.deepEqual(
        { ...body, database: { ...body.database, schemaVersion: 0 }, rateLimits: body.rateLimits.token },
        {
          ...{ version: "0.0.0", database: { kind: "sqlite", schemaVersion: 0 }, url: null, tls: null, retention: { history: "180d", trend: "400d" } },
          rateLimits: { perSecond: 1_000, burst: 2_000 },
        },
      );
      assert.equal((await all.ask("GET", "/api/v1/settings", { token: await all.tokenFor("nobody-much") })).status, 403);
    });

    it("tell when the certificate expires, and nothing of its key or the database's address", async () => {
      await using directory = await temporaryDirectory();
      const clock = testClock("2026-03-01T00:00:00Z");
      const tls = await openTls({ kind: "selfSigned", directory: directory.path, names: ["localhost"] }, clock);
      const one = await rig({ options: { tls, publicUrl: "https://runwright.example.com" } });
      try {
        const { body, text } = await one.ask("GET", "/api/v1/settings");
        assert.deepEqual(body.tls, { selfSigned: true, expiresAt: "2028-06-03T00:00:00.000Z" });
        assert.equal(body.url, "https://runwright.example.com");
        assert.ok(!/PRIVATE|BEGIN|memory:|password/.test(text), text);
      } finally {
        await one.stop();
      }
    });
  });

  describe("the activity log", () => {
    const found = async (query: Record<string, string>): Promise<string[]> => {
      const items: Activity[] = [];
      for (let cursor: string | undefined; ; ) {
        const { status, body, text } = await all.ask("GET", `/api/v1/activity?${new URLSearchParams({ ...query, limit: "2", ...(cursor ? { cursor } : {}) })}`);
        assert.equal(status, 200, text);
        items.push(...body.items);
        cursor = body.next ?? undefined;
        if (!cursor) return items.map(({ operation, target, result }) => `${operation} ${target} ${result}`);
      }
    };

    it("is filtered by operation or its first part, actor, target, result and time", async () => {
      const mallory = await all.tokenFor("mallory", { role: "reader", scope: "/" });
      const from = new Date(all.clock.now()).toISOString();
      await all.ask("PUT", "/api/v1/machines/web-0/tags", { token: mallory, body: { tags: {} } });
      await all.ask("PUT", "/api/v1/machines/web-0/tags", { body: { tags: { a: "1" } } });
      await all.ask("PUT", "/api/v1/machines/web-0/tags", { body: { tags: { a: "2" } } });
      await all.ask("PUT", "/api/v1/machines/web-0/name", { body: { name: "web-9" } });
      assert.deepEqual(await found({ operation: "machine", result: "ok" }), [
        "machine.rename machine:web-9 ok",
        "machine.tag machine:web-0 ok",
        "machine.tag machine:web-0 ok",
      ]);
      assert.deepEqual(await found({ operation: "machine.tag", actor: "mallory" }), ["machine.tag /api/v1/machines/web-0/tags PERMISSION_DENIED"]);
      assert.deepEqual(await found({ result: "PERMISSION_DENIED" }), ["machine.tag /api/v1/machines/web-0/tags PERMISSION_DENIED"]);
      assert.deepEqual(await found({ target: "machine:web-0", from }), ["machine.tag machine:web-0 ok", "machine.tag machine:web-0 ok"]);
      assert.deepEqual(await found({ operation: "mach" }), []);
      assert.deepEqual(await found({ from: "2100-01-01" }), []);
      assert.deepEqual(await found({ operation: "machine", to: from }), []);
    });

    it("refuses what can't be a filter", async () => {
      for (const query of [
        "from=2026-03-02&to=2026-03-01",
        "from=soon",
        "to=-1",
        `actor=${"x".repeat(10_000)}`,
        `operation=${"x".repeat(101)}`,
        "result=a&result=b",
        "since=2026",
      ])
        assert.equal((await all.ask("GET", `/api/v1/activity?${query}`)).status, 400, query.slice(0, 40));
    });
  });

  it("has figures of days for those who may see updates there", async () => {
    await all.trend.tick();
    const day = new Date(all.clock.now()).toISOString().slice(0, 10);
    const days = async (query: string, token?: string): Promise<TrendDay[]> =>
      (await all.ask("GET", `/api/v1/trend?${query}`, token ? { token } : {})).body.items;
    const [today] = await days("");
    assert.deepEqual([today?.day, today?.machines.notassessed, today?.missing.security, today?.overdue], [day, 3, 0, 0]);
    assert.equal((await days("selector=scope%3D%2Fprod&days=1"))[0]?.machines.notassessed, 2);
    const token = await all.tokenFor("rosa", { role: "reader", scope: "/prod-2" });
    assert.equal((await days("", token))[0]?.machines.notassessed, 1);
    for (const query of ["days=0", "days=401", "days=x", "selector=os%3Dlinux", "selector=%3D", "from=2026-01-01"])
      assert.equal((await all.ask("GET", `/api/v1/trend?${query}`)).status, 400, query);
  });
  describe("the journal of a job", () => {
    const journal = async (run: string): Promise<{ job: any; calls: JournalEntry[] }> => {
      await all.ask("POST", "/api/v1/runbooks/naps/publish", { body: upload("naps", run) });
      const { body: job } = await all.ask("POST", "/api/v1/runbooks/naps/jobs?wait=20s", { body: {} });
      assert.equal(job.status, "completed", JSON.stringify(job));
      return { job, calls: (await all.ask("GET", `/api/v1/jobs/${job.id}/journal`)).body.items };
    };
    const span = ({ issuedAt, settledAt }: JournalEntry): [number, number] => [Date.parse(issuedAt), Date.parse(String(settledAt))];

    it("says when each call was issued and settled, for a waterfall", async () => {
      // They count from the begin of the job: long enough that a slow machine has called both before the first one ends.
      const { job, calls } = await journal("async ({ sleep }) => { await Promise.all([sleep(600), sleep(900)]); await sleep(20); }");
      const [first = [0, 0], second = [0, 0], third = [0, 0]] = calls.map(span);
      assert.deepEqual(
        calls.map(({ call, settleOrder }) => [call, settleOrder]),
        [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
      );
      for (const [issued, settled] of [first, second, third])
        assert.ok(Date.parse(job.startedAt) <= issued && issued <= settled && settled <= Date.parse(job.endedAt));
      const start = Date.parse(job.startedAt);
      assert.ok(first[1] - start >= 600 && second[1] - start >= 900 && third[1] - second[1] >= 20, "each lasted");
      assert.ok(second[0] < first[1] && third[0] >= second[1], "the first two side by side, the third behind them");
    });

    it("says when a call was made for the first time, where the job has given its isolate back since", async () => {
      const { job, calls } = await journal("async ({ sleep }) => { await sleep(50); await Promise.all([sleep(1700), sleep(1750)]); }");
      assert.ok(job.attempt > 1, "the job has waited in the store");
      const [before = [0, 0], one = [0, 0], other = [0, 0]] = calls.map(span);
      assert.ok(one[0] >= before[1] && one[0] - before[1] < 1_000 && one[1] - one[0] >= 1_700 && other[1] - other[0] >= 1_750);
    });
  });
});
