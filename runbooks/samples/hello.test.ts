import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const hello = loadRunbook<typeof import("./hello.ts")>(new URL("./hello.ts", import.meta.url));

test("hello greets the world unless told otherwise", async () => {
  const job = await hello.run();
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ greeting: "Hello, world" }]);
  assert.deepEqual(job.logs, [{ level: "info", message: "Hello, world" }]);
});

test("hello greets by name", async () => {
  const job = await hello.run({ params: { name: "Ada" } });
  assert.deepEqual(job.outputs, [{ greeting: "Hello, Ada" }]);
});

test("hello wants a name that isn't empty", async () => {
  await assert.rejects(hello.run({ params: { name: "" } }), { code: "PARAMETERS_INVALID" });
  // @ts-expect-error: an editor says so as well
  await assert.rejects(hello.run({ params: { nmae: "Ada" } }), /nmae is not a parameter; known are name/);
});

test("hello needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await hello.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
