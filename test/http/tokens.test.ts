import assert from "node:assert/strict";
import { type Rig, rig } from "./rig.ts";

describe("HTTP: tokens", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
  });
  after(() => all.stop());

  for (const [what, body] of [
    ["a life that no calendar holds", { name: "x", expiresIn: "99999999999999d" }],
    ["a name that would write to a terminal", { name: "x\u001b[2J" }],
    ["a name of two lines", { name: "x\ny" }],
  ] as const) {
    it(`aren't made with ${what}`, async () => {
      const before = (await all.ask("GET", "/api/v1/tokens")).body.items.length;
      const { status, body: problem } = await all.ask("POST", "/api/v1/tokens", { body });
      assert.deepEqual([status, problem.code], [400, "BAD_REQUEST"]);
      assert.equal((await all.ask("GET", "/api/v1/tokens")).body.items.length, before);
    });
  }
});
