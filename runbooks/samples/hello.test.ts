import assert from "node:assert/strict";
import { test } from "node:test";
import { runRunbook } from "runwright/testing";

const hello = new URL("./hello.ts", import.meta.url);

test("hello greets the world unless told otherwise", async () => {
  const job = await runRunbook(hello);
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ greeting: "Hello, world" }]);
  assert.deepEqual(job.logs, [{ level: "info", message: "Hello, world" }]);
});

test("hello greets by name", async () => {
  const job = await runRunbook(hello, { params: { name: "Ada" } });
  assert.deepEqual(job.outputs, [{ greeting: "Hello, Ada" }]);
});

test("hello wants a name that isn't empty", async () => {
  await assert.rejects(runRunbook(hello, { params: { name: "" } }), { code: "PARAMETERS_INVALID" });
  await assert.rejects(runRunbook(hello, { params: { nmae: "Ada" } }), /nmae is not a parameter; known are name/);
});
