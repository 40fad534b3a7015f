import assert from "node:assert/strict";
import type { MissingUpdate } from "../../engine/core/update.ts";
import { countsAgainst } from "../../engine/core/update-policy/verdict.ts";
import { COUNTS, type UpdatePolicySpec, VERDICTS, type Verdict } from "../../engine/core/update-policy.ts";
import { aMissing, DAY, effective, judged, NOW } from "./policies.ts";

type Specs = Readonly<Record<string, UpdatePolicySpec>>;
const answers = { owner: "ada", reason: "breaks the shop", expiresAt: "2026-04-01" };

describe("the verdict of policies on an update", () => {
  const cases: [what: string, specs: Specs, update: Partial<MissingUpdate>, verdict: Verdict][] = [
    ["is approved when there is no policy", {}, {}, "approved"],
    ["is approved when a policy says nothing", { "a@/": {} }, {}, "approved"],
    ["is approved when its class is chosen", { "a@/": { classifications: ["security"] } }, {}, "approved"],
    ["is notselected when its class isn't chosen", { "a@/": { classifications: ["critical"] } }, {}, "notselected"],
    ["is notselected when its severity isn't chosen", { "a@/": { severities: ["critical", "important"] } }, { severity: "low" }, "notselected"],
    [
      "is notselected when only one of class and severity is chosen",
      { "a@/": { classifications: ["security"], severities: ["critical"] } },
      { severity: "low" },
      "notselected",
    ],
    ["is approved when it is included, whatever its class", { "a@/": { classifications: ["critical"], include: ["openssl"] } }, {}, "approved"],
    ["is notselected when only others are included", { "a@/": { include: ["nginx*"] } }, {}, "notselected"],
    ["goes by advisories as by names", { "a@/": { include: ["DSA-5*"] } }, { advisories: ["DSA-5432-1"] }, "approved"],
    ["is excluded when a mask says so", { "a@/": { exclude: ["open*"] } }, {}, "excluded"],
    ["is excluded by its advisory", { "a@/": { exclude: ["KB5034441"] } }, { name: "2026-03 Cumulative Update", advisories: ["KB5034441"] }, "excluded"],
    ["is excluded when it is included, too", { "a@/": { include: ["openssl"], exclude: ["openssl"] } }, {}, "excluded"],
    [
      "is excluded by a policy above, whatever a nearer one includes",
      { "a@/": { exclude: ["openssl"] }, "b@/prod": { include: ["openssl"], exclude: [] } },
      {},
      "excluded",
    ],
    ["is excluded like everything by *", { "a@/": { exclude: ["*"] } }, {}, "excluded"],
    ["is notselected when it is excluded and wouldn't be chosen anyway", { "a@/": { classifications: ["critical"], exclude: ["*"] } }, {}, "notselected"],
    ["is exempt when somebody answers for it", { "a@/": { exemptions: [{ updates: ["openssl"], ...answers }] } }, {}, "exempt"],
    ["is exempt also when it is excluded", { "a@/": { exclude: ["*"], exemptions: [{ updates: ["openssl"], ...answers }] } }, {}, "exempt"],
    ["isn't exempt when that is over", { "a@/": { exemptions: [{ updates: ["openssl"], ...answers, expiresAt: "2026-03-10T12:00Z" }] } }, {}, "approved"],
    ["isn't exempt by what is meant for other machines", { "a@/": { exemptions: [{ updates: ["*"], machines: "name=db*", ...answers }] } }, {}, "approved"],
    ["is exempt by its only vulnerability", { "a@/": { exemptions: [{ updates: ["CVE-2026-1111"], ...answers }] } }, { cves: ["CVE-2026-1111"] }, "exempt"],
    [
      "isn't exempt by one of its vulnerabilities: the other one is open",
      { "a@/": { exemptions: [{ updates: ["CVE-2026-1111"], ...answers }] } },
      { cves: ["CVE-2026-1111", "CVE-2026-2222"] },
      "approved",
    ],
    [
      "is exempt when all its vulnerabilities are, by several exemptions of several policies",
      { "a@/": { exemptions: [{ updates: ["CVE-2026-1111"], ...answers }] }, "b@/prod": { exemptions: [{ updates: ["cve-2026-22*"], ...answers }] } },
      { cves: ["CVE-2026-1111", "CVE-2026-2222"] },
      "exempt",
    ],
    [
      "isn't exempt by a name that looks like its vulnerability",
      { "a@/": { exemptions: [{ updates: ["CVE-2026-*"], ...answers }] } },
      { name: "CVE-2026-1" },
      "approved",
    ],
    ["is unapproved when a person must approve it", { "a@/": { approval: "manual" } }, {}, "unapproved"],
    ["is approved when a person has, by a mask", { "a@/": { approval: "manual", approved: ["open*"] } }, {}, "approved"],
    ["is approved when a person has, in this version", { "a@/": { approval: "manual", approved: ["OpenSSL=1.1"] } }, {}, "approved"],
    ["is unapproved when a person has approved another version", { "a@/": { approval: "manual", approved: ["openssl=1.0"] } }, {}, "unapproved"],
    [
      "is approved in a version that holds = and that no comparison understands",
      { "a@/": { approval: "manual", approved: ["openssl=1=?~!"] } },
      { candidateVersion: "1=?~!" },
      "approved",
    ],
    ["is approved when approval is needed further up and not here", { "a@/": { approval: "manual" }, "b@/prod": { approval: "auto" } }, {}, "approved"],
    ["is deferred as long as it is too young", { "a@/": { deferral: "7d" } }, {}, "deferred"],
    ["is approved when nothing defers its class", { "a@/": { deferral: { default: "7d", security: "0d" } } }, {}, "approved"],
    ["is deferred by the shortest of the periods that fit", { "a@/": { deferral: { security: "3d", critical: "0d" } } }, { severity: "critical" }, "approved"],
    ["is approved when no period fits and there is no default", { "a@/": { deferral: { other: "7d" } } }, {}, "approved"],
    ["is unapproved rather than deferred: time alone doesn't help", { "a@/": { approval: "manual", deferral: "7d" } }, {}, "unapproved"],
    ["is excluded rather than deferred", { "a@/": { exclude: ["*"], deferral: "7d" } }, {}, "excluded"],
    [
      "passes over policies of other scopes",
      { "a@/test": { exclude: ["*"] }, "b@/prod/web/deep": { exclude: ["*"] }, "c@/pro": { exclude: ["*"] } },
      {},
      "approved",
    ],
    ["passes over policies for other machines", { "a@/": { selector: "tag:role=db", exclude: ["*"] } }, {}, "approved"],
  ];
  for (const [what, specs, update, verdict] of cases) it(what, () => assert.equal(judged(specs, update).verdict, verdict));

  it("has a case for each word", () => assert.deepEqual([...new Set(cases.map(([, , , verdict]) => verdict))].sort(), [...VERDICTS].sort()));

  describe("counts against its machine", () => {
    const counts = (verdict: Verdict, update: Partial<MissingUpdate> = {}, spec: UpdatePolicySpec = {}) =>
      countsAgainst(effective({ "a@/": spec }), aMissing(update), verdict);
    it("when it is approved or excluded, and in no other case", () => {
      assert.deepEqual(
        VERDICTS.filter((verdict) => counts(verdict)),
        ["approved", "excluded"],
      );
      assert.deepEqual(
        VERDICTS.filter((verdict) => COUNTS[verdict]),
        ["approved", "excluded"],
      );
    });
    it("also when it is held on the machine", () => assert.equal(counts("approved", { held: true }), true));
    it("not before the machine is offered it", () => assert.equal(counts("approved", { phased: true }), false));
    it("not when it is a definition, unless a policy wants that", () => {
      assert.equal(counts("approved", { classification: "definition" }), false);
      assert.equal(counts("approved", { classification: "definition" }, { definitions: "include" }), true);
      assert.equal(counts("approved", { classification: "definition", phased: true }, { definitions: "include" }), false);
    });
  });
});

