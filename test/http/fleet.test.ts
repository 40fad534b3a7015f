import assert from "node:assert/strict";
import type { MissingUpdate } from "../../engine/core/update.ts";
import type { CveGroup, MachineFacets, UpdateGroup } from "../../engine/protocol/http/fleet.ts";
import type { UpdateRecord } from "../../engine/store/records/updates.ts";
import { testClock } from "../support/clock.ts";
import { aMember, anUpdate } from "../updates/reports.ts";
import { type Rig, rig } from "./rig.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 1);
const HOSTILE = `<img src=x onerror=alert(1)>\u2066${"x".repeat(200)}`;

const missing = (machineId: string, name: string, version: string, more: Partial<MissingUpdate & UpdateRecord> = {}): UpdateRecord => ({
  ...anUpdate(name, version),
  ...{ machineId, firstSeenAt: NOW - DAY, verdict: "approved", dueAt: null, exploitedSince: null, epss: null, reported: null },
  ...more,
});

describe("HTTP: questions about many machines", function () {
  this.timeout(60_000);
  let r: Rig;
  before(async () => {
    r = await rig({ clock: testClock(NOW) });
    await r.store.write(async (tx) => {
      for (let n = 0; n < 60; n++) {
        const id = `mch_${n}`;
        const scope = n < 40 ? "/prod" : "/test";
        const member = aMember(id, `web-${String(n).padStart(2, "0")}`, {
          scope,
          state: n % 3 === 0 ? "offline" : "online",
          tags: { ring: n % 2 ? "odd" : "even", unit: `u${n}` },
        });
        await tx.machines.insert({
          ...member,
          facts: n === 59 ? null : member.facts && { ...member.facts, osName: n < 10 ? HOSTILE : "Debian", agentVersion: `0.${n % 25}` },
        });
        const rows = [
          missing(id, "openssl", n < 20 ? "3.0.9-1" : "3.0.10-1", {
            cves: ["CVE-2026-1000", "CVE-2026-1001"],
            severity: "important",
            dueAt: NOW - 1,
            firstSeenAt: NOW - (n + 1) * DAY,
          }),
          // Of two architectures on one machine: one machine misses it.
          ...(n < 30
            ? ["amd64", "i386"].map((architecture) =>
                missing(id, "bash", "5.2", { architecture, classification: "other", verdict: "deferred", dueAt: NOW + 1 }),
              )
            : []),
          ...(n < 5
            ? [
                missing(id, "Curl", "8.0", {
                  cves: ["CVE-2026-1001"],
                  severity: "critical",
                  exploitedSince: NOW - 50 * DAY,
                  epss: 0.5,
                  phased: true,
                  dueAt: NOW - 1,
                }),
              ]
            : []),
          ...(n === 0 ? [missing(id, "KB5034441", "1", { kind: "patch", title: HOSTILE, classification: "critical" })] : []),
        ];
        await tx.updates.replaceUpdates(id, rows);
      }
      await tx.vulnerabilities.begin({ edition: "vul_1", source: "kev", file: "kev.json", startedAt: NOW, importedBy: "ada" });
      await tx.vulnerabilities.add("vul_1", {
        fixes: [],
        vulnerabilities: [
          { cve: "CVE-2026-1000", severity: "low", exploitedSince: null, epss: 0.1 },
          { cve: "CVE-2026-1001", severity: "unspecified", exploitedSince: NOW - 50 * DAY, epss: 0.5 },
        ],
      });
      await tx.vulnerabilities.makeValid("vul_1", { source: "kev", importedAt: NOW, fixes: 0, vulnerabilities: 2, skipped: 0 });
    });
  });
  after(() => r.stop());

  const get = async (path: string, query: Record<string, string> = {}, token?: string) =>
    r.ask("GET", `${path}?${new URLSearchParams(query)}`, token ? { token } : {});
  async function groups<Group = UpdateGroup>(query: Record<string, string>, token?: string): Promise<Group[]> {
    const items: Group[] = [];
    for (let cursor: string | undefined; ; ) {
      const { status, body, text } = await get("/api/v1/updates/groups", { by: "update", ...query, ...(cursor ? { cursor } : {}) }, token);
      assert.equal(status, 200, text);
      items.push(...body.items);
      cursor = body.next ?? undefined;
      if (!cursor) return items;
    }
  }

  describe("facets of machines", () => {
    const facets = async (query: Record<string, string> = {}, token?: string): Promise<MachineFacets> => {
      const { status, body, text } = await get("/api/v1/machines/facets", query, token);
      assert.equal(status, 200, text);
      return body;
    };

    it("count by state, compliance, scope, system, agent and tag, the most frequent first", async () => {
      const found = await facets();
      assert.equal(found.total, 60);
      assert.deepEqual(found.state, {
        items: [
          { value: "online", count: 40 },
          { value: "offline", count: 20 },
        ],
        more: 0,
      });
      assert.deepEqual(found.scope.items, [
        { value: "/prod", count: 40 },
        { value: "/test", count: 20 },
      ]);
      assert.deepEqual(found.compliance.items, [{ value: "notassessed", count: 60 }]);
      assert.deepEqual(found.os.items, [
        { value: "Debian", count: 49 },
        { value: HOSTILE, count: 10 },
      ]);
      assert.deepEqual([found.agentVersion.items.length, found.agentVersion.more], [20, 5]);
      assert.deepEqual(
        [found.tag.items.slice(0, 2), found.tag.items.length, found.tag.more],
        [
          [
            { value: "ring=even", count: 30 },
            { value: "ring=odd", count: 30 },
          ],
          20,
          42,
        ],
      );
    });

    it("are those of the machines that match, and that one may see", async () => {
      assert.deepEqual([(await facets({ selector: "tag:ring=odd" })).total, (await facets({ selector: "scope=/test" })).total], [30, 20]);
      const token = await r.tokenFor("tester-of-facets", { role: "reader", scope: "/test" });
      assert.deepEqual((await facets({}, token)).scope.items, [{ value: "/test", count: 20 }]);
      assert.equal((await get("/api/v1/machines/facets", { selector: "colour=red" })).body.code, "SELECTOR_INVALID");
    });
  });

  describe("missing updates by name", () => {
    it("say how many machines miss them, in which versions, and what is known of them", async () => {
      const found = await groups({});
      assert.deepEqual(
        found.map(({ name, machines }) => [name, machines]),
        [
          ["openssl", 60],
          ["bash", 30],
          ["Curl", 5],
          ["KB5034441", 1],
        ],
      );
      assert.deepEqual(found[0], {
        ...{
          by: "update",
          name: "openssl",
          kind: "package",
          title: null,
          newestVersion: "3.0.10-1",
          versions: 2,
          classification: "security",
          severity: "important",
        },
        ...{
          cves: 2,
          machines: 60,
          overdue: 60,
          firstSeenAt: new Date(NOW - 60 * DAY).toISOString(),
          exploitedSince: null,
          epss: null,
          verdicts: { approved: 60 },
        },
      });
      assert.deepEqual([found[1]?.verdicts, found[1]?.overdue], [{ deferred: 60 }, 0]);
      // What its machine isn't offered yet isn't overdue.
      assert.deepEqual(
        [found[2]?.overdue, found[2]?.exploitedSince, found[2]?.epss, found[2]?.severity],
        [0, new Date(NOW - 50 * DAY).toISOString(), 0.5, "critical"],
      );
      assert.deepEqual([found[3]?.kind, found[3]?.title], ["patch", HOSTILE]);
    });

    const filters: [query: Record<string, string>, names: string[]][] = [
      [{ classification: "other" }, ["bash"]],
      [{ severity: "critical" }, ["Curl"]],
      [{ verdict: "deferred" }, ["bash"]],
      [{ verdict: "excluded" }, []],
      [{ cve: "CVE-2026-1001" }, ["openssl", "Curl"]],
      [{ cve: "CVE-2026-9999" }, []],
      [{ exploited: "true" }, ["Curl"]],
      [{ name: "bash" }, ["bash"]],
      [{ name: "bas" }, []],
      [{ name: "BASH" }, []],
      [{ overdue: "true" }, ["openssl"]],
      [{ overdue: "true", name: "bash" }, []],
      [{ search: "SS" }, ["openssl"]],
      [{ search: "c" }, ["Curl"]],
      [{ search: "x".repeat(200) }, []],
      [{ machine: "web-00" }, ["Curl", "KB5034441", "bash", "openssl"]],
      [{ machine: "web-00", selector: "tag:ring=odd" }, []],
      [{ selector: "tag:ring=odd" }, ["openssl", "bash", "Curl"]],
      [{ selector: "name=web-59" }, ["openssl"]],
    ];
    for (const [query, names] of filters)
      it(`with ${JSON.stringify(query).slice(0, 60)} are ${names.join(", ") || "none"}`, async () => {
        assert.deepEqual(
          (await groups(query)).map(({ name }) => name),
          names,
        );
        assert.deepEqual(
          (await groups({ ...query, limit: "1" })).map(({ name }) => name),
          names,
        );
      });

    it("are those of machines that one may see, counted anew", async () => {
      const token = await r.tokenFor("tester-of-groups", { role: "reader", scope: "/test" });
      assert.deepEqual(
        (await groups({}, token)).map(({ name, machines, versions }) => [name, machines, versions]),
        [["openssl", 20, 1]],
      );
      assert.equal((await get("/api/v1/updates/groups", { by: "update", machine: "web-00" }, token)).status, 404);
    });

    it("refuse what isn't a question", async () => {
      const { body } = await get("/api/v1/updates/groups", { by: "update", limit: "1" });
      const cases: Record<string, string>[] = [
        { by: "machine" },
        {},
        { by: "update", cve: "openssl" },
        { by: "update", limit: "501" },
        { by: "update", search: "x".repeat(201) },
        { by: "update", selector: "==" },
        { by: "update", cursor: "xyz" },
        { by: "cve", cursor: body.next },
        { by: "update", machine: "x".repeat(10_000) },
      ];
      for (const query of cases) {
        const { status } = await get("/api/v1/updates/groups", query);
        assert.ok([400, 404].includes(status), `${JSON.stringify(query).slice(0, 80)}: ${status}`);
      }
    });
  });

  describe("vulnerabilities", () => {
    it("say how many machines they are open on, by which updates, and what data says of them", async () => {
      const [more, less] = await groups<CveGroup>({ by: "cve" });
      assert.deepEqual(more, {
        ...{
          by: "cve",
          cve: "CVE-2026-1000",
          updates: ["openssl"],
          updateCount: 1,
          machines: 60,
          overdue: 60,
          severity: "low",
          epss: 0.1,
          exploitedSince: null,
        },
        ...{ firstSeenAt: new Date(NOW - 60 * DAY).toISOString(), verdicts: { approved: 60 } },
      });
      // Each machine once, also where two of its updates mend it.
      assert.deepEqual([less?.cve, less?.machines, less?.verdicts, less?.updates], ["CVE-2026-1001", 60, { approved: 65 }, ["Curl", "openssl"]]);
      assert.deepEqual([less?.severity, less?.exploitedSince], ["critical", new Date(NOW - 50 * DAY).toISOString()]);
    });

    it("are the one that was asked for, and those that are exploited themselves", async () => {
      const cves = async (query: Record<string, string>) => (await groups<CveGroup>({ by: "cve", ...query })).map(({ cve, machines }) => [cve, machines]);
      assert.deepEqual(await cves({ cve: "CVE-2026-1001" }), [["CVE-2026-1001", 60]]);
      assert.deepEqual(await cves({ search: "2026-1000" }), [["CVE-2026-1000", 60]]);
      assert.deepEqual(await cves({ name: "Curl" }), [["CVE-2026-1001", 5]]);
      assert.deepEqual(await cves({ exploited: "true" }), [["CVE-2026-1001", 5]]);
    });
  });

  it("lists the machines that miss one update, and those where it is overdue", async () => {
    const machines = async (query: Record<string, string>) => {
      const { status, body, text } = await get("/api/v1/updates", { limit: "500", ...query });
      assert.equal(status, 200, text);
      return (body.items as { machine: string; name: string }[]).map(({ machine, name }) => `${machine} ${name}`);
    };
    assert.deepEqual(await machines({ name: "KB5034441" }), ["web-00 KB5034441"]);
    assert.deepEqual([(await machines({ name: "bash" })).length, (await machines({ name: "bas" })).length], [60, 0]);
    assert.deepEqual(await machines({ name: "openssl", overdue: "true", selector: "name=web-5*,web-00", verdict: "approved" }), [
      "web-00 openssl",
      ...Array.from({ length: 10 }, (_, n) => `web-5${n} openssl`),
    ]);
    // Of these one isn't due yet, and one isn't offered to its machine.
    assert.deepEqual([(await machines({ name: "bash", overdue: "true" })).length, (await machines({ name: "Curl", overdue: "true" })).length], [0, 0]);
    assert.equal((await get("/api/v1/updates", { name: "x".repeat(501) })).status, 400);
  });

  it("lists machines by the thousand, by name", async () => {
    const { status, body } = await get("/api/v1/machines", { limit: "2000" });
    assert.deepEqual([status, body.items.length, body.next], [200, 60, null]);
    assert.equal((await get("/api/v1/machines", { limit: "2001" })).status, 400);
    assert.equal((await get("/api/v1/updates", { limit: "501" })).status, 400);
  });
});
