import assert from "node:assert/strict";
import { upload } from "../http/rig.ts";
import { publish, type World, world } from "./world.ts";

const RUNS = { runs: [{ runbook: "greet" }] };
const DAILY = { cron: "30 2 * * *", timeZone: "Europe/Berlin", ...RUNS };

describe("resources over HTTP", function () {
  this.timeout(30_000);
  let all: World;
  before(async () => {
    all = await world("2026-03-01T00:30:00Z");
    await publish(all, "team-job", "async () => {}", "", { scope: "/team" });
    await publish(all, "gone", "async () => {}");
    await all.ask("DELETE", "/api/v1/runbooks/gone");
    await all.ask("PUT", "/api/v1/runbooks/unpublished/draft", { body: upload("unpublished", "async () => {}") });
  });
  after(() => all.stop());
  const put = (
    spec: unknown,
    {
      name = "wrong",
      noun = "schedules",
      token = all.admin,
      ...more
    }: { name?: string; noun?: string; token?: string; scope?: string; expectedRevision?: number } = {},
  ) => all.ask("PUT", `/api/v1/${noun}/${name}`, { token, body: { spec, ...more } });

  for (const [what, spec, field, message] of [
    ["a time zone that doesn't exist", { ...DAILY, timeZone: "Europe/Berln" }, "/timeZone", /did you mean "Europe\/Berlin"/],
    ["a cron expression that never fires", { ...DAILY, cron: "0 0 31 2 *" }, "/cron", /never fires/],
    ["an expiry before its start", { ...DAILY, startAt: "2026-05-01", expiresAt: "2026-04-01" }, "/expiresAt", /must be later than startAt/],
    ["an expiry that is over", { ...DAILY, expiresAt: "2026-02-01" }, "/expiresAt", /is over already/],
    ["a key that is misspelt", { ...DAILY, overlpa: "skip" }, "/overlpa", /did you mean "overlap"/],
    ["a key of a run that is misspelt", { ...DAILY, runs: [{ runbok: "greet" }] }, "/runs/0/runbok", /did you mean "runbook"/],
    ["a word that isn't one of those there are", { ...DAILY, overlap: "parallel" }, "/overlap", /must be one of queue, skip, cancel/],
    [
      "both a cron expression and a recurrence",
      { ...DAILY, recurrence: { frequency: "daily", times: ["02:30"] } },
      "",
      /either a cron expression or a recurrence/,
    ],
    [
      "a day of the month that isn't one",
      { timeZone: "UTC", recurrence: { frequency: "monthly", days: [32], times: ["02:30"] }, ...RUNS },
      "/recurrence/days/0",
      /./,
    ],
    ["a runbook that isn't there", { ...DAILY, runs: [{ runbook: "nothing" }] }, "/runs/0/runbook", /there is no runbook "nothing"/],
    ["a runbook that was deleted", { ...DAILY, runs: [{ runbook: "gone" }] }, "/runs/0/runbook", /was deleted; restore it/],
    ["a runbook that isn't published", { ...DAILY, runs: [{ runbook: "unpublished" }] }, "/runs/0/runbook", /isn't published yet/],
    ["a version that isn't there", { ...DAILY, runs: [{ runbook: "greet", version: 9 }] }, "/runs/0/version", /has no version 9; its newest is 1/],
    [
      "a parameter that the runbook doesn't have",
      { ...DAILY, runs: [{ runbook: "greet", parameters: { nmae: "x" } }] },
      "/runs/0/parameters/nmae",
      /is not a parameter; known are name, n/,
    ],
    ["a parameter of another type", { ...DAILY, runs: [{ runbook: "greet", parameters: { n: "x" } }] }, "/runs/0/parameters/n", /must be integer/],
    ["a jitter of hours", { ...DAILY, jitter: "3h" }, "/jitter", /at most 1h/],
    ["a max without the policy all", { ...DAILY, misfire: { policy: "once", max: 3 } }, "/misfire/max", /goes with the policy all/],
    ["no runs", { cron: "* * * * *", timeZone: "UTC", runs: [] }, "/runs", /./],
    ["no object", "daily", "", /must be object/],
  ] as const) {
    it(`refuse ${what}, and name the place`, async () => {
      const { status, body } = await put(spec);
      assert.deepEqual([status, body.code], [400, "RESOURCE_INVALID"], JSON.stringify(body));
      const found = body.errors.find((one: { field: string }) => one.field === field);
      assert.match(found?.message ?? JSON.stringify(body.errors), message);
    });
  }

  it("tell all problems at once, and store nothing", async () => {
    const { body } = await put({ ...DAILY, timeZone: "Mars/Olympus", runs: [{ runbook: "nothing" }] });
    assert.deepEqual(
      body.errors.map(({ field }: { field: string }) => field),
      ["/timeZone", "/runs/0/runbook"],
    );
    assert.equal((await all.ask("GET", "/api/v1/schedules/wrong")).status, 404);
  });

  for (const [what, spec, field] of [
    ["whose end comes before its begin", { periods: [{ from: "2026-03-02", to: "2026-03-01" }] }, "/periods/0/to"],
    ["whose moment can't be read", { periods: [{ from: "soon", to: "2026-03-01" }] }, "/periods/0/from"],
    ["that recurs for longer than a month", { periods: [{ cron: "0 0 * * *", duration: "60d" }] }, "/periods/0/duration"],
    ["in a zone that doesn't exist", { timeZone: "X/Y", periods: [{ from: "2026-03-01", to: "2026-03-02" }] }, "/timeZone"],
  ] as const) {
    it(`refuse a freeze ${what}`, async () => {
      const { status, body } = await put({ timeZone: "UTC", reason: "audit", ...spec }, { noun: "freezes" });
      assert.deepEqual([status, body.errors?.[0]?.field], [400, field], JSON.stringify(body));
    });
  }

  it("keep names apart by kind, and take no name that a path or a terminal would misread", async () => {
    for (const name of ["Nightly", "a b", "..%2fx", "-x", "x".repeat(129)])
      assert.equal((await put(DAILY, { name: encodeURIComponent(name) })).status, 400, name);
    assert.equal((await put(DAILY, { name: "same" })).status, 201);
    assert.equal(
      (await put({ timeZone: "UTC", reason: "x", periods: [{ from: "2026-03-01", to: "2026-03-02" }] }, { name: "same", noun: "freezes" })).status,
      201,
    );
  });

  it("change nothing for an equal document, and refuse a change to what someone else has changed since", async () => {
    const first = (await put(DAILY, { name: "revised" })).body;
    assert.equal((await put(DAILY, { name: "revised" })).body.revision, first.revision);
    const second = await put({ ...DAILY, overlap: "skip" }, { name: "revised", expectedRevision: 1 });
    assert.equal(second.body.revision, 2);
    const late = await put({ ...DAILY, overlap: "cancel" }, { name: "revised", expectedRevision: 1 });
    assert.deepEqual([late.status, late.body.code], [409, "CONFLICT"]);
    const targets = (await all.activity()).filter(({ target }) => target === "Schedule:revised");
    assert.deepEqual(
      targets.map(({ operation, result }) => [operation, result]),
      [
        ["schedule.write", "ok"],
        ["schedule.write", "ok"],
      ],
    );
  });

  it("let authors of a scope write there, with runbooks of that scope, and see nothing of others", async () => {
    const author = await all.tokenFor("team-author", { role: "author", scope: "/team" });
    const mine = { ...DAILY, runs: [{ runbook: "team-job" }] };
    const made = await put(mine, { name: "teams", token: author });
    assert.deepEqual([made.status, made.body.scope], [201, "/team"], made.text);
    const outside = await put(DAILY, { name: "outside", token: author });
    // Neither that there is one, nor where.
    assert.match(outside.body.errors?.[0]?.message ?? outside.text, /there is no runbook "greet"/);
    assert.equal((await put(mine, { name: "rooted", token: author, scope: "/" })).status, 403);
    assert.equal((await all.ask("GET", "/api/v1/schedules/same", { token: author })).status, 404);
    assert.equal((await all.ask("DELETE", "/api/v1/schedules/same", { token: author })).status, 404);
    const taken = await put(mine, { name: "same", token: author });
    assert.deepEqual([taken.status, taken.body.code], [409, "NAME_TAKEN"]);
    assert.match(taken.body.detail, /exists where .* can.t see it/);
    assert.deepEqual(
      (await all.ask("GET", "/api/v1/schedules", { token: author })).body.items.map(({ name }: { name: string }) => name),
      ["teams"],
    );
    const reader = await all.tokenFor("team-reader", { role: "reader", scope: "/team" });
    assert.equal((await put(mine, { name: "teams", token: reader })).status, 403);
    assert.equal((await all.ask("GET", "/api/v1/schedules/teams", { token: reader })).status, 200);
  });

  it("tell at publish which schedules a new version would break, and publish when they may or are pinned", async () => {
    const version = (parameter: string) =>
      upload("changing", "async () => {}", `parameters: { type: "object", properties: { ${parameter}: { type: "string" } } },`);
    const publishIt = (parameter: string, more: object = {}) =>
      all.ask("POST", "/api/v1/runbooks/changing/publish", { body: { ...version(parameter), ...more } });
    assert.equal((await publishIt("host")).status, 201);
    await all.put("schedules", "follows", { ...DAILY, runs: [{ runbook: "changing", parameters: { host: "web1" } }] });
    await all.put("schedules", "pinned", { ...DAILY, runs: [{ runbook: "changing", version: 1, parameters: { host: "web1" } }] });
    const refused = await publishIt("target");
    assert.deepEqual([refused.status, refused.body.code], [409, "BREAKS_TRIGGERS"], refused.text);
    assert.match(refused.body.detail, /would break Schedule follows \(\/runs\/0\/parameters\/host is not a parameter; known are target\); /);
    assert.ok(!refused.body.detail.includes("pinned"));
    assert.equal((await publishIt("target", { breakTriggers: true })).status, 201);
    const deletion = await all.ask("DELETE", "/api/v1/runbooks/changing");
    assert.deepEqual([deletion.status, deletion.body.code], [409, "BREAKS_TRIGGERS"]);
    assert.match(deletion.body.detail, /Schedule follows .*Schedule pinned/);
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/changing?breakTriggers=true")).status, 204);
  });

  it("let one be switched off whose runbook is gone, and not on again", async () => {
    await publish(all, "leaving", "async () => {}");
    const spec = { ...DAILY, runs: [{ runbook: "leaving" }] };
    await all.put("schedules", "orphan", spec);
    await all.ask("DELETE", "/api/v1/runbooks/leaving?breakTriggers=true");
    const off = await put({ ...spec, enabled: false }, { name: "orphan" });
    assert.deepEqual([off.status, off.body.spec?.enabled, off.body.state], [200, false, {}], off.text);
    assert.equal((await put({ ...spec, enabled: true }, { name: "orphan" })).status, 400);
    assert.equal((await put({ ...spec, enabled: false, overlap: "skip" }, { name: "orphan" })).status, 400);
  });

  it("preview occurrences with gaps, repeats, freezes and clashes", async () => {
    await all.put("schedules", "berlin", DAILY);
    await all.put("schedules", "rival", { cron: "30 2 * * 1", timeZone: "Europe/Berlin", ...RUNS });
    await all.put("freezes", "spring", { timeZone: "Europe/Berlin", reason: "audit", periods: [{ from: "2026-03-31", to: "2026-04-01" }] });
    const preview = async (name: string, query: string) => (await all.ask("GET", `/api/v1/schedules/${name}/preview?${query}`)).body.items;
    const items = await preview("berlin", "count=4&from=2026-03-28T00:00:00Z");
    assert.deepEqual(
      items.map((one: any) => [one.at, one.planned.slice(11), one.dst]),
      [
        ["2026-03-28T02:30:00+01:00[Europe/Berlin]", "02:30:00", "none"],
        ["2026-03-29T03:30:00+02:00[Europe/Berlin]", "02:30:00", "shifted"],
        ["2026-03-30T02:30:00+02:00[Europe/Berlin]", "02:30:00", "none"],
        ["2026-03-31T02:30:00+02:00[Europe/Berlin]", "02:30:00", "none"],
      ],
    );
    assert.deepEqual(
      items.map((one: any) => one.clashes.includes("rival")),
      [false, false, true, false],
    );
    assert.match(items[3].frozen, /^the freeze spring holds it back until 2026-04-01T00:00\+02:00\[Europe\/Berlin\]: audit$/);
    await all.put("schedules", "berlin", { ...DAILY, dst: { gap: "skip", repeat: "both" } });
    assert.deepEqual(
      (await preview("berlin", "count=2&from=2026-03-28T12:00:00Z")).map((one: any) => [one.at.slice(0, 16), one.dst]),
      [
        ["2026-03-29T03:30", "leftOut"],
        ["2026-03-30T02:30", "none"],
      ],
    );
    assert.deepEqual(
      (await preview("berlin", "count=3&from=2026-10-24T12:00:00Z")).map((one: any) => [one.at.slice(0, 22), one.dst]),
      [
        ["2026-10-25T02:30:00+02", "first"],
        ["2026-10-25T02:30:00+01", "second"],
        ["2026-10-26T02:30:00+01", "none"],
      ],
    );
    assert.equal((await preview("berlin", "count=1&from=2026-03-30T02:15"))[0].at.slice(0, 16), "2026-03-30T02:30", "a wall time of its zone");
    const unread = await all.ask("GET", "/api/v1/schedules/berlin/preview?from=tomorrow");
    assert.deepEqual([unread.status, unread.body.code], [400, "BAD_REQUEST"]);
    assert.match(unread.body.detail, /"tomorrow" must be an instant/);
    const draft = await all.ask("POST", "/api/v1/schedules/preview?count=1", { body: { spec: { ...DAILY, runs: [{ runbook: "not-there-yet" }] } } });
    assert.deepEqual([draft.status, draft.body.items.length], [200, 1], draft.text);
  });
});
