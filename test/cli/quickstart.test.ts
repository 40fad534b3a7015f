import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandHome, commandHome, heard } from "./command.ts";

const SAMPLE = fileURLToPath(new URL("../../runbooks/samples/missing-updates.ts", import.meta.url));

describe("the first minute: runwright serve --quickstart", function () {
  this.timeout(180_000);
  let home: CommandHome;
  before(async () => {
    home = await commandHome();
    await mkdir(join(home.path, "runbooks", "samples"), { recursive: true });
    await cp(SAMPLE, join(home.path, "runbooks", "samples", "missing-updates.ts"));
    await writeFile(join(home.path, "runbooks", "missing-updates.test.ts"), "export default 1;\n");
    await writeFile(join(home.path, "runbooks", "shared.ts"), "export const shared = 1;\n");
    await writeFile(
      join(home.path, "runbooks", "broken.ts"),
      'import { runbook, Type } from "runwright";\nexport default runbook({ summary: 5, parameters: Type.Object({}), async run() {} });\n',
    );
  });
  after(() => home.remove());

  /** Starts it, waits until it has told what to try next, looks around, and ends it with Ctrl-C. */
  async function firstMinute(look: () => Promise<void>): Promise<string> {
    const child = home.start(["serve", "--quickstart", "--port", "0"], { env: { RUNWRIGHT_RUNNERS: "1" } });
    const exit = new Promise((resolve) => child.once("exit", resolve));
    const said = await heard(child, /npx --no-install runwright activity list/);
    await look();
    child.kill("SIGINT");
    assert.equal(await exit, 0);
    assert.deepEqual(await processesIn(home.path), [], "nothing is left running, the agent neither");
    return said;
  }

  it("enrols this machine, publishes what is a runbook, runs the sample and shows its result as a table", async () => {
    const said = await firstMinute(async () => {
      const [machine, ...others] = await home.json(["machine", "list"]);
      assert.deepEqual([machine.state, others], ["online", []]);
      assert.deepEqual(
        (await home.json(["runbook", "list"])).map((one: any) => [one.name, one.latestVersion]),
        [["missing-updates", 1]],
      );
      const [job] = await home.json(["job", "list"]);
      assert.deepEqual([job.runbook, job.status], ["missing-updates", "completed"]);
      const shown = await home.json(["job", "show", job.id]);
      const missing = await home.json(["update", "list", "--machine", machine.name, "--limit", "100000"]);
      const { totals } = shown.outputs[0];
      assert.equal(totals.critical + totals.security + totals.other, missing.length, "the table and the list agree");
    });
    assert.match(said, /This machine is enrolled as \S+\./);
    assert.match(said, /broken doesn't pass its check/);
    assert.match(said, /^Dashboard: http:\/\/127\.0\.0\.1:\d+\/ .*npx --no-install runwright login --browser/m);
    assert.ok(!said.includes("sign-in="), "this may be a file that is kept");
    assert.match(said, /^MACHINE +CRITICAL +SECURITY +OTHER/m);
  });

  it("finds its data at the second start, although its port is another one: the same machine, no new version", async () => {
    const said = await firstMinute(async () => {
      assert.equal((await home.json(["machine", "list"])).length, 1);
      assert.equal((await home.json(["runbook", "list"]))[0].latestVersion, 1);
      assert.equal((await home.json(["job", "list"])).length, 2);
    });
    assert.match(said, /Published runbooks: missing-updates\./);
  });
});

/** Command lines of processes that name the folder; Linux only. */
async function processesIn(folder: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const lines = await Promise.all(
    (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll("\0", " "));
}
