import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { useSettings } from "../../engine/testing/settings.ts";
import { journalText, loadRunbook, matchJournal } from "../../engine/testing.ts";
import { definition, runbookFolder } from "../authoring/runbook-folder.ts";

const PARTS = `  parameters: Type.Object({ role: Type.String() }),
  permissions: { machines: { select: "all", actions: ["exec"] }, secrets: ["token"], http: ["https://a.net"], jobs: ["child"] },
  async run({ params, machines, secrets, http, jobs, sleep, log, output, progress }) {
    const found = await machines.select("tag:role=" + params.role);
    await Promise.all(found.map((machine) => machine.exec(["echo", machine.name, "two\\nlines"])));
    const token = await secrets.get("token");
    log.warning("it is " + token, { b: 1, a: 2 });
    await sleep("1h30m");
    await http.fetch("https://a.net/x", { headers: { authorization: token } }).catch(() => progress(0.5, "half"));
    output({ child: (await jobs.run("child")).status, z: 1, a: [] });
    throw Object.assign(new Error("in the end"), { code: "ENOUGH" });
  },`;
const WORLD = {
  params: { role: "web" },
  machines: ["web-2", "web-1"].map((name) => ({ name, tags: { role: "web" }, exec: () => ({ stdout: name }) })),
  secrets: { token: "s3cr3t-t0ken" },
  jobs: { child: {} },
};

describe("the journal of a tested job", () => {
  const runIt = async () => {
    await using folder = await runbookFolder({ "x.ts": definition(PARTS) });
    return await loadRunbook(folder.file("x.ts")).run(WORLD);
  };

  it("is YAML that people read: in the order of the runbook, machines by name, times from the start, secrets nowhere", async () => {
    const text = journalText(await runIt());
    const golden = join(import.meta.dirname, "example.journal.yaml");
    assert.equal(text, await readFile(golden, "utf8"));
    assert.ok(!text.includes(WORLD.secrets.token));
  });

  it("is the same each time, also when the job is interrupted and goes on", async () => {
    await using folder = await runbookFolder({ "x.ts": definition(PARTS) });
    const runbook = loadRunbook(folder.file("x.ts"));
    const first = journalText(await runbook.run(WORLD));
    for (const world of [WORLD, { ...WORLD, interrupted: true }]) assert.equal(journalText(await runbook.run(world)), first);
  });

  it("is compared with a golden file, which only --update writes", async () => {
    await using folder = await runbookFolder({});
    const golden = folder.file("x.journal.yaml");
    const job = await runIt();
    assert.throws(() => matchJournal(job, golden), { name: "AssertionError", expected: "", message: /there is no x\.journal\.yaml yet/ });
    await assert.rejects(readFile(golden), { code: "ENOENT" });
    useSettings({ update: true });
    try {
      matchJournal(job, golden);
    } finally {
      useSettings({});
    }
    matchJournal(job, golden);
    const text = await readFile(golden, "utf8");
    await writeFile(golden, text.replaceAll("\n", "\r\n"));
    matchJournal(job, golden);
    await writeFile(golden, text.replace("+1h30m", "+1h"));
    assert.throws(() => matchJournal(job, golden), { expected: text.replace("+1h30m", "+1h"), actual: text, message: /did something else/ });
  });
});
