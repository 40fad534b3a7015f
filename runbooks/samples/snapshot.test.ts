import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeRequest, loadRunbook } from "runwright/testing";

const snapshot = loadRunbook<typeof import("./snapshot.ts")>(new URL("./snapshot.ts", import.meta.url));
const take = (answer: (request: FakeRequest) => { status?: number; json?: unknown; text?: string }) =>
  snapshot.run({ params: { deployment: "dpl_1", machine: "web1" }, secrets: { "hypervisor-token": "t0ken-of-the-test" }, http: answer });

test("snapshot waits until the snapshot is there", async () => {
  const states = ["creating", "creating", "ready"];
  const job = await take(({ method, body }) => {
    if (method === "GET") return { json: { state: states.shift() } };
    assert.deepEqual(JSON.parse(body ?? ""), { machine: "web1", name: "before-dpl_1" });
    return { json: { id: "s1" } };
  });
  assert.deepEqual([job.status, job.error, job.outputs], ["completed", null, [{ machine: "web1", snapshot: "s1" }]]);
  assert.equal(job.calls.filter(({ op }) => op === "sleep").length, 2);
});

test("snapshot fails, and so keeps the machine from being patched, when the hypervisor refuses or the snapshot fails", async () => {
  const refused = await take(() => ({ status: 507, text: "no space left" }));
  assert.match(refused.error?.message ?? "", /the hypervisor answers 507 no space left/);
  const failed = await take(({ method }) => ({ json: method === "POST" ? { id: "s1" } : { state: "failed", reason: "the disk is busy" } }));
  assert.deepEqual([failed.status, failed.error?.message], ["failed", "the snapshot s1 of web1 is failed: the disk is busy"]);
});

test("snapshot needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await snapshot.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
