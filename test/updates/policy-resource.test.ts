import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { COUNTS, VERDICTS } from "../../engine/core/update-policy.ts";
import { type Rig, rig } from "../http/rig.ts";
import { testClock } from "../support/clock.ts";
import { worldOn } from "./policy-world.ts";

describe("update policies as resources", function () {
  this.timeout(60_000);
  let all: Rig;
  before(async () => {
    all = await rig({ clock: testClock("2026-03-10T12:00:00Z") });
  });
  after(() => all.stop());
  const put = (name: string, spec: unknown, { token = all.admin, scope = "/prod" } = {}) =>
    all.ask("PUT", `/api/v1/update-policies/${name}`, { token, body: { scope, spec } });
  const plan = (documents: object[], token = all.admin) => all.ask("POST", "/api/v1/plan", { token, body: { documents } });

  it("are made, listed and deleted as others are, with an entry in the activity log", async () => {
    const made = await put("first", { deferral: "7d" });
    assert.deepEqual([made.status, made.body.kind, made.body.state], [201, "UpdatePolicy", {}], made.text);
    assert.match(made.body.id, /^pol_/);
    assert.equal((await put("first", { deferral: "8d" })).body.revision, 2);
    assert.equal((await all.ask("DELETE", "/api/v1/update-policies/first")).status, 204);
    assert.deepEqual(
      (await all.activity()).filter(({ target }) => target === "UpdatePolicy:first").map(({ operation }) => operation),
      ["policy.write", "policy.write", "policy.write"],
    );
  });

  it("warn when they are stored, planned and shown", async () => {
    const everything = { exclude: ["*"] };
    const made = await put("all", everything);
    assert.match(made.body.state.warnings[0], /excludes everything/);
    const planned = await plan([{ kind: "UpdatePolicy", name: "other", scope: "/prod", ...everything }]);
    assert.match(planned.body.changes[0].warnings[0], /excludes everything/, planned.text);
    assert.match((await all.ask("GET", "/api/v1/update-policies/all")).body.state.warnings[0], /excludes everything/);
  });

  for (const bad of [
    { exclude: "nginx" },
    { exclude: [1] },
    { exemptions: [{}] },
    { deferral: { security: 7 } },
    { deferral: "1 fortnight" },
    { selector: 5 },
    { sla: [] },
  ]) {
    it(`are refused by HTTP and by a plan, not more, for ${JSON.stringify(bad)}`, async () => {
      const alone = await put("bad", bad);
      assert.deepEqual([alone.status, alone.body.code], [400, "RESOURCE_INVALID"], alone.text);
      const planned = await plan([{ kind: "UpdatePolicy", name: "bad", scope: "/prod", ...bad }]);
      assert.deepEqual([planned.status, planned.body.code], [400, "RESOURCE_INVALID"], planned.text);
    });
  }

  it("belong to authors of their scope", async () => {
    const author = await all.tokenFor("ann", { role: "author", scope: "/team" });
    const reader = await all.tokenFor("rob", { role: "reader", scope: "/team" });
    assert.equal((await put("theirs", { deferral: "1d" }, { token: author, scope: "/team" })).status, 201);
    assert.equal((await put("theirs", { deferral: "2d" }, { token: author, scope: "/" })).status, 403);
    assert.equal((await put("theirs", { deferral: "2d" }, { token: reader, scope: "/team" })).status, 403);
    assert.equal((await all.ask("GET", "/api/v1/update-policies/theirs", { token: reader })).status, 200);
    assert.equal((await all.ask("GET", "/api/v1/update-policies/all", { token: reader })).status, 404);
  });

  it("are at most a hundred in one scope", async () => {
    for (let i = 0; i < 100; i++) assert.equal((await put(`many-${i}`, { priority: i }, { scope: "/many" })).status, 201);
    const more = await put("many-100", {}, { scope: "/many" });
    assert.match(more.body.errors?.[0]?.message ?? more.text, /there are 100 policies in \/many already/);
    assert.equal((await put("many-5", { priority: 7 }, { scope: "/many" })).status, 200, "those that are there may be changed");
    assert.equal((await put("many-100", {}, { scope: "/many/below" })).status, 201);
  });

  it("of ten thousand masks judge a machine that reports fifty thousand updates", async () => {
    const world = worldOn(all.store, testClock("2026-03-10T12:00:00Z"));
    const inner = Array.from({ length: 200 }, (_, i) => `*${"a*".repeat(100)}${i}b`);
    await put("huge", { exclude: [...Array.from({ length: 9_800 }, (_, i) => `package-${i * 10}-*`), ...inner] }, { scope: "/huge" });
    await world.enrol("big", "/huge");
    const taken = await world.report(
      "big",
      Array.from({ length: 50_000 }, (_, i) => ({ name: `package-${i}-${"a".repeat(150)}` })),
    );
    assert.equal(taken.kind, "taken");
    const { counts, compliance } = await world.stored("big");
    assert.deepEqual([counts, compliance], [{ approved: 45_000, excluded: 5_000 }, "noncompliant"]);
  });

  it("give the verdicts that the documentation lists, which count as it says", async () => {
    const text = await readFile(new URL("../../docs/updates.md", import.meta.url), "utf8");
    const rows = [...text.matchAll(/^\| `(\w+)` \|.*\| ([^|]*) \|$/gm)].filter(([, word]) => VERDICTS.some((one) => one === word));
    assert.deepEqual(rows.map(([, word]) => word).sort(), [...VERDICTS].sort());
    for (const [, word, counts] of rows) assert.equal(counts?.startsWith("**yes**"), COUNTS[word as keyof typeof COUNTS], `${word}`);
  });
});
