import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

describe("rolling a runbook back", () => {
  let all: Rig;
  before(async () => {
    all = await rig();
    for (const words of ["one", "two", "three"]) {
      const { status } = await all.ask("POST", "/api/v1/runbooks/say/publish", { body: upload("say", `async ({ output }) => { output("${words}"); }`) });
      assert.equal(status, 201);
    }
  });
  after(() => all.stop());

  const rollBack = (body: object, token?: string) => all.ask("POST", "/api/v1/runbooks/say/rollback", { body, ...(token === undefined ? {} : { token }) });

  it("is refused when somebody has published since, and changes nothing", async () => {
    const { status, body } = await rollBack({ version: 1, expectedVersion: 2 });
    assert.deepEqual([status, body.code], [409, "CONFLICT"]);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/say")).body.latestVersion, 3);
  });

  it("is refused for a version that isn't there, and for whoever may not publish", async () => {
    assert.equal((await rollBack({ version: 9 })).body.code, "VERSION_NOT_FOUND");
    const reader = await all.tokenFor("rea", { role: "reader", scope: "/" });
    assert.equal((await rollBack({ version: 1 }, reader)).body.code, "PERMISSION_DENIED");
  });

  it("makes a new version that is what the earlier one was; nothing that was published changes", async () => {
    const { status, body } = await rollBack({ version: 1, message: "three was wrong", expectedVersion: 3 });
    assert.deepEqual([status, body.isNew, body.version.version, body.version.message], [201, true, 4, "three was wrong"]);
    const { items } = (await all.ask("GET", "/api/v1/runbooks/say/versions")).body;
    assert.deepEqual(
      items.map(({ version, bundleHash }: { version: number; bundleHash: string }) => [version, bundleHash === items.at(-1).bundleHash]),
      [
        [4, true],
        [3, false],
        [2, false],
        [1, true],
      ],
    );
    const { body: job } = await all.ask("POST", "/api/v1/runbooks/say/jobs?wait=30s", { body: {} });
    assert.deepEqual(job.outputs, ["one"]);
    assert.ok((await all.activity()).some(({ operation, target }) => operation === "runbook.rollback" && target === "runbook:say"));
  });

  it("to what is the newest already makes none", async () => {
    const { status, body } = await rollBack({ version: 1 });
    assert.deepEqual([status, body.isNew, body.version.version], [200, false, 4]);
  });
});

describe("what an engine says about itself", () => {
  it("is for whoever is signed in: its version, and the clients that it works with", async () => {
    const all = await rig();
    try {
      assert.deepEqual((await all.ask("GET", "/api/v1/about")).body, { version: "0.0.0", api: { oldest: 1, newest: 1 } });
      assert.equal((await all.ask("GET", "/api/v1/about", { token: null })).status, 401);
    } finally {
      await all.stop();
    }
  });
});
