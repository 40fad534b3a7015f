import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandHome, commandHome } from "./command.ts";

const SAMPLES = fileURLToPath(new URL("./azure/samples/", import.meta.url));
const DEPLOY = `import { runbook, Type } from "runwright";
export default runbook({ summary: "deploy", parameters: Type.Object({ deployment: Type.String() }), permissions: { deployments: true }, async run() {} });
`;

describe("import azure", function () {
  this.timeout(120_000);
  let home: CommandHome;
  before(async () => {
    home = await commandHome();
    for (const name of ["software-update", "software-update-linux", "maintenance"])
      await copyFile(join(SAMPLES, `${name}.json`), join(home.path, `${name}.json`));
  });
  after(() => home.remove());

  it("writes files that plan takes, and changes none that is there", async () => {
    const engine = await home.serve();
    try {
      for (const name of ["software-update", "software-update-linux", "maintenance"]) {
        const { code, stdout, stderr } = await home.run(["import", "azure", `${name}.json`, "--out", "azure"]);
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "");
      }
      assert.match(await readFile(join(home.path, "azure/linux-weekly.yaml"), "utf8"), /^# Imported from Azure: softwareUpdateConfigurations\/linux-weekly\n/);
      await mkdir(join(home.path, "runbooks"), { recursive: true });
      await writeFile(join(home.path, "runbooks/deploy.ts"), DEPLOY);
      const planned = await home.run(["plan", "-f", "azure", "-f", "runbooks", "--scope", "/prod"]);
      assert.equal(planned.code, 3, planned.stderr);
      assert.match(planned.stdout, /18 to create, 0 to change, 0 to delete/);
      await writeFile(join(home.path, "azure/patch-tuesday.yaml"), "# mine\n");
      const again = await home.run(["import", "azure", "software-update.json", "--out", "azure"]);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /azure\/patch-tuesday\.yaml is there already and says something else/);
      assert.equal(await readFile(join(home.path, "azure/patch-tuesday.yaml"), "utf8"), "# mine\n");
    } finally {
      await engine.stop();
    }
  });

  it("prints documents, and beside them what has no counterpart", async () => {
    const { stdout, stderr, code } = await home.run(["import", "azure", "-"], { stdin: await readFile(join(SAMPLES, "maintenance.json"), "utf8") });
    assert.deepEqual([code, stdout], [0, await readFile(join(SAMPLES, "maintenance.yaml"), "utf8")]);
    assert.match(stderr, /hosts: properties\.maintenanceScope: Host is no update of machines' software/);
    assert.match(stderr, /1 configuration became 6 documents, 2 differences/);
    const { documents, differences, complete } = await home.json(["import", "azure", "software-update.json"]);
    assert.deepEqual([documents.length, differences.length, complete], [6, 3, true]);
  });

  it("tells all that is wrong, and writes nothing", async () => {
    const sample = JSON.parse(await readFile(join(SAMPLES, "software-update.json"), "utf8"));
    sample.properties.scheduleInfo = { ...sample.properties.scheduleInfo, frequency: "Hour", timeZone: "Nowhere" };
    await writeFile(join(home.path, "wrong.json"), JSON.stringify(sample));
    const { code, stdout, stderr } = await home.run(["import", "azure", "wrong.json", "--out", "wrong"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /timeZone: there is no time zone "Nowhere"/);
    assert.match(stderr, /monthlyOccurrences: contradicts the frequency Hour/);
    assert.match(stderr, /2 problems; nothing was imported/);
    await assert.rejects(readFile(join(home.path, "wrong/patch-tuesday.yaml")), /ENOENT/);
  });

  it("refuses a file of 100 MB without reading it, and one that isn't there", async () => {
    await writeFile(join(home.path, "large.json"), "[");
    await truncate(join(home.path, "large.json"), 100 * 1024 * 1024);
    for (const [name, message] of [
      ["large.json", /large\.json has more than 16 MB: import the configurations in several files/],
      ["none.json", /none\.json can't be read/],
      [".", /isn't a file/],
    ] as const) {
      const { code, stderr } = await home.run(["import", "azure", name]);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  });
});
