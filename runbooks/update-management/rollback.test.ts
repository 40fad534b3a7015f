import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeDeployment, loadRunbook, type TestJob } from "runwright/testing";

const rollback = loadRunbook<typeof import("./rollback.ts")>(new URL("./rollback.ts", import.meta.url));
const params = { deployment: "dpl_test" };
const takeBack = (deployment: FakeDeployment): Promise<TestJob> => rollback.run({ params, deployment });
const asked = (job: TestJob) => job.calls.flatMap(({ op, args }) => (op === "deployments.rollback" ? [(args as { how: string }).how] : []));

test("rollback takes every machine back and puts out what became of each update", async () => {
  const gone = {
    name: "openssl",
    architecture: "amd64",
    version: "3.1",
    fromVersion: "3.0",
    status: "NotPossible" as const,
    message: "3.0 isn't offered any more",
  };
  const job = await takeBack({ waves: [["a"], [{ name: "b", rollback: () => ({ updates: [gone] }) }]], rollback: "rollback" });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(asked(job), ["rollback", "rollback"]);
  const statuses = (job.outputs as unknown as { machine: string; updates: { status: string }[] }[]).map(({ machine, updates }) => [
    machine,
    updates[0]?.status,
  ]);
  assert.deepEqual(
    new Map(statuses as [string, string][]),
    new Map([
      ["a", "Succeeded"],
      ["b", "NotPossible"],
    ]),
  );
  assert.ok(
    job.logs.some(({ message }) => /b: 0 of 1 update went back; openssl: 3\.0 isn't offered any more/.test(message)),
    JSON.stringify(job.logs),
  );
});

test("rollback only asks what would go back when a plan was asked for", async () => {
  const job = await takeBack({ waves: [["a", "b"]], rollback: "plan" });
  assert.deepEqual(asked(job), ["plan", "plan"]);
});

test("rollback goes on with the others when a machine can't be reached", async () => {
  const lost = { name: "a", rollback: () => ({ problem: "its agent isn't connected [AGENT_OFFLINE]", updates: [] }) };
  const job = await takeBack({ waves: [[lost, "b"]], rollback: "rollback" });
  assert.deepEqual([job.status, job.outputs.length], ["completed", 2]);
});

test("rollback takes nothing back that nobody has asked for", async () => {
  const job = await takeBack({ waves: [["a"]] });
  assert.deepEqual([job.status, job.error?.code], ["failed", "PERMISSION_DENIED"]);
});

test("rollback needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await rollback.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
