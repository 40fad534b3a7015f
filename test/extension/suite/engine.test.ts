import assert from "node:assert/strict";
import { type Engine, startEngine } from "./engine.ts";

describe("an engine for tests inside VS Code", function () {
  this.timeout(60_000);
  let engine: Engine;

  before(async () => {
    engine = await startEngine();
  });
  after(() => engine?.remove());

  it("answers the extension host, goes away and comes back at the same address", async () => {
    const status = async () => (await fetch(`${engine.url}/api/v1/jobs`, { headers: { authorization: `Bearer ${engine.token}` } })).status;
    assert.equal(await status(), 200);
    await engine.stop();
    await assert.rejects(status(), TypeError);
    await engine.start();
    assert.equal(await status(), 200);
  });
});
