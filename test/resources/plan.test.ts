import assert from "node:assert/strict";
import { type Rig, rig, upload } from "../http/rig.ts";

const NIGHTLY = { kind: "Schedule", name: "nightly", scope: "/team", cron: "0 2 * * *", timeZone: "Europe/Berlin", runs: [{ runbook: "clean" }] };
const HOLIDAYS = {
  kind: "Freeze",
  name: "holidays",
  scope: "/team",
  timeZone: "UTC",
  reason: "closed",
  periods: [{ from: "2030-12-20T00:00", to: "2031-01-02T00:00" }],
};
const REGION = { kind: "Variable", name: "region", scope: "/team", value: { zones: ["a", "b"], count: 2 } };

const runbook = (name: string, run = "async ({ output }) => output(1)", declaration = "", scope = "/team") => {
  const { bundle, bundleHash, sourceMap, sources } = upload(name, run, declaration);
  return { kind: "Runbook", name, scope, bundle, bundleHash, sourceMap, sources };
};

describe("plan and apply", function () {
  this.timeout(60_000);
  let all: Rig;
  beforeEach(async () => {
    all = await rig();
  });
  afterEach(() => all.stop());

  const plan = (documents: object[], more: object = {}, token?: string) =>
    all.ask("POST", "/api/v1/plan", { body: { documents, ...more }, ...(token ? { token } : {}) });
  const apply = (documents: object[], hash: string, more: object = {}, token?: string) =>
    all.ask("POST", "/api/v1/apply", { body: { documents, hash, ...more }, ...(token ? { token } : {}) });
  async function applied(documents: object[], more: object = {}, token?: string) {
    const planned = await plan(documents, more, token);
    assert.equal(planned.status, 200, planned.text);
    const done = await apply(documents, planned.body.hash, more, token);
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(done.body, planned.body, "what was shown is what was done");
    return done.body;
  }
  const told = (answer: { body: any }) => answer.body.errors.map((one: any) => [one.index, one.path, one.message]);
  const shown = (body: any) => body.changes.map((one: any) => `${one.action} ${one.kind} ${one.name} ${one.scope}`);

  it("makes what isn't there, in an order in which each finds what it needs, and finds nothing to do the next time", async () => {
    const documents = [NIGHTLY, HOLIDAYS, REGION, runbook("clean")];
    const planned = await plan(documents);
    assert.deepEqual(shown(planned.body), [
      "create Runbook clean /team",
      "create Variable region /team",
      "create Freeze holidays /team",
      "create Schedule nightly /team",
    ]);
    assert.equal((await all.ask("GET", "/api/v1/schedules/nightly")).status, 404, "a plan changes nothing");
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).status, 404);
    const before = (await all.activity()).length;
    await plan(documents);
    assert.equal((await all.activity()).length, before, "and leaves no entry");

    await applied(documents);
    assert.equal((await all.ask("GET", "/api/v1/schedules/nightly")).body.revision, 1);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).body.latestVersion, 1);
    const again = await plan(documents);
    assert.deepEqual([again.body.changes, again.body.unchanged], [[], 4]);
    const { bundle: _, sources: __, sourceMap: ___, ...known } = runbook("clean");
    assert.equal((await plan([known])).body.unchanged, 1, "a runbook that is there needs no bundle");
    assert.equal((await all.activity()).filter((one) => ["schedule.write", "freeze.write", "asset.set", "runbook.publish"].includes(one.operation)).length, 4);
  });

  it("shows each member that changes, with both values", async () => {
    await applied([NIGHTLY, REGION, runbook("clean")]);
    const { body } = await plan([
      { ...NIGHTLY, cron: "30 3 * * *", jitter: "5m" },
      { ...REGION, value: { zones: ["a", "c"], count: 2 } },
    ]);
    assert.deepEqual(
      body.changes.map((one: any) => [one.action, one.name, one.fields]),
      [
        ["update", "region", [{ path: "/value/zones/1", before: "b", after: "c" }]],
        [
          "update",
          "nightly",
          [
            { path: "/cron", before: "0 2 * * *", after: "30 3 * * *" },
            { path: "/jitter", after: "5m" },
          ],
        ],
      ],
    );
  });

  it("keeps the type of a variable that says none, and never looks at an encrypted one", async () => {
    const setting = { kind: "Variable", name: "setting", scope: "/team" };
    await all.ask("PUT", "/api/v1/assets/setting", { body: { kind: "variable", type: "json", value: "text", scope: "/team" } });
    assert.equal((await plan([{ ...setting, value: "text" }])).body.unchanged, 1);
    assert.deepEqual((await all.ask("GET", "/api/v1/documents?scope=/team")).body.items, [{ ...setting, value: "text", type: "json" }]);
    await applied([{ ...setting, value: [1] }]);
    assert.equal((await plan([{ ...setting, type: "json", value: [1] }])).body.unchanged, 1);
    await applied([{ ...setting, name: "fresh", type: "json", value: 1 }]);
    assert.equal((await plan([{ ...setting, name: "fresh", value: { now: "a map" } }])).body.changes.length, 1);

    await all.ask("PUT", "/api/v1/assets/hidden", { body: { kind: "variable", encrypted: true, value: "s3cret-value", scope: "/team" } });
    const hidden = { ...setting, name: "hidden" };
    assert.equal((await plan([{ ...hidden, encrypted: true }])).body.unchanged, 1);
    for (const wrong of [{ value: "guess" }, { value: "s3cret-value" }, { encrypted: true, value: "s3cret-value" }, { encrypted: false, value: 1 }])
      assert.equal((await plan([{ ...hidden, ...wrong }])).body.code, "RESOURCE_INVALID", JSON.stringify(wrong));
    assert.ok(!(await all.ask("GET", "/api/v1/documents")).text.includes("s3cret-value"));
    assert.ok(!(await plan([setting], { prune: true, scope: "/team" })).text.includes("s3cret-value"));
    const pruned = await plan([{ ...setting, value: [1] }], { prune: true });
    assert.deepEqual(shown(pruned.body), ["delete Variable fresh /team"], "what is encrypted stays");
  });

  it("refuses to apply what isn't any more what was shown", async () => {
    await applied([NIGHTLY, runbook("clean")]);
    const changed = [{ ...NIGHTLY, cron: "30 3 * * *" }];
    const { hash } = (await plan(changed)).body;
    const { kind: _, name: __, scope, ...spec } = NIGHTLY;
    await all.ask("PUT", "/api/v1/schedules/nightly", { body: { scope, spec: { ...spec, cron: "0 5 * * *" } } });
    const refused = await apply(changed, hash);
    assert.deepEqual([refused.status, refused.body.code], [409, "PLAN_CHANGED"]);
    assert.equal((await all.ask("GET", "/api/v1/schedules/nightly")).body.spec.cron, "0 5 * * *");
    assert.equal((await apply([{ ...NIGHTLY, cron: "1 1 * * *" }], hash)).body.code, "PLAN_CHANGED", "nor anything else than was shown");
  });

  it("does all or nothing", async () => {
    const documents = [runbook("clean"), NIGHTLY, { ...NIGHTLY, name: "broken", timeZone: "Europe/Berln" }];
    const planned = await plan(documents);
    assert.deepEqual([planned.status, planned.body.code], [400, "RESOURCE_INVALID"]);
    assert.equal((await apply(documents, "0".repeat(64))).body.code, "RESOURCE_INVALID");
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).status, 404);
  });

  it("tells all problems of all documents at once, each with its place", async () => {
    const at = (more: object) => ({ ...NIGHTLY, ...more });
    await applied([runbook("gone")]);
    await all.ask("DELETE", "/api/v1/runbooks/gone");
    const answer = await plan(
      [
        runbook("clean"),
        at({ name: "zone", timeZone: "Europe/Berln" }),
        at({ name: "never", cron: "0 0 31 2 *" }),
        at({ name: "over", startAt: "2031-01-01T00:00", expiresAt: "2030-01-01T00:00" }),
        at({ name: "deleted", runs: [{ runbook: "gone" }] }),
        at({ name: "typo", timezone: "UTC" }),
        { ...NIGHTLY, kind: "Schedul" },
        at({ name: "twice" }),
        at({ name: "twice", cron: "5 5 * * *" }),
        { kind: "Schedule", cron: "* * * * *" },
        { kind: "Role", principal: "admn", role: "reader", scope: "/team" },
        { kind: "Role", principal: "admin", role: "reader", scope: "team" },
        at({ name: "version", runs: [{ runbook: "clean", version: 7 }] }),
        { kind: "Variable", name: "secretive", scope: "/", encrypted: true, value: "s3cret" },
        "no map" as unknown as object,
      ].slice(0, 14),
    );
    assert.equal(answer.status, 400, answer.text);
    for (const [index, path, message] of [
      [1, "/timeZone", /did you mean "Europe\/Berlin"/],
      [2, "/cron", /never fires/],
      [3, "/expiresAt", /./],
      [4, "/runs/0/runbook", /was deleted/],
      [5, "/timezone", /did you mean "timeZone"/],
      [6, "/kind", /did you mean "Schedule"/],
      [8, "/name", /twice/],
      [9, "", /must have name/],
      [10, "/principal", /did you mean "admin"/],
      [11, "/scope", /must begin with "\/"/],
      [12, "/runs/0/version", /no version 7/],
      [13, "/value", /mustn't stand in a file/],
    ] as const)
      assert.ok(
        told(answer).some(([i, p, m]: [number, string, string]) => i === index && p === path && message.test(m)),
        `${index} ${path} ${message}: ${JSON.stringify(told(answer), null, 1)}`,
      );
    assert.equal(answer.body.errors.find((one: any) => one.index === 8).other, 7);
    assert.ok(!told(answer).some(([i]: [number]) => [0, 7].includes(i)), "what is right isn't blamed");
  });

  it("prunes where it is asked to and nowhere else", async () => {
    const other = { ...NIGHTLY, name: "elsewhere", scope: "/team/b" };
    const root = { ...HOLIDAYS, name: "all", scope: "/" };
    await applied([runbook("clean"), runbook("inner", undefined, "", "/team/b"), NIGHTLY, { ...other, runs: [{ runbook: "inner" }] }, HOLIDAYS, root, REGION]);
    const kept = [{ ...HOLIDAYS, name: "new" }];
    assert.deepEqual(shown((await plan(kept)).body), ["create Freeze new /team"], "never without the flag");
    assert.deepEqual(shown((await plan(kept, { prune: true })).body), ["create Freeze new /team", "delete Freeze holidays /team"]);
    assert.deepEqual(shown((await plan(kept, { prune: true, scope: "/team" })).body), [
      "create Freeze new /team",
      "delete Schedule nightly /team",
      "delete Schedule elsewhere /team/b",
      "delete Freeze holidays /team",
    ]);
    const empty = await plan([], { prune: true, pruneRunbooks: true, scope: "/team" });
    assert.deepEqual(shown(empty.body).slice(-2).sort(), ["delete Runbook clean /team", "delete Runbook inner /team/b"]);
    const contradiction = await plan([NIGHTLY], { prune: true, pruneRunbooks: true, scope: "/team" });
    assert.deepEqual(told(contradiction), [[0, "/runs/0/runbook", "starts clean, which this plan deletes"]]);
    await applied([], { prune: true, pruneRunbooks: true, scope: "/team" });
    assert.equal((await all.ask("GET", "/api/v1/freezes/all")).status, 200);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).body.deletedAt === null, false);
  });

  it("refuses a version of a runbook that what starts it couldn't start any more", async () => {
    await applied([runbook("clean"), NIGHTLY]);
    const strict = runbook("clean", "async () => {}", `parameters: { type: "object", properties: { days: { type: "integer" } }, required: ["days"] },`);
    const alone = await plan([strict]);
    assert.equal(alone.body.code, "RESOURCE_INVALID", alone.text);
    assert.match(alone.body.errors[0].message, /Schedule nightly starts clean, whose new version doesn't take its parameters/);
    const both = await plan([strict, { ...NIGHTLY, runs: [{ runbook: "clean", parameters: { days: 3 } }] }]);
    assert.equal(both.status, 200, both.text);
    const unchanged = await plan([strict, NIGHTLY]);
    assert.deepEqual([unchanged.body.errors[0].index, unchanged.body.errors[0].other], [1, 0]);
  });

  it("shows what may do more than before", async () => {
    await all.tokenFor("ada");
    await applied([runbook("clean")]);
    const wider = runbook("clean", "async () => {}", `permissions: { http: ["https://example.com"] },`);
    const { body } = await plan([wider, { kind: "Role", principal: "ada", role: "author", scope: "/team" }]);
    assert.deepEqual(
      body.changes.map((one: any) => one.permissions),
      [[{ text: "may send requests to https://example.com", widened: true }], [{ text: "ada becomes author at /team", widened: true }]],
    );
    assert.ok(body.changes[0].files.length > 0);
  });

  it("gives roles at once, and never takes the last administrator's or one's own", async () => {
    const ada = await all.tokenFor("ada");
    const role = { kind: "Role", principal: "ada", role: "author", scope: "/team" };
    assert.equal((await plan([], {}, ada)).status, 200);
    await applied([role]);
    assert.equal((await plan([HOLIDAYS], {}, ada)).status, 200);
    await applied([{ ...role, role: "reader" }], { prune: true });
    assert.equal((await plan([HOLIDAYS], {}, ada)).body.code, "PERMISSION_DENIED");
    const own = await plan([{ ...role, scope: "/" }], { prune: true });
    assert.match(own.body.errors[0].message, /admin would lose the role admin at \/ by its own plan/);
    assert.equal(own.body.errors[0].index, null);
    assert.ok((await all.activity()).some((one) => one.operation === "role.write" && one.target === "principal:ada"));
  });

  it("lets an author do what an author may where they may, and shows a reader no more than that", async () => {
    const author = await all.tokenFor("team", { role: "author", scope: "/team" });
    const reader = await all.tokenFor("rita", { role: "reader", scope: "/team" });
    await applied([runbook("clean"), NIGHTLY]);
    await applied([HOLIDAYS, { ...NIGHTLY, scope: undefined, cron: "1 1 * * *" }], {}, author);
    for (const [documents, token] of [
      [[{ ...HOLIDAYS, name: "top", scope: "/" }], author],
      [[{ kind: "Role", principal: "team", role: "admin", scope: "/team" }], author],
      [[{ ...HOLIDAYS, reason: "because" }], reader],
      [[runbook("clean", "async () => 2")], reader],
      [[{ ...REGION, scope: "/" }], author],
    ] as [object[], string][]) {
      const refused = await plan(documents, {}, token);
      assert.deepEqual([refused.status, refused.body.code], [403, "PERMISSION_DENIED"], refused.text);
      assert.equal((await apply(documents, "0".repeat(64), {}, token)).status, 403);
    }
    const { bundle: _, sources: __, sourceMap: ___, ...known } = runbook("clean");
    assert.equal((await plan([{ ...HOLIDAYS, scope: undefined }, known], {}, reader)).body.unchanged, 2, "whether all is as it should be, a reader may ask");
    const stranger = await all.tokenFor("eve", { role: "author", scope: "/else" });
    const guess = await plan([{ ...HOLIDAYS, scope: "/else" }], {}, stranger);
    assert.match(guess.body.errors[0].message, /can't see it/);
    assert.ok(!guess.text.includes('"/team'));
    const [right, wrong] = [await plan([HOLIDAYS], {}, stranger), await plan([{ ...HOLIDAYS, reason: "a guess" }], {}, stranger)];
    assert.equal(right.body.code, "PERMISSION_DENIED");
    assert.deepEqual(right.body.errors, wrong.body.errors, "whether a guess is right isn't told");
    assert.deepEqual(shown((await plan([], { prune: true, scope: "/" }, author)).body).length, 2, "prunes what it may");
    assert.deepEqual((await plan([], { prune: true, scope: "/" }, stranger)).body.changes, []);
  });

  it("lets one of two that apply the same plan at once do it", async () => {
    const documents = [runbook("clean"), NIGHTLY, HOLIDAYS];
    const { hash } = (await plan(documents)).body;
    const answers = await Promise.all([apply(documents, hash), apply(documents, hash), apply(documents, hash)]);
    assert.deepEqual(answers.map((one) => one.body.code ?? "done").sort(), ["PLAN_CHANGED", "PLAN_CHANGED", "done"]);
    assert.equal((await all.ask("GET", "/api/v1/schedules/nightly")).body.revision, 1);
  });

  it("exports what is there as documents that change nothing", async () => {
    await all.tokenFor("ada");
    await applied([runbook("clean"), NIGHTLY, HOLIDAYS, REGION, { kind: "Role", principal: "ada", role: "author", scope: "/team" }]);
    await all.ask("PUT", "/api/v1/assets/hidden", { body: { kind: "secret", value: "s3cret-value" } });
    const { body, text } = await all.ask("GET", "/api/v1/documents?limit=2");
    const items = [...body.items];
    for (let next = body.next; next; ) {
      const page = (await all.ask("GET", `/api/v1/documents?limit=2&cursor=${encodeURIComponent(next)}`)).body;
      items.push(...page.items);
      next = page.next;
    }
    assert.ok(!text.includes("s3cret"));
    assert.deepEqual(
      items.map((one: any) => `${one.kind} ${one.name ?? one.principal}`),
      ["Runbook clean", "Variable region", "Role admin", "Role ada", "Freeze holidays", "Schedule nightly"],
    );
    const again = await plan(
      items.filter((one: any) => one.kind !== "Runbook"),
      { prune: true, scope: "/" },
    );
    assert.deepEqual([again.body.changes, again.body.unchanged], [[], 5], again.text);
    const narrow = (await all.ask("GET", "/api/v1/documents?scope=/team")).body.items;
    assert.ok(narrow.every((one: any) => one.scope === "/team"));
  });

  it("takes thousands of documents, and not more than ten thousand", async () => {
    const documents = Array.from({ length: 3_000 }, (_, i) => ({ ...HOLIDAYS, name: `freeze-${i}` }));
    const { hash } = (await plan(documents)).body;
    const done = await apply(documents, hash);
    assert.equal(done.body.changes?.length, 3_000, done.text.slice(0, 300));
    const again = await plan(documents);
    assert.equal(again.body.unchanged, 3_000);
    assert.equal((await plan(Array.from({ length: 10_001 }, () => HOLIDAYS))).status, 400);
  });
});
