import assert from "node:assert/strict";
import { engineAddress } from "../../extension/model/engine-address.ts";

describe("the engine's address in VS Code's settings", () => {
  for (const [setting, url] of [
    ["http://127.0.0.1:4680", "http://127.0.0.1:4680"],
    [" https://runwright.example.com/ ", "https://runwright.example.com"],
    ["https://example.com/runwright//", "https://example.com/runwright"],
  ]) {
    it(`is ${url} for "${setting}"`, () => assert.deepEqual(engineAddress(setting), { ok: true, url }));
  }

  for (const [setting, problem] of [
    [undefined, /empty/],
    ["  ", /empty/],
    [4680, /empty/],
    ["127.0.0.1:4680", /isn't an address/],
    ["localhost:4680", /must begin with http/],
    ["ftp://example.com", /must begin with http/],
    ["https://me:secret@example.com", /name or password/],
  ] as const) {
    it(`is refused for ${JSON.stringify(setting)}`, () => {
      const address = engineAddress(setting);
      assert.ok(!address.ok);
      assert.match(address.problem, problem);
      assert.doesNotMatch(address.problem, /secret@/);
    });
  }
});
