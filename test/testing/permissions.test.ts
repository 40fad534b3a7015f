import assert from "node:assert/strict";
import { run, withRunbook } from "./tested.ts";

const PARTS = `  parameters: Type.Object({ how: Type.String() }),
  permissions: {
    http: ["https://a.net/v1/", "https://*.b.net"], secrets: ["mine", "spare"], variables: ["cursor"], setVariables: ["cursor"], jobs: ["child"],
    machines: { select: "os=linux", actions: ["read", "exec", "reboot"] },
  },
  async run({ params, http, secrets, variables, jobs, machines }) {
    if (params.how === "little") return;
    await http.fetch("https://x.b.net/");
    await secrets.get("mine");
    await variables.set("cursor", 1);
    await jobs.run("child");
    await (await machines.get("a")).exec(["x"]);
    if (params.how === "more") await secrets.get("yours" as "mine");
    if (params.how === "more") await http.fetch("https://c.net/x" as "https://a.net/v1/");
    if (params.how === "more") await (await machines.get("a") as unknown as { setTags(tags: object): Promise<void> }).setTags({ a: "1" });
  },`;
const world = { http: () => ({}), secrets: { mine: "1234567", yours: "7654321" }, jobs: { child: {} }, machines: [{ name: "a" }] };

describe("permissions of a tested runbook", () => {
  it("are told as used and as declared for nothing", async () => {
    const { permissions } = await run(PARTS, { ...world, params: { how: "all" } });
    assert.deepEqual(permissions, {
      used: ["http:https://*.b.net", "jobs:child", "machines", "machines:exec", "secrets:mine", "setVariables:cursor"],
      unused: ["http:https://a.net/v1/", "machines:reboot", "secrets:spare", "variables:cursor"],
      undeclaredUse: [],
    });
  });

  it("end a job at the first call that isn't declared, and name it", async () => {
    const job = await run(PARTS, { ...world, params: { how: "more" } });
    assert.deepEqual([job.failureCode, job.permissions.undeclaredUse], ["permission_denied", ["secrets:yours"]]);
  });

  it("are all told at once where a test only observes", async () => {
    const job = await run(PARTS, { ...world, params: { how: "more" }, permissions: "observe" });
    assert.deepEqual([job.status, job.error], ["completed", null]);
    assert.deepEqual(job.permissions.undeclaredUse, ["http:https://c.net", "machines:tag", "secrets:yours"]);
  });

  it("stay refused for other reasons where a test only observes", async () => {
    const parts = `  permissions: { machines: { select: "name=b", actions: ["exec"] } },
  async run({ machines }) { const [b] = await machines.select(); void b; await (await machines.get("a")).exec(["x"]); },`;
    const job = await run(parts, { machines: [{ name: "a" }, { name: "b" }], permissions: "observe" });
    assert.equal(job.error?.message, 'there is no machine "a" that this runbook may see');
  });

  it("are told over all runs of a runbook", () =>
    withRunbook(PARTS, async (runbook) => {
      await runbook.run({ ...world, params: { how: "little" } });
      assert.deepEqual((await runbook.permissions()).used, []);
      await runbook.run({ ...world, params: { how: "all" } });
      await runbook.run({ ...world, params: { how: "little" } });
      assert.equal((await runbook.permissions()).used.length, 6);
    }));
});
