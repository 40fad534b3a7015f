import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP: a runbook that declares a secret", function () {
  this.timeout(30_000);
  let all: Rig;
  let author: string;
  before(async () => {
    all = await rig();
    author = await all.tokenFor("ada", { role: "author", scope: "/team" });
    for (const [name, scope] of [
      ["root-password", "/"],
      ["team-password", "/team"],
    ])
      assert.equal((await all.ask("PUT", `/api/v1/assets/${name}`, { body: { kind: "secret", scope, value: "hunter22" } })).status, 200);
  });
  after(() => all.stop());

  const body = (name: string, secret: string) => ({
    ...upload(name, `async ({ secret }) => { await secret("${secret}"); }`, `permissions: { secrets: ["${secret}"] },`),
    scope: "/team",
  });
  const doors = [
    ["PUT", "draft", 200],
    ["POST", "publish", 201],
  ] as const;
  for (const [method, door, done] of doors) {
    it(`of a scope that its author may not see is refused as ${door}, and nothing is kept of it`, async () => {
      const path = `/api/v1/runbooks/takes-${door}`;
      const refused = await all.ask(method, `${path}/${door}`, {
        token: author,
        body: body(`takes-${door}`, "root-password"),
        headers: { "x-request-id": `refused-${door}` },
      });
      assert.deepEqual([refused.status, refused.body.code], [403, "PERMISSION_DENIED"]);
      assert.match(refused.body.detail, /the secret "root-password" could read the one in \/, where ada needs the role "reader"/);
      assert.equal((await all.ask("GET", path)).status, 404);
      const entry = (await all.activity()).find((one) => one.correlationId === `refused-${door}`);
      assert.deepEqual([entry?.actorName, entry?.operation, entry?.result], ["ada", `runbook.${door}`, "PERMISSION_DENIED"]);
    });

    it(`that its author may see is taken as ${door}`, async () => {
      const own = await all.ask(method, `/api/v1/runbooks/own-${door}/${door}`, { token: author, body: body(`own-${door}`, "team-password") });
      assert.equal(own.status, done, own.text);
      const byAdmin = await all.ask(method, `/api/v1/runbooks/given-${door}/${door}`, { body: body(`given-${door}`, "root-password") });
      assert.equal(byAdmin.status, done, byAdmin.text);
    });

    it(`is refused as ${door} for a token that is narrower than its owner`, async () => {
      const { text: token } = await all.adminToken({ role: "author", scope: "/team" });
      const refused = await all.ask(method, `/api/v1/runbooks/narrow-${door}/${door}`, { token, body: body(`narrow-${door}`, "root-password") });
      assert.deepEqual([refused.status, refused.body.code], [403, "PERMISSION_DENIED"]);
    });
  }
});
