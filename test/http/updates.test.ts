import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Install, Update } from "../../engine/protocol/http/machines.ts";
import { type FakeFix, trackerOf } from "../updates/feeds.ts";
import { aMember, anUpdate } from "../updates/reports.ts";
import { type Rig, rig } from "./rig.ts";

const OPENSSL: FakeFix = { source: "openssl", version: "1.1", cves: ["CVE-2099-0001"] };
const PATH = "/api/v1/vulnerabilities/imports";

describe("HTTP: updates", () => {
  let r: Rig;
  before(async () => {
    r = await rig();
    const known = { firstSeenAt: 1_000, verdict: "approved" as const, dueAt: null, exploitedSince: null, epss: null, reported: null };
    await r.store.write(async (tx) => {
      for (let n = 0; n < 30; n++) {
        const id = `mch_${n}`;
        const name = `web-${String(n).padStart(2, "0")}`;
        await tx.machines.insert(aMember(id, name, { scope: n < 20 ? "/prod" : "/test", tags: { ring: n % 2 === 0 ? "even" : "odd" } }));
        await tx.updates.replaceUpdates(id, [
          { ...anUpdate("bash", "1.1", { classification: "other" }), machineId: id, ...known, verdict: "deferred" },
          {
            ...anUpdate("openssl", "1.1", { cves: ["CVE-2099-0001"], severity: "critical" }),
            machineId: id,
            ...known,
            dueAt: 5_000,
            exploitedSince: 2_000,
            epss: 0.5,
          },
          { ...anUpdate("openssl", "1.2", { cves: ["CVE-2099-0001", "CVE-2099-0002"] }), machineId: id, ...known },
        ]);
      }
    });
  });
  after(() => r.stop());

  const all = async (query: Record<string, string>, token?: string): Promise<Update[]> => {
    const items: Update[] = [];
    let cursor: string | undefined;
    do {
      const { body, status } = await r.ask(
        "GET",
        `/api/v1/updates?${new URLSearchParams({ ...query, ...(cursor ? { cursor } : {}) })}`,
        token ? { token } : {},
      );
      assert.equal(status, 200, JSON.stringify(body));
      items.push(...body.items);
      cursor = body.next ?? undefined;
    } while (cursor);
    return items;
  };

  it("are listed with all that is known of them", async () => {
    const found = await all({ machine: "web-03", cve: "CVE-2099-0001" });
    assert.deepEqual(
      found.map(({ name, candidateVersion, verdict, severity, dueAt, exploitedSince, epss }) => ({
        name,
        candidateVersion,
        verdict,
        severity,
        dueAt,
        exploitedSince,
        epss,
      })),
      [
        {
          name: "openssl",
          candidateVersion: "1.1",
          verdict: "approved",
          severity: "critical",
          dueAt: "1970-01-01T00:00:05.000Z",
          exploitedSince: "1970-01-01T00:00:02.000Z",
          epss: 0.5,
        },
        { name: "openssl", candidateVersion: "1.2", verdict: "approved", severity: "unspecified", dueAt: null, exploitedSince: null, epss: null },
      ],
    );
    assert.ok(!("reported" in (found[0] ?? {})));
  });

  const filters: [query: Record<string, string>, found: number][] = [
    [{}, 90],
    [{ classification: "other" }, 30],
    [{ severity: "critical" }, 30],
    [{ verdict: "deferred" }, 30],
    [{ cve: "CVE-2099-0002" }, 30],
    [{ cve: "CVE-2099-0003" }, 0],
    [{ exploited: "true" }, 30],
    [{ selector: "tag:ring=even" }, 45],
    [{ selector: "tag:ring=even name=web-0*", severity: "critical" }, 5],
    [{ selector: "tag:ring=even", machine: "web-03" }, 0],
    [{ selector: "tag:ring=odd", machine: "web-03" }, 3],
  ];
  for (const [query, found] of filters)
    for (const limit of ["500", "7", "1"])
      it(`${JSON.stringify(query)} are ${found}, ${limit} at a time, each once and in order`, async () => {
        if (limit === "1" && found > 30) return;
        const items = await all({ ...query, limit });
        const keys = items.map(({ machine, name, candidateVersion }) => `${machine} ${name} ${candidateVersion}`);
        assert.deepEqual([keys.length, new Set(keys).size], [found, found]);
        assert.deepEqual(keys, keys.toSorted());
      });

  it("stay in the list's order when some go while it is read", async () => {
    const { body } = await r.ask("GET", "/api/v1/updates?machine=web-29&limit=1");
    await r.store.write((tx) => tx.updates.changeUpdates("mch_29", { put: [], removed: [{ name: "bash", architecture: "amd64", version: "1.1" }] }));
    const next = await r.ask("GET", `/api/v1/updates?machine=web-29&limit=1&cursor=${body.next}`);
    assert.deepEqual([body.items[0].name, next.body.items[0].name, next.body.items[0].candidateVersion], ["bash", "openssl", "1.1"]);
  });

  it("of other scopes aren't there, whatever the selector", async () => {
    const token = await r.tokenFor("tester-of-test", { role: "reader", scope: "/test" });
    assert.deepEqual(new Set((await all({ selector: "all" }, token)).map(({ machine }) => machine.slice(0, 5))), new Set(["web-2"]));
    assert.equal((await r.ask("GET", "/api/v1/updates?machine=web-01", { token })).status, 404);
  });

  it("refuse what isn't a filter", async () => {
    for (const query of ["cve=openssl", "severity=bad", "verdict=maybe", "selector=%3D%3D", "cursor=xyz"])
      assert.equal((await r.ask("GET", `/api/v1/updates?${query}`)).status, 400, query);
  });

  describe("and what was installed", () => {
    before(async () => {
      const install = {
        machineId: "mch_1",
        action: "install" as const,
        jobId: null,
        packageManager: "apt",
        endedAt: null,
        rebootPending: true,
        resumed: 0,
        repairs: ["dpkg --configure -a"],
        logFile: "/log",
      };
      const update = {
        name: "bash",
        architecture: "amd64",
        version: "1.1",
        fromVersion: "1.0",
        status: "Failed" as const,
        message: "no space",
        startedAt: 1,
        endedAt: null,
      };
      await r.store.write(async (tx) => {
        for (let n = 0; n < 5; n++) await tx.installs.put({ ...install, commandId: `cmd_${n}`, startedAt: 1_000 * Math.floor(n / 2), updates: [update] });
      });
    });

    it("is listed page by page, newest first, with what became of each update", async () => {
      const ids: string[] = [];
      let cursor = "";
      do {
        const { body } = await r.ask("GET", `/api/v1/machines/web-01/installs?limit=2${cursor}`);
        ids.push(...body.items.map((one: Install) => one.commandId));
        assert.deepEqual(body.items[0].updates[0].message, "no space");
        cursor = body.next ? `&cursor=${body.next}` : "";
      } while (cursor);
      assert.deepEqual(ids, ["cmd_4", "cmd_3", "cmd_2", "cmd_1", "cmd_0"]);
    });

    it("is shown one by one, under the machine that it belongs to alone", async () => {
      const { body } = await r.ask("GET", "/api/v1/machines/web-01/installs/cmd_3");
      assert.deepEqual([body.commandId, body.machine, body.updates[0].message], ["cmd_3", "web-01", "no space"]);
      for (const path of ["web-01/installs/cmd_9", "web-02/installs/cmd_3"]) {
        const refused = await r.ask("GET", `/api/v1/machines/${path}`);
        assert.deepEqual([refused.status, refused.body.code], [404, "NOT_FOUND"], path);
      }
    });

    it("is for whoever may see the machine", async () => {
      const token = await r.tokenFor("another-tester", { role: "reader", scope: "/test" });
      for (const path of ["installs", "installs/cmd_3"]) assert.equal((await r.ask("GET", `/api/v1/machines/web-01/${path}`, { token })).status, 404);
    });
  });

  describe("and vulnerability data", () => {
    const send = (query: string, body: string | Buffer, token?: string) =>
      r.ask("POST", `${PATH}?${query}`, { body, headers: { "content-type": "application/octet-stream" }, ...(token ? { token } : {}) });

    it("is imported by administrators of everything alone, with an entry in the activity log", async () => {
      const author = await r.tokenFor("an-author", { role: "author", scope: "/" });
      const local = await r.tokenFor("a-local-admin", { role: "admin", scope: "/prod" });
      for (const token of [author, local]) assert.equal((await send("format=debian-tracker", trackerOf([OPENSSL]), token)).status, 403);
      const { status, body } = await send("format=debian-tracker&file=tracker.json.gz", gzipSync(trackerOf([OPENSSL])));
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(
        { ...body, importedAt: "" },
        { source: "debian-tracker", file: "tracker.json.gz", importedAt: "", importedBy: "admin", fixes: 1, vulnerabilities: 0, skipped: 0 },
      );
      const entry = (await r.activity()).find((one) => one.operation === "update.import" && one.result === "ok");
      assert.deepEqual([entry?.target, entry?.details && (entry.details as { fixes: number }).fixes], ["vulnerabilities:debian-tracker", 1]);
      const { body: listed } = await r.ask("GET", PATH, { token: author });
      assert.deepEqual(
        listed.items.map((one: { source: string }) => one.source),
        ["debian-tracker"],
      );
    });

    it("is refused, with a reason, when it isn't what it should be", async () => {
      const cases: [query: string, body: string, status: number, code: string][] = [
        ["format=debian-tracker", "<html>", 400, "BAD_REQUEST"],
        ["format=updateinfo", "<updates/>", 400, "BAD_REQUEST"],
        ["format=nonsense", "{}", 400, "BAD_REQUEST"],
      ];
      for (const [query, body, status, code] of cases) {
        const answer = await send(query, body);
        assert.deepEqual([answer.status, answer.body.code], [status, code], query);
      }
    });

    it("is forgotten, by administrators", async () => {
      const author = await r.tokenFor("another-author", { role: "author", scope: "/" });
      assert.equal((await r.ask("DELETE", `${PATH}/debian-tracker`, { token: author })).status, 403);
      assert.equal((await r.ask("DELETE", `${PATH}/debian-tracker`)).status, 204);
      assert.equal((await r.ask("DELETE", `${PATH}/debian-tracker`)).status, 404);
    });
  });
});
