import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { bundleOfModule, createRig, type Rig, STARTED_AT } from "./rig.ts";

const keyed = (key: string) =>
  bundleOfModule(`export default { kind: "runwright.runbook", definition: { summary: "subject", concurrency: { limit: 1, key: ${key} }, run() {} } };`);

describe("concurrency.key", function () {
  this.timeout(30_000);
  let rig: Rig;
  before(async () => {
    rig = createRig();
    await rig.sandbox.ready();
  });
  after(() => rig.stop());

  const read = (key: string, params: unknown = {}) => rig.sandbox.concurrencyKey({ ...keyed(key), params, now: STARTED_AT });

  it("makes a text of the parameters, and sees the time at which the job is asked for", async () => {
    assert.deepEqual(await read("(p) => p.role", { role: "web" }), { ok: true, key: "web" });
    assert.deepEqual(await read("() => new Date().toISOString().slice(0, 10)"), { ok: true, key: "2026-01-15" });
    assert.deepEqual(await read("(p) => p.text", { text: "ä".repeat(200) }), { ok: true, key: "ä".repeat(200) });
  });

  const refused: [what: string, key: string, problem: RegExp][] = [
    ["throws", "() => { throw new TypeError('no service'); }", /TypeError: no service at Object\.key \(runbooks\/subject\.ts:1:\d+\)/],
    ["returns a number", "() => 7", /it returned a value of type number/],
    ["returns nothing", "() => undefined", /it returned a value of type undefined/],
    ["returns a promise", "async () => 'web'", /it returned a value of type object/],
    ["returns an empty text", "() => ''", /must return a text of 1 to 200 characters/],
    ["returns more than 200 characters", "() => 'x'.repeat(201)", /must return a text of 1 to 200 characters/],
    ["returns a megabyte", "() => 'x'.repeat(1e6)", /must return a text of 1 to 200 characters/],
    ["returns what a database can't store", "() => 'a\\u0000b'", /without control characters/],
    ["returns half a character", "() => '\\ud800'", /without control characters/],
    ["loops for ever", "() => { for (;;); }", /LimitError: more than \d+ ms of CPU time/],
    // On a busy computer its CPU time may run out first.
    ["eats memory", "() => { const all = []; for (;;) all.push({ a: 1 }); }", /LimitError: more than .* used/],
    ["wants a capability", "() => fetch('https://example.com')", /fetch/],
    ["isn't there", "undefined", /it isn't a function/],
  ];
  for (const [what, key, problem] of refused) {
    it(`is refused when it ${what}`, async () => {
      const reading = await read(key);
      assert.ok(!reading.ok, JSON.stringify(reading));
      assert.match(reading.problem, problem);
    });
  }

  it("is made also when every place is taken by jobs that run for long", async () => {
    const full = createRig({ runners: 1, attemptsPerRunner: 2 });
    try {
      await full.sandbox.ready();
      const long = [1, 2].map(() => full.start(`await sleep("1h");`));
      assert.equal(full.sandbox.freeSlots(), 0);
      assert.deepEqual(await full.sandbox.concurrencyKey({ ...keyed("() => 'web'"), params: {}, now: 0 }), { ok: true, key: "web" });
      for (const { run } of long) run.stop();
    } finally {
      await full.stop();
    }
  });

  it("is to be asked for again when the sandbox stops: that isn't the runbook's fault", async () => {
    const stopped = createRig();
    await stopped.sandbox.ready();
    await stopped.stop();
    await assert.rejects(stopped.sandbox.concurrencyKey({ ...keyed("() => 'web'"), params: {}, now: 0 }), (error) => isRunwrightError(error, "OVERLOADED"));
  });
});
