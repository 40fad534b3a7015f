import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const check = loadRunbook<typeof import("./http-check.ts")>(new URL("./http-check.ts", import.meta.url));
const page = "https://example.com/health";

test("http-check passes when the page answers every time", async () => {
  const job = await check.run({ params: { path: "health", contains: "all good" }, http: { [page]: { text: "<p>all good</p>" } } });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ url: page, good: 3, tries: 3, problems: [] }]);
  assert.deepEqual(
    job.calls.filter(({ op }) => op === "sleep").map(({ args }) => (args as { duration: string }).duration),
    ["5s", "5s"],
  );
});

test("http-check tells how often and why it didn't", async () => {
  let tries = 0;
  const job = await check.run({
    params: { path: "health" },
    http: () => {
      tries++;
      if (tries === 2) throw new Error("connection reset");
      return { status: tries === 1 ? 503 : 200 };
    },
  });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ url: page, good: 1, tries: 3, problems: ["status 503 instead of 200", "connection reset"] }]);
});

test("http-check fails when the page never answers", async () => {
  const job = await check.run({ params: { path: "health", tries: 1, contains: "x" }, http: { [page]: { text: "y" } } });
  assert.deepEqual([job.status, job.error?.message], ["failed", `${page} never answered as expected: the page doesn't hold "x"`]);
});

test("http-check needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await check.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
