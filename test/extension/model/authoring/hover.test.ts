import assert from "node:assert/strict";
import { RunwrightError } from "../../../../engine/core/errors.ts";
import type { EngineAccess } from "../../../../extension/model/authoring/engine-access.ts";
import { runbookHoverAt } from "../../../../extension/model/authoring/runbook-hover.ts";
import { yamlHoverAt } from "../../../../extension/model/authoring/yaml-hover.ts";
import { engineWith } from "./engine.ts";

const NOW = Temporal.Instant.from("2026-03-28T12:00Z").epochMilliseconds;
const nobody: EngineAccess = { client: async () => undefined, address: () => undefined };

const YAML = `kind: Freeze
name: a
---
kind: MaintenanceWindow
name: second-saturday
cron: "30 2 * * *"
timeZone: Europe/Berlin
duration: 2h
selector: tag:role=db
`;

describe("hovers in YAML", () => {
  const hover = (text: string, at: string, engine = nobody) => yamlHoverAt(text, text.indexOf(at) + 1, { engine, now: NOW });

  it("show the next five times of a cron expression in its zone, with what clock changes do", async () => {
    const found = await hover(YAML, "30 2 * *");
    assert.equal(YAML.slice(found?.start, found?.end), '"30 2 * * *"');
    const lines = found?.markdown.split("\n") ?? [];
    assert.equal(lines[0], "**Next times** in `Europe/Berlin`");
    assert.equal(lines.filter((line) => line.startsWith("- ")).length, 5);
    assert.match(lines[2] ?? "", /^- `Sun 2026-03-29 03:30 \+02:00` ⚠ the clocks leave 02:30 out/);
  });

  it("show wall times where each machine has its own zone, and what is wrong with a rule", async () => {
    const own = await hover(YAML.replace("Europe/Berlin", "machine"), "30 2 * *");
    assert.match(own?.markdown ?? "", /each machine's own time zone[\s\S]*`Sun 2026-03-29 02:30`/);
    assert.match((await hover(YAML.replace("30 2", "30 25"), "30 25"))?.markdown ?? "", /hour field/);
  });

  it("show the machines that a selector matches now", async () => {
    const engine = engineWith({
      machines: [
        { name: "db-1", state: "online" },
        { name: "db-2", state: "offline" },
      ],
    });
    const found = await hover(YAML, "tag:role=db", engine);
    assert.match(found?.markdown ?? "", /^\*\*2 machines\*\* now, 1 of them not online, on `https:\/\/engine\.example`\n\n- `db-1`\n- `db-2` offline$/);
    assert.deepEqual(engine.asked, [{ path: "/api/v1/machines", query: { selector: "tag:role=db" }, limit: 500 }]);
    assert.match((await hover(YAML, "tag:role=db"))?.markdown ?? "", /Sign in/);
    assert.match((await hover(YAML.replace("tag:role=db", "role"), "role"))?.markdown ?? "", /must look like/);
  });

  it("load no image and draw no icon that an engine or its machines name", async () => {
    const image = "![x](https://evil.example/y.png) $(bug)";
    const engine = engineWith({ machines: [{ name: image, state: image }] });
    const refusing: EngineAccess = {
      address: () => "https://engine.example",
      client: async () => ({ ask: () => assert.fail(), page: () => Promise.reject(new RunwrightError("PERMISSION_DENIED", image)) }),
    };
    for (const one of [engine, refusing]) {
      const { markdown = "" } = (await hover(YAML, "tag:role=db", one)) ?? {};
      assert.match(markdown, /evil/);
      // In code nothing is read as an image or an icon.
      assert.doesNotMatch(markdown.replaceAll(/`[^`]*`/g, ""), /!\[|\]\(|(?<!\\)\$\(/);
    }
  });

  it("say what a member is for, and nothing in documents of others", async () => {
    assert.match((await hover(YAML, "duration"))?.markdown ?? "", /How long it is open/);
    assert.equal(await hover(`apiVersion: v1\nkind: Role\nname: x\nrole: y\n`, "role: y"), undefined);
    assert.equal(await hover("jobs:\n  cron: 0 2 * * *\n", "0 2"), undefined);
  });
});

const RUNBOOK = `import { runbook } from "runwright";
export default runbook({
  summary: "x",
  permissions: { machines: { select: "os=linux", actions: ["exec"] }, http: ["https://*.example.com/v1/"], secrets: ["status-token"] },
  async run({ machines }) {
    await machines.select("tag:role=web");
  },
});
`;

describe("hovers in runbooks", () => {
  const hover = async (at: string, engine = nobody, text = RUNBOOK) => (await runbookHoverAt(text, text.indexOf(at) + 1, { engine, now: NOW }))?.markdown;

  it("say what a permission opens", async () => {
    assert.match((await hover("http:")) ?? "", /ctx\.http\.fetch/);
    assert.match((await hover("https://*")) ?? "", /everything that begins with `https:\/\/\*\.example\.com\/v1\/`, at every subdomain/);
    assert.match((await hover("status-token")) ?? "", /the secret `status-token`/);
    assert.match((await hover('"exec"')) ?? "", /machine\.exec/);
    assert.equal(await hover("summary"), undefined);
  });

  it("show the machines of the permission, and of a selector within it", async () => {
    const engine = engineWith({ machines: [{ name: "web-1", state: "online" }] });
    assert.match((await hover("os=linux", engine)) ?? "", /1 machine\*\* now/);
    await hover("tag:role=web", engine);
    assert.deepEqual(
      engine.asked.map(({ query }) => query?.selector),
      ["os=linux", "tag:role=web os=linux"],
    );
  });

  it("tell that the engine refuses, and show names as they are", async () => {
    const engine = engineWith({ machines: [{ name: "[x](command:y)`", state: "online" }] });
    assert.match((await hover("os=linux", engine)) ?? "", /- `` \[x\]\(command:y\)` ``/);
    assert.match((await hover("os=linux", engineWith({ refuses: "PERMISSION_DENIED" }))) ?? "", /can't be looked up/);
  });
});
