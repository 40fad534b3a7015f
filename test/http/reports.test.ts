import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { ComplianceReport } from "../../engine/core/compliance/report.ts";
import { DARK, LIGHT } from "../../engine/http/reports/style.ts";
import type { InstallRecord } from "../../engine/store/records/installs.ts";
import { type DeployWorld, deployWorld, HOUR } from "../deploy/world.ts";

const DAY = 24 * HOUR;

describe("HTTP: reports on compliance", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-31T12:00:00Z");
  });
  afterEach(() => all.stop());

  const ask = (query = "", token?: string) => all.ask("GET", `/api/v1/reports/compliance${query}`, token === undefined ? {} : { token });
  async function report(query = "", token?: string): Promise<ComplianceReport> {
    const { status, body, text } = await ask(query, token);
    assert.equal(status, 200, text);
    return body;
  }

  /** Changes what is stored of a machine's missing updates. */
  const patchUpdates = (id: string, change: (name: string) => object) =>
    all.store.write(async (tx) => {
      const updates = await tx.updates.ofMachine(id);
      await tx.updates.changeUpdates(id, { put: updates.map((update) => ({ ...update, ...change(update.name) })), removed: [] });
    });

  const installed = (machineId: string, daysAgo: number, updates: readonly [name: string, status: string][]) =>
    all.store.write((tx) => {
      const startedAt = all.clock.now() - daysAgo * DAY;
      const record = {
        ...{ commandId: `cmd_${machineId}_${daysAgo}`, machineId, action: "install", jobId: null, packageManager: "apt", startedAt, endedAt: startedAt },
        ...{ rebootPending: false, resumed: 0, repairs: [], logFile: "" },
        updates: updates.map(([name, status]) => ({
          ...{ name, architecture: "amd64", version: "2", fromVersion: "1", status, message: "", startedAt: null, endedAt: null },
        })),
      } as unknown as InstallRecord;
      return tx.installs.put(record);
    });

  it("of no machines say so, in every format", async () => {
    const { machines, byScope, sla, installs, trend, bySecurityAge } = await report();
    assert.deepEqual(machines, {
      ...{ total: 0, byCompliance: { compliant: 0, noncompliant: 0, notassessed: 0, stale: 0 }, compliantShare: null, rebootPending: 0 },
    });
    assert.deepEqual([byScope, sla.overdue, installs.successShare, trend], [[], 0, null, []]);
    assert.equal(
      bySecurityAge.reduce((sum, one) => sum + one.machines, 0),
      0,
    );
    assert.match((await ask("?format=html")).text, /No machine matches: there is nothing to report on/);
    assert.equal((await ask("?format=csv")).text.trim().split("\r\n").length, 1);
  });

  it("count machines by scope, updates by class, and machines by the age of their oldest security update", async () => {
    const now = all.clock.now();
    await all.machine("web1", { scope: "/prod", missing: [{ name: "openssl" }, { name: "bash", classification: "other" }], rebootPending: true });
    await all.machine("web2", { scope: "/prod", missing: [] });
    await all.machine("db1", { scope: "/test", missing: [{ name: "openssl" }, { name: "curl", classification: "other", severity: "critical" }] });
    await patchUpdates("mch_web1", (name) => ({ firstSeenAt: now - (name === "openssl" ? 29 : 300) * DAY }));
    await patchUpdates("mch_db1", (name) => ({ firstSeenAt: now - (name === "openssl" ? 61 : 210) * DAY }));
    const found = await report();
    assert.deepEqual([found.machines.total, found.machines.compliantShare, found.machines.rebootPending], [3, 1 / 3, 1]);
    assert.deepEqual(
      found.byScope.map(({ scope, total, missing, security, machines }) => ({ scope, total, missing, security, machines })),
      [
        { scope: "/prod", total: 2, missing: 2, security: 1, machines: 1 },
        { scope: "/test", total: 1, missing: 2, security: 2, machines: 1 },
      ],
    );
    assert.deepEqual(found.byClassification, [
      { classification: "security", missing: 2, machines: 2, overdue: 0 },
      { classification: "other", missing: 2, machines: 2, overdue: 0 },
    ]);
    assert.deepEqual(
      found.bySecurityAge.filter(({ machines }) => machines > 0),
      [
        { bucket: "none", fromDays: null, machines: 1 },
        { bucket: "recent", fromDays: 0, machines: 1 },
        { bucket: "older", fromDays: 210, machines: 1 },
      ],
    );
    assert.equal(found.oldestSecurityFirstSeenAt, new Date(now - 210 * DAY).toISOString());
  });

  it("name what is beyond its due time, and for how long", async () => {
    const now = all.clock.now();
    await all.machine("web1", { missing: [{ name: "openssl" }, { name: "bash" }, { name: "curl" }] });
    await all.machine("web2", { missing: [{ name: "openssl" }, { name: "phased", phased: true }] });
    const due: Record<string, number | null> = { openssl: now - DAY, bash: now - 3 * DAY, curl: now + 6 * DAY, phased: now - 9 * DAY };
    for (const id of ["mch_web1", "mch_web2"]) await patchUpdates(id, (name) => ({ dueAt: due[name] }));
    const { sla } = await report();
    assert.deepEqual(sla, {
      ...{ overdue: 3, machines: 2, dueSoon: 1 },
      updates: [
        { name: "openssl", machines: 2, since: "2026-03-30T12:00:00.000Z" },
        { name: "bash", machines: 1, since: "2026-03-28T12:00:00.000Z" },
      ],
      worst: [
        { machine: "web1", scope: "/prod", overdue: 2, since: "2026-03-28T12:00:00.000Z" },
        { machine: "web2", scope: "/prod", overdue: 1, since: "2026-03-30T12:00:00.000Z" },
      ],
    });
  });

  it("tell how installs of the period went, day by day", async () => {
    await all.machine("web1");
    await all.machine("web2");
    await installed("mch_web1", 0, [
      ["openssl", "Succeeded"],
      ["bash", "Failed"],
    ]);
    await installed("mch_web2", 2, [
      ["openssl", "Succeeded"],
      ["curl", "Succeeded"],
      ["linux", "MaintenanceWindowExceeded"],
    ]);
    await installed("mch_web2", 7, [["old", "Failed"]]);
    const { installs } = await report("?days=3");
    assert.deepEqual(installs, {
      ...{ byStatus: { Succeeded: 3, Failed: 1, MaintenanceWindowExceeded: 1 }, successShare: 0.75, machines: 2 },
      byDay: [
        { day: "2026-03-29", succeeded: 2, failed: 0, other: 1 },
        { day: "2026-03-30", succeeded: 0, failed: 0, other: 0 },
        { day: "2026-03-31", succeeded: 1, failed: 1, other: 0 },
      ],
      failures: [{ name: "bash", count: 1 }],
    });
    assert.deepEqual((await report("?days=3&selector=name%3Dweb2")).installs.byStatus, { Succeeded: 2, MaintenanceWindowExceeded: 1 });
  });

  it("are about what their reader may see, and no more", async () => {
    await all.machine("web1", { scope: "/prod/web" });
    await all.machine("db1", { scope: "/test" });
    await installed("mch_db1", 0, [["secret-package", "Failed"]]);
    const reader = await all.tokenFor("ada", { role: "reader", scope: "/prod" });
    const found = await report("", reader);
    assert.deepEqual([found.scopes, found.machines.total, found.installs.byStatus], [["/prod"], 1, {}]);
    for (const format of ["html", "csv"]) assert.doesNotMatch((await ask(`?format=${format}`, reader)).text, /db1|\/test|secret-package/);
    const nobody = await all.tokenFor("eve");
    assert.equal((await ask("", nobody)).status, 403);
    assert.equal((await all.ask("GET", "/api/v1/reports/compliance", { token: null })).status, 401);
  });

  it("have the trend of scopes, and none for other selectors", async () => {
    await all.machine("web1", { scope: "/prod" });
    await all.store.write((tx) => {
      const figures = { compliance: { compliant: 3, noncompliant: 1 }, missing: { security: 2, critical: 1, other: 4 }, overdue: 1 };
      return tx.dailyFigures.put("2026-03-30", all.clock.now() - DAY, [{ scope: "/prod", ...figures }], 0);
    });
    assert.deepEqual((await report("?selector=scope%3D/prod")).trend, [
      { day: "2026-03-30", byCompliance: { compliant: 3, noncompliant: 1, notassessed: 0, stale: 0 }, missing: 7, security: 3, overdue: 1 },
    ]);
    assert.equal((await report("?selector=name%3Dweb1")).trend, null);
    assert.match((await ask("?selector=name%3Dweb1&format=html")).text, /there are none for this selector/);
  });

  it("as a page hold no script, load nothing, and escape what machines have written", async () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'\u202e`;
    await all.machine("web1", { scope: "/prod", missing: [{ name: hostile }] });
    await patchUpdates("mch_web1", () => ({ dueAt: 1 }));
    await installed("mch_web1", 0, [[hostile, "Failed"]]);
    const { headers, text } = await ask("?format=html");
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.match(String(headers["content-security-policy"]), /default-src 'none'.*sandbox/);
    assert.doesNotMatch(text, /<script|<img|\u202e|<[^>]*\s(href|src|on\w+)=|url\(|@import/i);
    assert.match(text, /&quot;&gt;&lt;script&gt;/);
    assert.match(text, /<svg class="chart"/);
    assert.match(text, /prefers-color-scheme:dark/);
    assert.match(text, /@media print/);
  });

  it("as CSV have a row for each machine, and no formula", async () => {
    await all.machine("web1", { scope: "/prod", missing: [{ name: "a" }] });
    await all.machine("web2", { assessedAt: null, name: "=cmd|' /C calc'!A0" } as object);
    const { headers, text } = await ask("?format=csv");
    assert.match(String(headers["content-disposition"]), /attachment; filename="compliance-2026-03-31\.csv"/);
    assert.deepEqual(text.split("\r\n"), [
      "machine,scope,compliance,missing,critical,security,overdue,rebootPending,bucket,oldestSecurityFirstSeenAt,assessedAt",
      "'=cmd|' /C calc'!A0,/prod,notassessed,0,0,0,0,false,none,,",
      "web1,/prod,noncompliant,1,0,1,0,false,recent,2026-03-31T12:00:00.000Z,2026-03-31T12:00:00.000Z",
      "",
    ]);
  });

  it("refuse what they can't answer", async () => {
    for (const query of ["?days=0", "?days=181", "?format=pdf", "?selector=nonsense", "?unknown=1"]) assert.equal((await ask(query)).status, 400, query);
  });

  it("look like the dashboard", async () => {
    const css = await readFile(new URL("../../engine/dashboard/styles/tokens.css", import.meta.url), "utf8");
    const [light = "", dark = ""] = css.split("@media");
    for (const [theme, text] of [
      [LIGHT, light],
      [DARK, dark],
    ] as const)
      for (const [name, value] of Object.entries(theme)) assert.ok(text.includes(`--${name}: ${value};`), `--${name}: ${value}`);
  });
});
