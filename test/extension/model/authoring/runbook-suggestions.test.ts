import assert from "node:assert/strict";
import { createKnownNames } from "../../../../extension/model/authoring/known-names.ts";
import { runbookSuggestionsAt } from "../../../../extension/model/authoring/runbook-suggestions.ts";
import { engineWith } from "./engine.ts";

const engine = engineWith({
  runbooks: [{ name: "patch", scope: "/" }],
  assets: [
    { name: "token", scope: "/", kind: "secret" },
    { name: "other", scope: "/", kind: "secret" },
    { name: "regions", scope: "/", kind: "variable" },
  ],
  machines: [{ name: "web-1", scope: "/", tags: { role: "web" } }],
});
const names = createKnownNames({ engine, now: () => 0 });
const source = (permissions: string, run: string) => `import { runbook } from "runwright";
export default runbook({
  summary: "x",
  permissions: { ${permissions} },
  async run({ secrets, machines, jobs, variables, http }) {
    ${run}
  },
});
`;

/** `|` is the cursor. */
async function suggested(marked: string) {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  return (await runbookSuggestionsAt(text, offset, names)).map(({ label, insert, start, end }) => ({
    label,
    text: text.slice(0, start) + insert + text.slice(end),
  }));
}
const labels = async (marked: string) => (await suggested(marked)).map(({ label }) => label);

describe("what completes in runbooks", () => {
  it("is names in permissions", async () => {
    assert.deepEqual(await labels(source('secrets: ["|"]', "")), ["other", "token"]);
    assert.deepEqual(await labels(source('setVariables: ["|"]', "")), ["regions"]);
    assert.deepEqual(await labels(source('jobs: ["a", "|"]', "")), ["patch"]);
    assert.deepEqual((await suggested(source('secrets: ["to|"]', ""))).map(({ text }) => text).at(-1), source('secrets: ["token"]', ""));
  });

  it("is actions and terms of selectors", async () => {
    assert.deepEqual(await labels(source('machines: { select: "all", actions: ["|"] }', "")), ["read", "exec", "inventory", "install", "reboot", "tag"]);
    assert.ok((await labels(source('machines: { select: "os=linux |", actions: [] }', ""))).includes("tag:role="));
    assert.deepEqual(await labels(source("", 'machines.select("tag:role=|")')), ["web"]);
  });

  it("is what is declared first in calls, then what could be", async () => {
    assert.deepEqual(await labels(source('secrets: ["token"]', 'await secrets.get("|")')), ["token", "other"]);
    assert.deepEqual(await labels(source('http: ["https://a.example.com", "https://*.b.example"]', 'http.fetch("|")')), ["https://a.example.com"]);
    assert.deepEqual(await labels(source("", 'await jobs.run("|", {})')), ["patch"]);
    assert.deepEqual(await labels(source("", "await variables.get<string[]>('|')")), ["regions"]);
  });

  it("works while the quote isn't closed yet", async () =>
    assert.deepEqual(await labels(source('secrets: ["token"]', 'await secrets.get("|')), ["token", "other"]));

  it("is nothing elsewhere", async () => {
    assert.deepEqual(await labels(source("", 'log("|")')), []);
    assert.deepEqual(await labels(source("", '// secrets.get("|")')), []);
    assert.deepEqual(await labels('other({ permissions: { secrets: ["|"] } })'), []);
  });
});
