import assert from "node:assert/strict";
import { type Rig, rig } from "../http/rig.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { DAY } from "./policies.ts";
import { worldOn } from "./policy-world.ts";

const START = "2026-03-10T12:00:00Z";
const answers = { owner: "ada", reason: "the shop's proxy needs it", expiresAt: "2026-04-01" };

describe("asking why", () => {
  let all: Rig;
  let clock: TestClock;
  let world: ReturnType<typeof worldOn>;
  beforeEach(async () => {
    clock = testClock(START);
    all = await rig({ clock });
    world = worldOn(all.store, clock);
  });
  afterEach(() => all.stop());
  const ask = async (machine: string, update?: string, token = all.admin) =>
    all.ask("GET", `/api/v1/machines/${machine}/updates/why${update === undefined ? "" : `?update=${encodeURIComponent(update)}`}`, { token });

  it("tells a machine's policy with the origin of each field, its compliance and the reasons", async () => {
    await world.enrol("web1", "/prod/web", { ring: "first" });
    await world.put("root", { deferral: "14d", sla: { security: "30d" }, exclude: ["linux-*"] }, "/");
    await world.put("prod", { deferral: { security: "0d", default: "7d" }, exemptions: [{ updates: ["nginx"], ...answers }] }, "/prod");
    await world.put("db", { selector: "tag:role=db", exclude: ["*"] }, "/prod");
    await world.report("web1", [
      { name: "openssl" },
      { name: "nginx" },
      { name: "linux-image" },
      { name: "bash", classification: "other" },
      { name: "zsh", phased: true },
    ]);
    const { status, body, text } = await ask("web1");
    assert.equal(status, 200, text);
    assert.deepEqual(
      [body.machine, body.scope, body.compliance, body.assessedAt, body.updates],
      ["web1", "/prod/web", "noncompliant", "2026-03-10T12:00:00.000Z", []],
    );
    assert.deepEqual(body.reasons, [
      "2 missing updates count: 1 approved and 1 excluded.",
      "Besides, of its missing updates 1 exempt and 1 deferred aren't counted; 1 phased: not offered to it yet.",
    ]);
    const { fields, exclude, exemptions, policies } = body.policy;
    assert.deepEqual(fields.deferral, {
      value: { security: "0d", default: "7d" },
      origin: { policy: "prod", scope: "/prod" },
      unheard: [{ policy: "root", scope: "/" }],
      more: 0,
    });
    assert.deepEqual(
      [fields.sla.origin, fields.approval],
      [
        { policy: "root", scope: "/" },
        { value: "auto", origin: null, unheard: [], more: 0 },
      ],
    );
    assert.deepEqual(exclude, { items: [{ mask: "linux-*", policy: "root", scope: "/" }], more: 0 });
    assert.deepEqual(exemptions.items, [{ updates: ["nginx"], ...answers, isOver: false, policy: "prod", scope: "/prod" }]);
    assert.deepEqual(
      policies.map((one: any) => [one.policy, one.holds]),
      [
        ["prod", true],
        ["root", true],
        ["db", false],
      ],
    );
  });

  it("tells of an update its verdict in sentences, when it was first seen, when it is due, and what would change that", async () => {
    await world.enrol("web0", "/prod");
    await world.enrol("web1", "/prod/web");
    await world.put("prod", { classifications: ["security"], deferral: "7d", sla: { security: "30d" } }, "/prod");
    await world.report("web0", [{ name: "openssl" }]);
    clock.advance({ days: 2 });
    await world.report("web1", [{ name: "openssl", held: true, cves: ["CVE-2026-1111"] }, { name: "bash" }]);
    const { body } = await ask("web1", "OpenSSL");
    const [one, ...others] = body.updates;
    assert.deepEqual([others.length, one.verdict, one.counts, one.overdue, one.dueAt], [0, "deferred", false, false, "2026-04-09T12:00:00.000Z"]);
    assert.deepEqual(one.sentences, [
      "It is chosen by its classification security: policy prod (/prod).",
      "Policy prod (/prod) defers updates by 7d, counted from 2026-03-10 12:00 UTC, when it was first seen in /prod: until 2026-03-17 12:00 UTC.",
      "Policy prod (/prod) gives security updates 30d from 2026-03-10 12:00 UTC, when it was first seen in /prod: it must be installed by 2026-04-09 12:00 UTC.",
      "It is held on the machine: the package manager won't install it before the hold is lifted there, and it counts as missing all the same.",
      "So it is deferred: it isn't deployed yet, and doesn't count as missing yet.",
    ]);
    assert.deepEqual(one.firstSeen, [
      { scope: "/prod/web", at: "2026-03-12T12:00:00.000Z" },
      { scope: "/prod", at: "2026-03-10T12:00:00.000Z" },
      { scope: "/", at: "2026-03-10T12:00:00.000Z" },
    ]);
    assert.deepEqual(
      one.changes.map(({ at, text }: any) => `${at} ${text}`),
      ["2026-03-17T12:00:00.000Z the deferral ends", "2026-04-09T12:00:00.000Z it becomes overdue", "null the hold is lifted on the machine"],
    );
    assert.deepEqual((await ask("web1", "CVE-2026-1111")).body.updates.length, 1);
    assert.deepEqual((await ask("web1", "*s*")).body.updates.length, 2);
    const none = (await ask("web1", "bashful")).body;
    assert.deepEqual([none.updates, none.installed], [[], []]);
    await world.report("web1", []);
    assert.deepEqual((await ask("web1", "bash")).body.installed, [{ name: "bash", version: "5", architecture: "amd64", held: false }]);
  });

  for (const [what, spec, update, sentence, change] of [
    ["is excluded", { exclude: ["open*"] }, {}, 'Policy prod (/prod) excludes "open*".', '"open*" taken out of the `exclude` of policy prod (/prod)'],
    [
      "is excluded and included",
      { include: ["openssl"], exclude: ["*"] },
      {},
      'Policy prod (/prod) excludes "*", and an exclusion wins over an inclusion.',
      undefined,
    ],
    [
      "isn't chosen",
      { classifications: ["critical"] },
      {},
      "It isn't chosen: its classification is security, and policy prod (/prod) chooses critical.",
      '`security` among the classifications of policy prod (/prod), or "openssl" in the `include` of a policy: then it is chosen',
    ],
    [
      "is to be approved",
      { approval: "manual" },
      {},
      "Policy prod (/prod) wants a person to approve it first, and nobody has approved this version.",
      '"openssl=1.1" among what is `approved` by policy prod (/prod)',
    ],
    ["was approved", { approval: "manual", approved: ["openssl=1.1"] }, {}, 'A person has approved "openssl=1.1" (policy prod (/prod)).', undefined],
    [
      "is exempt",
      { exemptions: [{ updates: ["openssl"], ...answers }] },
      {},
      "It is exempt until 2026-04-01 00:00 UTC: ada answers for leaving it out (policy prod (/prod)): the shop's proxy needs it",
      "the exemption ends: it is judged as if there were none",
    ],
    [
      "was exempt",
      { exemptions: [{ updates: ["openssl"], ...answers, expiresAt: "2026-03-01" }] },
      {},
      "An exemption for which ada answered (policy prod (/prod)) ended at 2026-03-01 00:00 UTC.",
      undefined,
    ],
    [
      "is exempt by one of its vulnerabilities only",
      { exemptions: [{ updates: ["CVE-2026-1111"], ...answers }] },
      { cves: ["CVE-2026-1111", "CVE-2026-2222"] },
      "The exemption for which ada answers (policy prod (/prod)) doesn't cover all that it mends: CVE-2026-2222 is left.",
      "an exemption that also covers CVE-2026-2222",
    ],
    [
      "is a definition",
      {},
      { classification: "definition" },
      "Definition updates stand apart (the default): it doesn't count for compliance.",
      "`definitions: include` in a policy: then it counts",
    ],
  ] as const) {
    it(`says in words that an update ${what}`, async () => {
      await world.enrol("web1", "/prod/web");
      await world.put("prod", spec as never);
      await world.report("web1", [{ name: "openssl", ...(update as object) }]);
      const [one] = (await ask("web1", "openssl")).body.updates;
      assert.ok(one.sentences.includes(sentence), one.sentences.join("\n"));
      if (change !== undefined)
        assert.ok(
          one.changes.some(({ text }: any) => text === change),
          JSON.stringify(one.changes),
        );
    });
  }

  it("says why nothing is known of a machine", async () => {
    await world.enrol("web1", "/prod/web");
    assert.deepEqual((await ask("web1")).body.reasons, ["It has never been assessed: its agent hasn't reported yet."]);
    await world.report("web1", [], { problems: ["apt-cache failed"] });
    assert.deepEqual((await ask("web1")).body.reasons, ["Its last report has problems: apt-cache failed.", "So it isn't proven that nothing is missing."]);
    await world.report("web1", [], { listsUpdatedAt: null });
    assert.match((await ask("web1")).body.reasons[0], /^It isn't known when its package lists were fetched/);
    await world.report("web1", []);
    assert.deepEqual([(await ask("web1")).body.compliance, (await ask("web1")).body.reasons], ["compliant", ["Nothing is missing that counts."]]);
    clock.advance({ days: 3 });
    const { body } = await ask("web1");
    assert.deepEqual(
      [body.compliance, body.reasons],
      ["stale", ["Its last report is of 2026-03-10 12:00 UTC: after 2d nothing is known for certain any more."]],
    );
  });

  it("is for those who may see the machine, and shows long lists by their begin", async () => {
    await world.enrol("web1", "/prod/web");
    await world.put("prod", { exclude: Array.from({ length: 10_000 }, (_, i) => `lib${i}*`), include: Array.from({ length: 300 }, (_, i) => `x${i}`) });
    await world.report("web1", [{ name: "openssl" }]);
    const stranger = await all.tokenFor("eve", { role: "admin", scope: "/test" });
    const reader = await all.tokenFor("rita", { role: "reader", scope: "/prod/web" });
    assert.deepEqual([(await ask("web1", undefined, stranger)).status, (await ask("web1", undefined, stranger)).body.code], [404, "MACHINE_NOT_FOUND"]);
    const { body } = await ask("web1", "openssl", reader);
    assert.deepEqual([body.policy.exclude.items.length, body.policy.exclude.more], [100, 9_900]);
    assert.deepEqual([body.policy.fields.include.value.length, body.policy.fields.include.more], [100, 200]);
    assert.equal(body.policy.fields.include.origin.policy, "prod", "who sees a machine sees what decides about it");
  });

  it("answers what is true now, also while machines are judged anew", async () => {
    await world.enrol("web1", "/prod/web");
    await world.put("prod", { deferral: "1d" });
    await world.report("web1", [{ name: "openssl" }]);
    clock.advance({ days: 1 });
    assert.equal((await world.stored("web1")).verdicts.openssl, "deferred");
    const { body } = await ask("web1", "openssl");
    assert.deepEqual([body.compliance, body.updates[0].verdict], ["noncompliant", "approved"]);
    assert.match(body.updates[0].sentences[1], /that was over at 2026-03-11 12:00 UTC/);
    clock.advance(DAY);
  });
});
