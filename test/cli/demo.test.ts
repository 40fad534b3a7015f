import assert from "node:assert/strict";
import { type CommandHome, commandHome } from "./command.ts";

describe("runwright demo fleet", function () {
  this.timeout(60_000);
  let home: CommandHome;
  before(async () => {
    home = await commandHome();
    await home.serve();
  });
  after(() => home.remove());
  const FLEET = ["demo", "fleet", "--machines", "8", "--packages", "20", "--missing", "5", "--over", "0s", "--seed", "a test"];
  const machines = async (selector: string) => (await home.json(["machine", "list", selector])) as { name: string; state: string }[];

  it("brings machines that join, report and go when its time is over, and the same ones again with the same seed", async () => {
    for (const round of ["first", "second"]) {
      const { code, stderr } = await home.run([...FLEET, "--for", "4s"]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /8 simulated machines have joined as sim-[0-9a-f]{4}-00001/);
      assert.match(stderr, /come back with: runwright demo fleet --machines 8 --seed/);
      const found = await machines("tag:simulated=yes");
      assert.deepEqual([found.length, new Set(found.map(({ state }) => state))], [8, new Set(["offline"])], round);
    }
    assert.equal((await machines("tag:role=web")).length, 2);
    const report = (await home.json(["machine", "show", (await machines("tag:role=web"))[0]?.name ?? ""])) as { assessment: { compliance: string } };
    assert.equal(report.assessment.compliance, "noncompliant");
  });

  it("is wrong usage with shares that are none", async () => {
    const { code, stderr } = await home.run(["demo", "fleet", "--failing", "2"]);
    assert.equal(code, 2);
    assert.match(stderr, /2\.5%/);
  });
});
