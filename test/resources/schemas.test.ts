import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readYaml } from "../../engine/cli/resources/yaml.ts";
import { STORED_KINDS } from "../../engine/core/resource.ts";
import { schemaErrors } from "../../engine/protocol/schema-check.ts";
import { type Rig, rig } from "../http/rig.ts";

const ROOT = join(import.meta.dirname, "..", "..");
type Schema = Record<string, any>;

describe("JSON Schemas of documents", function () {
  this.timeout(60_000);
  let all: Rig;
  let union: Schema;
  before(async () => {
    all = await rig();
    union = (await all.ask("GET", "/schemas/runwright.json", { token: null })).body;
  });
  after(() => all.stop());

  const wrong = (document: unknown) => schemaErrors(union, document).map(({ instancePath, message }) => `${instancePath} ${message}`);

  it("are published for each kind and for all of them, to everyone", async () => {
    assert.equal(union.$schema, "http://json-schema.org/draft-07/schema#");
    for (const kind of union.properties.kind.enum) {
      const { status, body, headers } = await all.ask("GET", `/schemas/${kind}.json`, { token: null });
      assert.equal(status, 200);
      assert.match(String(headers["content-type"]), /json/);
      assert.match(body.$id, new RegExp(`^https?://.*/schemas/${kind}\\.json$`));
      assert.equal(body.properties.kind.const, kind);
      assert.ok(body.required.includes("kind"));
      for (const [member, { description, ...schema }] of Object.entries(body.properties as Record<string, Schema>))
        assert.ok(description !== undefined || schema.anyOf || schema.type === "object" || schema.type === "array", `${kind}.${member} says what it is for`);
    }
  });

  it("take what is right, and tell what is wrong, by its kind", () => {
    const schedule = { kind: "Schedule", name: "x", scope: "/team", cron: "0 2 * * *", timeZone: "UTC", runs: [{ runbook: "a" }] };
    assert.deepEqual(wrong(schedule), []);
    assert.deepEqual(wrong({ kind: "Role", principal: "ada", role: "author", scope: "/" }), []);
    for (const bad of [
      { ...schedule, kind: "Schedul" },
      { ...schedule, timezone: "UTC" },
      { ...schedule, runs: [] },
      { ...schedule, scope: "team" },
      { kind: "Schedule" },
      { kind: "Role", name: "x", principal: "ada", role: "author" },
      {},
    ])
      assert.notDeepEqual(wrong(bad), [], JSON.stringify(bad));
  });

  it("take every example of the documentation and every document beside the runbooks", async () => {
    const texts: [string, string][] = [];
    for await (const path of glob("docs/*.md", { cwd: ROOT })) {
      const text = await readFile(join(ROOT, path), "utf8");
      texts.push(...[...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => [path, yaml ?? ""] as [string, string]));
    }
    for await (const path of glob("runbooks/**/*.{yaml,yml}", { cwd: ROOT })) texts.push([path, await readFile(join(ROOT, path), "utf8")]);
    let count = 0;
    for (const [path, text] of texts) {
      const { documents, problems } = readYaml(text);
      assert.deepEqual(problems, [], path);
      for (const { value } of documents) {
        if (!Object.hasOwn(Object(value), "kind")) continue; // a part of a document, or another file
        const { kind } = value as { kind: string };
        if (STORED_KINDS.some((one) => one === kind) && !union.properties.kind.enum.includes(kind)) continue; // an engine without the part that knows it
        assert.deepEqual(wrong(value), [], `${path}: ${JSON.stringify(value)}`);
        count += 1;
      }
    }
    assert.ok(count >= 8, `${count} documents`);
  });

  it("have the members that the documentation lists, and no others", async () => {
    const text = await readFile(join(ROOT, "docs", "resources.md"), "utf8");
    const sections = [...text.matchAll(/^### (\w+)\n(.*?)(?=^##)/gms)];
    assert.ok(sections.length >= 6);
    for (const [, kind = "", section = ""] of sections) {
      const rows = [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => [...(cell ?? "").matchAll(/`(\w+)`/g)].map(([, member]) => member));
      const { properties } = (await all.ask("GET", `/schemas/${kind}.json`, { token: null })).body;
      const own = Object.keys(properties).filter((member) => !["kind", "name", "scope"].includes(member));
      assert.deepEqual(rows.sort(), own.sort(), kind);
    }
  });
});
