import assert from "node:assert/strict";
import { type Rig, rig, upload } from "../http/rig.ts";

const NIGHTLY = { kind: "Schedule", name: "nightly", cron: "0 2 * * *", timeZone: "Europe/Berlin", runs: [{ runbook: "clean" }] };
const REGION = { kind: "Variable", name: "region", value: ["a"] };
const TAKES_DEPLOYMENT = `parameters: { type: "object", properties: { deployment: { type: "string" } } }, permissions: { machines: { select: "all", actions: ["exec"] } },`;
const HTTP = `permissions: { http: ["https://example.com"] },`;

const runbook = (name: string, { run = "async ({ output }) => output(1)", declaration = "" } = {}) => {
  const { bundle, bundleHash, sourceMap, sources } = upload(name, run, declaration);
  return { kind: "Runbook", name, bundle, bundleHash, sourceMap, sources };
};
const SOLUTION = { name: "cleaning", version: "1.0.0", summary: "Cleans" };

describe("solutions", function () {
  this.timeout(60_000);
  let all: Rig;
  beforeEach(async () => {
    all = await rig();
  });
  afterEach(() => all.stop());

  const plan = (body: object, token?: string) => all.ask("POST", "/api/v1/plan", { body, ...(token ? { token } : {}) });
  async function done(body: object, token?: string) {
    const planned = await plan(body, token);
    assert.equal(planned.status, 200, planned.text);
    const applied = await all.ask("POST", "/api/v1/apply", { body: { ...body, hash: planned.body.hash }, ...(token ? { token } : {}) });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual(applied.body, planned.body, "what was shown is what was done");
    return applied.body;
  }
  const install = (documents: object[], more: object = {}, token?: string) => done({ documents, scope: "/team", solution: { ...SOLUTION, ...more } }, token);
  const remove = () => done({ documents: [], removeSolution: "cleaning" });
  const shown = (body: any) => body.changes.map((one: any) => `${one.action} ${one.kind} ${one.name}`);
  const kept = (body: any) => body.kept.map((one: any) => `${one.kind} ${one.name}: ${one.reason}`);
  const told = (answer: { body: any }) => answer.body.errors.map((one: any) => `${one.path} ${one.message}`);
  const states = async () => {
    const { body } = await all.ask("GET", "/api/v1/solutions/cleaning");
    return Object.fromEntries(body.members.map((one: any) => [one.name, one.state]));
  };
  const change = async (name: string, spec: object) => {
    const { status, text } = await all.ask("PUT", `/api/v1/schedules/${name}`, { body: { spec } });
    assert.equal(status, 200, text);
  };
  const specOf = ({ kind: _, name: __, ...spec }: typeof NIGHTLY) => spec;
  const cronOf = async (name: string) => (await all.ask("GET", `/api/v1/schedules/${name}`)).body.spec.cron;

  it("come as one, are told with what they have brought, and go as one", async () => {
    const installed = await install([runbook("clean", { declaration: HTTP }), NIGHTLY, REGION], { permissions: { clean: { http: ["https://example.com"] } } });
    assert.deepEqual(shown(installed), ["create Runbook clean", "create Variable region", "create Schedule nightly", "create Solution cleaning"]);
    assert.deepEqual(installed.changes[0].permissions, [{ text: "may send requests to https://example.com", widened: true }]);
    const { body } = await all.ask("GET", "/api/v1/solutions");
    assert.deepEqual(
      body.items.map(({ installedAt: _, ...one }: any) => one),
      [
        {
          ...{ ...SOLUTION, scope: "/team", revision: 1, installedBy: "admin" },
          members: [
            { kind: "Runbook", name: "clean", scope: "/team", state: "asInstalled" },
            { kind: "Schedule", name: "nightly", scope: "/team", state: "asInstalled" },
            { kind: "Variable", name: "region", scope: "/team", state: "asInstalled" },
          ],
        },
      ],
    );
    assert.deepEqual(
      shown(await install([runbook("clean", { declaration: HTTP }), NIGHTLY, REGION], { permissions: { clean: { http: ["https://example.com"] } } })),
      [],
    );

    assert.deepEqual(shown(await remove()), ["delete Schedule nightly", "delete Variable region", "delete Runbook clean", "delete Solution cleaning"]);
    for (const path of ["/solutions/cleaning", "/schedules/nightly"]) assert.equal((await all.ask("GET", `/api/v1${path}`)).status, 404, path);
    const operations = (await all.activity()).map(({ operation }) => operation);
    assert.deepEqual([operations.includes("solution.install"), operations.includes("solution.remove")], [true, true]);
    assert.equal((await plan({ documents: [], removeSolution: "cleaning" })).status, 404);
  });

  describe("that ask for more than they show", () => {
    const cases: [what: string, declaration: string, permissions: object, message: RegExp][] = [
      ["an address", HTTP, {}, /may send requests to https:\/\/example\.com: that is more than solution\.yaml shows for clean/],
      ["another path", HTTP, { clean: { http: ["https://example.com/status"] } }, /may send requests to https:\/\/example\.com/],
      ["a secret", `permissions: { secrets: ["root"] },`, { clean: { secrets: ["other"] } }, /may read the secret root/],
      [
        "an action",
        `permissions: { machines: { select: "os=linux", actions: ["exec", "reboot"] } },`,
        { clean: { machines: { select: "os=linux", actions: ["exec"] } } },
        /may do on machines: reboot/,
      ],
      [
        "other machines",
        `permissions: { machines: { select: "all", actions: ["exec"] } },`,
        { clean: { machines: { select: "tag:role=web", actions: ["exec"] } } },
        /machines: tag:role=web → all/,
      ],
      ["what another runbook shows", HTTP, { other: { http: ["https://example.com"] } }, /may send requests to/],
    ];
    for (const [what, declaration, permissions, message] of cases)
      it(`aren't installed: ${what}`, async () => {
        const answer = await plan({ documents: [runbook("clean", { declaration })], scope: "/team", solution: { ...SOLUTION, permissions } });
        assert.equal(answer.status, 400, answer.text);
        assert.match(told(answer).join("\n"), message);
      });

    it("nor when the engine has the bundle already", async () => {
      const { bundle: _, sources: __, sourceMap: ___, ...known } = runbook("clean", { declaration: HTTP });
      await done({ documents: [runbook("clean", { declaration: HTTP })], scope: "/team" });
      assert.match(told(await plan({ documents: [known], scope: "/team", solution: SOLUTION })).join(), /that is more than solution\.yaml shows/);
    });

    it("or give somebody a role", async () => {
      const role = { kind: "Role", principal: "admin", role: "admin", scope: "/team" };
      assert.match(told(await plan({ documents: [role], scope: "/team", solution: SOLUTION })).join(), /a solution brings no Role/);
    });
  });

  describe("that start what isn't theirs", () => {
    const wipe = () => runbook("wipe", { declaration: TAKES_DEPLOYMENT });
    const starters = [
      ["a schedule", { ...NIGHTLY, runs: [{ runbook: "wipe" }] }],
      ["a rule", { kind: "EventRule", name: "failed", on: "job.failed", runs: [{ runbook: "wipe" }] }],
      ["a webhook", { kind: "Webhook", name: "hook", verify: { scheme: "none" }, runs: [{ runbook: "wipe" }] }],
      ["a window", { kind: "MaintenanceWindow", name: "weekly", cron: "0 1 * * SUN", timeZone: "UTC", duration: "2h", runbook: "wipe" }],
    ] as const;
    for (const [what, document] of starters)
      it(`are held to the permissions that they show: ${what}`, async () => {
        await done({ documents: [wipe()], scope: "/team" });
        const refused = await plan({ documents: [document], scope: "/team", solution: SOLUTION });
        assert.equal(refused.status, 400, refused.text);
        assert.match(
          told(refused).join("\n"),
          /runbook wipe, which isn't of this solution, may exec machines: all: that is more than solution\.yaml shows for it/,
        );
        const permissions = { wipe: { machines: { select: "all", actions: ["exec"] } } };
        const shownOne = await plan({ documents: [document], scope: "/team", solution: { ...SOLUTION, permissions } });
        assert.doesNotMatch(shownOne.text, /that is more than/);
      });
  });

  it("that are wrong are told what is wrong", async () => {
    const documents = [
      { ...NIGHTLY, runs: 7 },
      { kind: "Webhook", name: "hook" },
      { kind: "EventRule", name: "failed", on: "job.failed", runs: [null] },
    ];
    assert.equal((await plan({ documents, scope: "/team", solution: SOLUTION })).status, 400);
  });

  it("that have something in common: it stays until the last of them goes", async () => {
    await install([runbook("clean"), NIGHTLY]);
    const second = await install([runbook("clean"), NIGHTLY, REGION], { name: "other" });
    assert.deepEqual(shown(second), ["create Variable region", "create Solution other"]);
    const removed = await remove();
    assert.deepEqual(shown(removed), ["delete Solution cleaning"]);
    assert.deepEqual(kept(removed), ["Schedule nightly: solution other has brought it, too", "Runbook clean: solution other has brought it, too"]);
    assert.equal(await cronOf("nightly"), "0 2 * * *");
    const last = await done({ documents: [], removeSolution: "other" });
    assert.deepEqual(shown(last), ["delete Schedule nightly", "delete Variable region", "delete Runbook clean", "delete Solution other"]);
  });

  it("say what was there before and goes with them from now on", async () => {
    await done({ documents: [runbook("clean"), NIGHTLY], scope: "/team" });
    const installed = await install([runbook("clean"), NIGHTLY, REGION]);
    assert.deepEqual(installed.changes.at(-1).warnings, [
      "Runbook clean was there before: it belongs to the solution now, and is removed with it",
      "Schedule nightly was there before: it belongs to the solution now, and is removed with it",
    ]);
    assert.deepEqual((await install([runbook("clean"), NIGHTLY, REGION], { version: "2" })).changes.at(-1).warnings, []);
  });

  it("are installed anew where they are, and nowhere else", async () => {
    await install([REGION]);
    const elsewhere = await plan({ documents: [REGION], scope: "/elsewhere", solution: SOLUTION });
    assert.deepEqual([elsewhere.status, elsewhere.body.code], [409, "NAME_TAKEN"], elsewhere.text);
    const upgraded = await done({ documents: [{ ...REGION, value: ["b"] }], solution: { ...SOLUTION, version: "2" } });
    assert.deepEqual(
      upgraded.changes.map((one: any) => `${one.kind} ${one.scope}`),
      ["Variable /team", "Solution /team"],
    );
  });

  it("tell a stranger neither what they have brought, nor where they are", async () => {
    await done({ documents: [REGION, { ...REGION, name: "hidden", scope: "/secret" }], scope: "/team", solution: SOLUTION });
    const admin = await all.tokenFor("ada", { role: "admin", scope: "/team" });
    const refused = await plan({ documents: [], removeSolution: "cleaning" }, admin);
    assert.equal(refused.status, 403, refused.text);
    assert.doesNotMatch(refused.text, /hidden|\/secret/);
    const stranger = await all.tokenFor("eve", { role: "admin", scope: "/elsewhere" });
    const taken = await plan({ documents: [REGION], solution: SOLUTION }, stranger);
    assert.deepEqual([taken.status, taken.body.code], [409, "NAME_TAKEN"]);
    assert.doesNotMatch(taken.text, /team|secret/);
  });

  it("that clash with what is there are refused, unless it is the same or they may take it over", async () => {
    await done({ documents: [runbook("clean"), NIGHTLY], scope: "/team" });
    assert.deepEqual(shown(await install([runbook("clean"), NIGHTLY])), ["create Solution cleaning"], "what says the same belongs to it now");
    await remove();

    const evening = { ...NIGHTLY, name: "evening", runs: [{ runbook: "tidy" }] };
    await done({ documents: [runbook("tidy"), { ...evening, cron: "0 9 * * *" }], scope: "/team" });
    const wish = { documents: [evening, runbook("tidy")], scope: "/team", solution: SOLUTION };
    const clash = await plan(wish);
    const message = '/name Schedule "evening" is there already, and not of this solution; rename or delete it, or take it over with --overwrite';
    assert.deepEqual([clash.status, told(clash)], [400, [message]]);
    await done({ ...wish, solution: { ...SOLUTION, overwrite: true } });
    assert.equal(await cronOf("evening"), "0 2 * * *");
    const other = await plan({ documents: [{ ...evening, cron: "1 1 * * *" }], scope: "/team", solution: { ...SOLUTION, name: "other" } });
    assert.match(told(other).join(), /is there already, and not of this solution/, "another solution's, too");
  });

  it("come back to what people had set, which counts", async () => {
    await install([REGION, NIGHTLY, runbook("clean")]);
    const changed = { ...REGION, scope: "/team", value: ["mine"] };
    await done({ documents: [changed] });
    assert.deepEqual(kept(await remove()), ["Variable region: somebody has changed it since"]);
    const again = await install([REGION, NIGHTLY, runbook("clean")]);
    assert.deepEqual(kept(again), ["Variable region: it is there already with another value, which counts"]);
    assert.deepEqual((await all.ask("POST", "/api/v1/plan", { body: { documents: [changed] } })).body.unchanged, 1);
    assert.equal((await states()).region, "changed");
    assert.deepEqual(kept(await remove()), ["Variable region: somebody has changed it since"]);
  });

  it("leave what people have changed or deleted as it is, and take the solution's only when told to", async () => {
    await install([runbook("clean"), NIGHTLY, REGION, { ...NIGHTLY, name: "weekly" }]);
    await change("nightly", { ...specOf(NIGHTLY), cron: "0 9 * * *" });
    assert.equal((await all.ask("DELETE", "/api/v1/schedules/weekly")).status, 204);
    assert.deepEqual(await states(), { clean: "asInstalled", nightly: "changed", region: "asInstalled", weekly: "gone" });

    const second = [runbook("clean", { run: "async ({ output }) => output(2)" }), NIGHTLY, { ...REGION, value: ["a", "b"] }, { ...NIGHTLY, name: "weekly" }];
    const upgraded = await install(second, { version: "1.1.0" });
    assert.deepEqual(shown(upgraded), ["update Runbook clean", "update Variable region", "update Solution cleaning"]);
    assert.deepEqual(kept(upgraded), ["Schedule nightly: somebody has changed it since", "Schedule weekly: somebody has deleted it since"]);
    assert.equal(await cronOf("nightly"), "0 9 * * *");

    const third = [second[0] as object, { ...NIGHTLY, cron: "0 3 * * *" }, REGION, { ...NIGHTLY, name: "weekly" }];
    const conflict = await install(third, { version: "1.2.0" });
    assert.match(
      kept(conflict).join("\n"),
      /Schedule nightly: somebody has changed it since, and the solution has changed it too; --overwrite takes the solution's/,
    );
    assert.equal(await cronOf("nightly"), "0 9 * * *");
    assert.deepEqual(shown(await install(third, { version: "1.2.0", overwrite: true })), ["update Schedule nightly", "create Schedule weekly"]);
    assert.equal(await cronOf("nightly"), "0 3 * * *");
    assert.deepEqual(Object.values(await states()), Array(4).fill("asInstalled"));
  });

  it("take away what another version no longer has, unless somebody has changed it", async () => {
    await install([runbook("clean"), NIGHTLY, { ...NIGHTLY, name: "weekly" }, { ...NIGHTLY, name: "yearly" }]);
    await change("yearly", { ...specOf(NIGHTLY), cron: "0 9 1 1 *" });
    const upgraded = await install([runbook("clean"), NIGHTLY], { version: "2.0.0" });
    assert.deepEqual(shown(upgraded), ["delete Schedule weekly", "update Solution cleaning"]);
    assert.deepEqual(kept(upgraded), ["Schedule yearly: somebody has changed it since"]);
    assert.deepEqual(await states(), { clean: "asInstalled", nightly: "asInstalled" });
  });

  it("go without what somebody has changed, and without a runbook that something else starts", async () => {
    await install([runbook("clean"), runbook("tidy"), NIGHTLY, { ...NIGHTLY, name: "weekly", runs: [{ runbook: "tidy" }] }]);
    await change("nightly", { ...specOf(NIGHTLY), cron: "0 9 * * *" });
    const removed = await remove();
    assert.deepEqual(shown(removed), ["delete Schedule weekly", "delete Runbook tidy", "delete Solution cleaning"]);
    assert.deepEqual(kept(removed), ["Schedule nightly: somebody has changed it since", "Runbook clean: Schedule nightly starts it"]);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).body.deletedAt, null);
    assert.match((await all.ask("GET", "/api/v1/runbooks/tidy")).body.deletedAt, /^\d{4}-/);
  });

  it("removed while a job runs let it go on to its end, and say so", async () => {
    await install([runbook("clean", { run: `async ({ waitFor, output }) => { await waitFor("go", { timeout: "1h" }); output("done"); }` }), NIGHTLY]);
    const { body: job } = await all.ask("POST", "/api/v1/runbooks/clean/jobs", { body: {} });
    const removed = await remove();
    assert.deepEqual(removed.changes.find((one: any) => one.kind === "Runbook").warnings, ["1 of its jobs haven't ended: they go on to their end"]);
    await all.ask("POST", "/api/v1/events/go", { body: { payload: null } });
    const { body: ended } = await all.ask("GET", `/api/v1/jobs/${job.id}?wait=20s`);
    assert.deepEqual([ended.status, ended.outputs], ["completed", ["done"]]);
  });

  it("can be installed again after they were removed", async () => {
    await install([runbook("clean"), NIGHTLY]);
    await remove();
    const again = await install([runbook("clean"), NIGHTLY]);
    assert.deepEqual(shown(again), ["create Runbook clean", "create Schedule nightly", "create Solution cleaning"]);
    assert.deepEqual(again.changes[0].warnings, ["it was deleted, and comes back with its earlier versions"]);
    assert.deepEqual(await states(), { clean: "asInstalled", nightly: "asInstalled" });
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).body.latestVersion, 1);
    await remove();
    await install([runbook("clean", { run: "async ({ output }) => output(2)" })]);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/clean")).body.latestVersion, 2);
  });

  it("do what was shown: whoever changes something in between has it refused", async () => {
    await install([runbook("clean"), NIGHTLY]);
    const body = { documents: [], removeSolution: "cleaning" };
    const planned = await plan(body);
    await change("nightly", { ...specOf(NIGHTLY), cron: "0 9 * * *" });
    const applied = await all.ask("POST", "/api/v1/apply", { body: { ...body, hash: planned.body.hash } });
    assert.deepEqual([applied.status, applied.body.code], [409, "PLAN_CHANGED"]);
    assert.equal((await all.ask("GET", "/api/v1/solutions/cleaning")).status, 200);
  });

  it("need the rights that each change needs, and are there for whoever may see them alone", async () => {
    const author = await all.tokenFor("ada", { role: "author", scope: "/team" });
    const reader = await all.tokenFor("bob", { role: "reader", scope: "/team" });
    const stranger = await all.tokenFor("eve", { role: "admin", scope: "/elsewhere" });
    await install([runbook("clean"), NIGHTLY], {}, author);
    assert.equal((await all.ask("GET", "/api/v1/solutions/cleaning", { token: reader })).status, 200);
    assert.equal((await all.ask("GET", "/api/v1/solutions/cleaning", { token: stranger })).status, 404);
    assert.deepEqual((await all.ask("GET", "/api/v1/solutions", { token: stranger })).body.items, []);
    const removal = { documents: [], removeSolution: "cleaning" };
    assert.equal((await plan(removal, reader)).status, 403);
    assert.equal((await plan(removal, stranger)).status, 404);
    const takeover = { documents: [NIGHTLY], scope: "/elsewhere", solution: { ...SOLUTION, version: "6.6.6", overwrite: true } };
    assert.equal((await plan(takeover, stranger)).status >= 400, true, "a name that is taken elsewhere isn't taken over");
    assert.equal((await all.ask("GET", "/api/v1/solutions/cleaning")).body.version, "1.0.0");
  });

  it("aren't mixed with other wishes", async () => {
    for (const body of [
      { documents: [NIGHTLY], solution: SOLUTION, prune: true },
      { documents: [], solution: SOLUTION },
      { documents: [NIGHTLY], removeSolution: "cleaning" },
      { documents: [], removeSolution: "cleaning", solution: SOLUTION },
      { documents: [NIGHTLY], solution: { ...SOLUTION, name: "Not A Name" } },
      { documents: [NIGHTLY], solution: { ...SOLUTION, permissions: { clean: { shell: true } } } },
    ])
      assert.equal((await plan(body)).status, 400, JSON.stringify(body));
  });
});
