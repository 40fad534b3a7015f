import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bundleOfModule, createRig, type Rig } from "./rig.ts";

/** What an honest runner says of it would be longer than the engine takes, and the engine would end the runner. */
describe("a runner that jobs share isn't ended by what guest code makes long", () => {
  let rig: Rig;
  let pid: number | undefined;
  beforeEach(async () => {
    rig = createRig({ runners: 1 });
    await rig.sandbox.ready();
    pid = rig.sandbox.describe().runners[0]?.pid;
  });
  afterEach(() => rig.stop());

  async function stillThere(): Promise<void> {
    const { ending } = await rig.finish("output(1)");
    assert.equal(ending.kind, "completed");
    assert.equal(rig.sandbox.describe().runners[0]?.pid, pid);
  }
  const run = (bundle: string) =>
    rig.start("", { attempt: { bundle, bundleHash: createHash("sha256").update(bundle).digest("hex"), sourceMap: null } }).run.ended;
  const runbook = (rest: string) => bundleOfModule(`export default { kind: "runwright.runbook", definition: { summary: "s", run() {}, ${rest} } };`);

  it("the name of an error that the module throws, or of a rejection that is left to nobody", async () => {
    const long = `class Long extends TypeError {} Long.prototype.name = "n".repeat(100_000);`;
    const waits = `var __runbook = { default: { kind: "runwright.runbook", definition: { run() { Promise.reject(new Long("m")); return new Promise(() => {}); } } } };`;
    for (const bundle of [`${long} throw new Long("m");`, `${long} ${waits}`]) {
      const ending = await run(bundle);
      assert.ok(ending.kind === "failed" && ending.failureCode === "error", JSON.stringify(ending));
    }
    await stillThere();
  });

  it("a concurrency key", async () => {
    const read = await rig.sandbox.concurrencyKey({ ...runbook(`concurrency: { limit: 1, key: () => "k".repeat(16_000_000) }`), params: {}, now: 0 });
    assert.ok(!read.ok && /larger than 2097152 characters/.test(read.problem), JSON.stringify(read));
    await stillThere();
  });

  it("a declaration", async () => {
    const extraction = await rig.sandbox.extract(runbook(`description: "d".repeat(16_000_000)`));
    assert.ok(!extraction.ok && /larger than 2097152 characters/.test(extraction.error.message), JSON.stringify(extraction));
    await stillThere();
  });
});
