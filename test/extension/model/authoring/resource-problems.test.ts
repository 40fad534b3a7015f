import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { RESOURCE_KINDS } from "../../../../extension/model/authoring/resource-kinds.ts";
import { resourceProblems } from "../../../../extension/model/authoring/resource-problems.ts";
import { type Rig, rig } from "../../../http/rig.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const NOW = Temporal.Instant.from("2026-03-01T00:00Z").epochMilliseconds;
const SCHEDULE = `kind: Schedule
name: nightly
scope: /prod
cron: 30 2 * * *
timeZone: Europe/Berlin
runs:
  - runbook: missing-updates
`;
const told = (text: string) => resourceProblems(text, NOW).map(({ line, column, message }) => `${line}:${column} ${message}`);

describe("problems of YAML resources in an editor", () => {
  it("are none in what is right", () => assert.deepEqual(told(`# comment\n${SCHEDULE}---\nkind: Role\nprincipal: ada\nrole: author\n`), []));

  for (const [what, change, problem] of [
    ["a misspelt member", ["timeZone", "timezone"], /^5:1 timezone: "timezone" isn't known here; did you mean "timeZone"/],
    ["a time zone that isn't one", ["Europe/Berlin", "Europe/Berlim"], /^5:1 timeZone: there is no such time zone.*Europe\/Berlin/],
    ["a cron expression that can't be read", ["30 2 * * *", "30 25 * * *"], /^4:1 cron: the hour field holds "25"/],
    ["a rule that never fires", ["30 2 * * *", "0 0 30 2 *"], /^4:1 cron: .*never fires/],
    ["a scope that isn't one", ["/prod", "prod"], /^3:1 scope: /],
    ["a name that can't be one", ["nightly", "Nightly Check"], /^2:1 name: must be lower-case/],
    ["a limit that is too large", ["runs:", "jitter: 2h\nruns:"], /^6:1 jitter: is at most 1h/],
    ["a key that stands twice", ["runs:", "name: b\nruns:"], /^6:1 this key is there twice/],
    ["an empty run", ["runbook: missing-updates", "version: 1"], /^7:5 runs\/0: must have runbook/],
  ] as const) {
    it(`tell of ${what} where it stands`, () => {
      const found = told(SCHEDULE.replace(change[0], change[1]));
      assert.ok(
        found.some((one) => problem.test(one)),
        found.join("\n"),
      );
    });
  }

  it("tell of freezes, windows and policies what an engine would", () => {
    assert.deepEqual(told("kind: Freeze\nname: a\ntimeZone: UTC\nreason: x\nperiods:\n  - {from: 2026-12-02T00:00, to: 2026-12-01T00:00}\n"), [
      "6:30 periods/0/to: must be later than from",
    ]);
    assert.deepEqual(told('kind: MaintenanceWindow\nname: a\ncron: "0 2 * * *"\ntimeZone: machine\nduration: 25h\nselector: os\n').length, 2);
    assert.match(told("kind: UpdatePolicy\nname: a\nselector: role:web\n").join(), /selector/);
  });

  it("leave files of others alone", () => {
    for (const text of [
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: x}\n",
      "kind: Deployment\nname: {a: b\n",
      "on: push\njobs: {}\n",
      "",
      "kind: Schedule of lessons\n",
    ])
      assert.deepEqual(told(text), [], text);
  });

  it("tell that a file of ours can't be read as YAML", () => assert.match(told("kind: Schedule\nname: [a\n").join("\n"), /^\d+:\d+ /));

  it("end on whatever the text is", () => {
    for (const text of [
      `kind: Schedule\na: ${"[".repeat(50_000)}`,
      `kind: Schedule\n${"a: &a [*a]\n".repeat(1_000)}`,
      `kind: Schedule\n${"x".repeat(900_000)}`,
    ])
      assert.ok(told(text).length > 0);
  });

  it("are none in the documents of this repository", async () => {
    for await (const path of glob("runbooks/**/*.{yaml,yml}", { cwd: ROOT })) assert.deepEqual(told(await readFile(join(ROOT, path), "utf8")), [], path);
    for await (const path of glob("docs/*.md", { cwd: ROOT }))
      for (const [, text = ""] of (await readFile(join(ROOT, path), "utf8")).matchAll(/^```yaml\n(.*?)^```$/gms)) assert.deepEqual(told(text), [], path);
  });

  describe("and the engine", function () {
    this.timeout(60_000);
    let engine: Rig;
    before(async () => {
      engine = await rig();
    });
    after(() => engine.stop());

    it("know the same kinds with the same schemas", async () => {
      const { body } = await engine.ask("GET", "/schemas/runwright.json", { token: null });
      assert.deepEqual(RESOURCE_KINDS.map(({ kind }) => kind).sort(), [...body.properties.kind.enum].sort());
      const { editorSchema } = await import("../../../../engine/protocol/resources/editor-schema.ts");
      for (const kind of RESOURCE_KINDS) {
        const { body } = await engine.ask("GET", `/schemas/${kind.kind}.json`, { token: null });
        assert.deepEqual({ ...body, $id: "" }, { ...JSON.parse(JSON.stringify(editorSchema(kind, ""))), $id: "" });
      }
    });
  });
});