describe("the times of a verdict", () => {
  const seen = { "/": NOW - 10 * DAY, "/prod": NOW - 5 * DAY, "/prod/web": NOW - DAY };

  it("are counted from when the update was first seen in the scope of the policy that says so", () => {
    for (const [scope, verdict, until] of [
      ["/", "approved", null],
      ["/prod", "deferred", NOW + 2 * DAY],
      ["/prod/web", "deferred", NOW + 6 * DAY],
    ] as const) {
      const found = judged({ [`a@${scope}`]: { deferral: "7d" } }, {}, { seen });
      assert.deepEqual([found.verdict, found.againAt], [verdict, until], scope);
    }
  });

  it("end a deferral at its last millisecond", () => {
    const at = (now: number) => judged({ "a@/": { deferral: "7d" } }, {}, { seen: { "/": NOW }, now });
    assert.deepEqual([at(NOW + 7 * DAY - 1).verdict, at(NOW + 7 * DAY).verdict], ["deferred", "approved"]);
    assert.equal(at(NOW + 7 * DAY).againAt, null);
  });

  it("give a due time from one scope and a deferral from another", () => {
    const found = judged({ "a@/": { sla: { security: "30d" } }, "b@/prod": { deferral: "7d" } }, {}, { seen });
    assert.deepEqual([found.verdict, found.dueAt, found.againAt], ["deferred", NOW + 20 * DAY, NOW + 2 * DAY]);
  });

  it("tell the next moment at which something changes: an exemption's end, a deferral's, or that it becomes overdue", () => {
    const exemptions = [{ updates: ["openssl"], ...answers }];
    assert.equal(judged({ "a@/": { exemptions, sla: "1d" } }).againAt, Date.UTC(2026, 3, 1));
    assert.equal(judged({ "a@/": { deferral: "3d", sla: "2d" } }).againAt, NOW + 2 * DAY);
    assert.equal(judged({ "a@/": { exclude: ["*"], sla: "2d" } }).againAt, NOW + 2 * DAY);
    assert.equal(judged({ "a@/": { sla: "2d" } }, {}, { seen: { "/": NOW - 3 * DAY } }).againAt, null, "it is overdue, and stays so");
    assert.equal(judged({ "a@/": { approval: "manual", deferral: "3d" } }).againAt, null, "the deferral's end changes nothing");
  });

  it("go by the exemption that lasts longest, and by the first one to end where several are needed", () => {
    const [soon, later] = [
      { ...answers, expiresAt: "2026-03-20" },
      { ...answers, expiresAt: "2026-05-01" },
    ];
    assert.equal(
      judged({ "a@/": { exemptions: [{ updates: ["open*"], ...soon }] }, "b@/prod": { exemptions: [{ updates: ["*"], ...later }] } }).againAt,
      Date.UTC(2026, 4, 1),
    );
    const both = judged(
      {
        "a@/": {
          exemptions: [
            { updates: ["CVE-1-1"], ...later },
            { updates: ["CVE-1-2"], ...soon },
          ],
        },
      },
      { cves: ["CVE-1-1", "CVE-1-2"] },
    );
    assert.deepEqual([both.verdict, both.againAt], ["exempt", Date.UTC(2026, 2, 20)]);
  });

  it("give no due time to what somebody answers for, or what isn't chosen", () => {
    assert.equal(judged({ "a@/": { sla: "1d", exemptions: [{ updates: ["*"], ...answers }] } }).dueAt, null);
    assert.equal(judged({ "a@/": { sla: "1d", classifications: ["critical"] } }).dueAt, null);
  });

  it("are never in the past when they ask for another look, whatever the clock has done", () => {
    for (const offset of [-400, -1, 0, 1, 400]) {
      const found = judged({ "a@/": { deferral: "7d", sla: "14d" } }, {}, { seen: { "/": NOW + offset * DAY } });
      assert.ok(found.againAt === null || found.againAt > NOW, `${offset}`);
    }
  });
});
