import assert from "node:assert/strict";
import { MACHINE_STATES } from "../../../../engine/core/machine.ts";
import { createKnownNames } from "../../../../extension/model/authoring/known-names.ts";
import { yamlSuggestionsAt } from "../../../../extension/model/authoring/yaml-suggestions.ts";
import { engineWith } from "./engine.ts";

const engine = engineWith({
  runbooks: [
    { name: "restart-service", scope: "/prod" },
    { name: "patch", scope: "/" },
  ],
  assets: [
    { name: "github-key", scope: "/", kind: "secret" },
    { name: "github-key", scope: "/prod", kind: "secret" },
    { name: "regions", scope: "/", kind: "variable" },
  ],
  machines: [
    { name: "web-1", scope: "/", tags: { role: "web" } },
    { name: "db-1", scope: "/", tags: { role: "db", tier: "1" } },
  ],
});
const names = createKnownNames({ engine, now: () => 0 });

/** `|` is the cursor. @returns the text with each suggestion taken */
async function suggested(marked: string) {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  return (await yamlSuggestionsAt(text, offset, names)).map(({ label, insert, start, end }) => ({
    label,
    text: text.slice(0, start) + insert + text.slice(end),
  }));
}
const labels = async (marked: string) => (await suggested(marked)).map(({ label }) => label);

describe("what completes in YAML resources", () => {
  it("is the kinds", async () => assert.ok((await labels("kind: |")).includes("MaintenanceWindow")));

  it("is the members that aren't there yet, with what they are for", async () => {
    const found = await labels("kind: Schedule\nname: a\n|\nruns: []\n");
    assert.ok(found.includes("timeZone") && found.includes("cron"));
    assert.ok(!found.includes("name") && !found.includes("runs"));
    const taken = (await suggested("kind: Schedule\nname: a\ntimeZ|\n")).find(({ label }) => label === "timeZone");
    assert.equal(taken?.text, "kind: Schedule\nname: a\ntimeZone: \n");
  });

  it("is the members of what lies deeper, by what is written there", async () => {
    assert.deepEqual((await labels("kind: Schedule\nruns:\n  - runbook: a\n    |\n")).sort(), ["parameters", "priority", "version"]);
    assert.deepEqual(await labels("kind: Webhook\nverify:\n  scheme: hmac\n  hmac:\n    |\n"), ["header", "algorithm", "encoding", "prefix"]);
    assert.deepEqual(await labels("kind: Schedule\nrecurrence:\n  frequency: weekly\n  |\n"), ["every", "weekdays", "times"]);
  });

  it("is the words that a member takes", async () => {
    assert.deepEqual(await labels("kind: Schedule\noverlap: |\n"), ["queue", "skip", "cancel"]);
    assert.deepEqual(await labels("kind: Schedule\nenabled: |\n"), ["true", "false"]);
    assert.ok((await labels("kind: UpdatePolicy\nclassifications: [security, |]\n")).includes("critical"));
  });

  it("is time zones, and each machine's own for windows", async () => {
    assert.ok((await labels("kind: Schedule\ntimeZone: Europe/|\n")).includes("Europe/Berlin"));
    assert.ok(!(await labels("kind: Schedule\ntimeZone: |\n")).includes("machine"));
    assert.ok((await labels("kind: MaintenanceWindow\ntimeZone: |\n")).includes("machine"));
    const taken = (await suggested("kind: Schedule\ntimeZone: Europe/Be|rlin\nname: a\n")).find(({ label }) => label === "Europe/Paris");
    assert.equal(taken?.text, "kind: Schedule\ntimeZone: Europe/Paris\nname: a\n");
  });

  it("is names of runbooks, secrets and tags, each once", async () => {
    assert.deepEqual(await labels("kind: Schedule\nruns:\n  - runbook: |\n"), ["restart-service", "patch"]);
    assert.deepEqual(await labels("kind: Webhook\nverify: { scheme: github, secret: | }\n"), ["github-key"]);
    assert.deepEqual(await labels("kind: MaintenanceWindow\nrebootRules:\n  - tag: |\n"), ["role", "tier"]);
  });

  it("is the terms of a selector", async () => {
    const found = await labels("kind: UpdatePolicy\nselector: os=linux |\n");
    assert.ok(found.includes("tag:role=") && found.includes("name=") && !found.includes("all"));
    const taken = (await suggested("kind: UpdatePolicy\nselector: os=linux tag:role=d|\n")).map(({ text }) => text);
    assert.deepEqual(taken, ["kind: UpdatePolicy\nselector: os=linux tag:role=db\n", "kind: UpdatePolicy\nselector: os=linux tag:role=web\n"]);
    assert.deepEqual(await labels('kind: UpdatePolicy\nselector: "state=|"\n'), [...MACHINE_STATES]);
  });

  it("is nothing in comments and in documents of others", async () => {
    assert.deepEqual(await labels("kind: Schedule\n# time|\n"), []);
    assert.deepEqual(await labels("apiVersion: v1\nkind: Role\n|\n"), []);
  });

  it("asks the engine once for many completions, and again after half a minute", async () => {
    let time = 0;
    const fresh = engineWith({ runbooks: [{ name: "a", scope: "/" }] });
    const kept = createKnownNames({ engine: fresh, now: () => time });
    for (let i = 0; i < 5; i++) await kept.of("runbooks");
    assert.equal(fresh.asked.length, 1);
    time = 31_000;
    await kept.of("runbooks");
    assert.equal(fresh.asked.length, 2);
  });

  it("is nothing from an engine that refuses, and what there is up to a limit from one with a hundred thousand", async () => {
    assert.deepEqual(await createKnownNames({ engine: engineWith({ refuses: "PERMISSION_DENIED" }), now: () => 0 }).of("secrets"), []);
    const many = engineWith({ runbooks: Array.from({ length: 100_000 }, (_, i) => ({ name: `r-${i}`, scope: "/" })) });
    assert.equal((await createKnownNames({ engine: many, now: () => 0 }).of("runbooks")).length, 2_000);
    assert.equal(many.asked.length, 4);
  });
});
