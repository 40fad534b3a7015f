import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook, type TestJob } from "runwright/testing";

const quarantine = loadRunbook<typeof import("./quarantine-machine.ts")>(new URL("./quarantine-machine.ts", import.meta.url));
const now = "2026-03-01T12:00:00Z";
const machine = (fields: Partial<FakeMachine> = {}): FakeMachine => ({ name: "web-1", tags: { role: "web" }, ...fields });
const TAGGED = { role: "web", quarantine: "true", "quarantine-reason": "x", "quarantine-since": "2026-02-28T00:00:00.000Z" };
const did = (job: TestJob) => job.calls.map(({ op }) => op).filter((op) => op !== "machines.get");
const tags = (job: TestJob) => job.calls.filter(({ op }) => op === "machines.setTags").map(({ args }) => (args as { tags: object }).tags);

test("quarantine-machine tags a machine with reason and time, also one that is offline", async () => {
  const job = await quarantine.run({ params: { machine: "web-1", reason: "odd logins, ticket=4711" }, machines: [machine({ state: "offline" })], now });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(tags(job), [{ quarantine: "true", "quarantine-reason": "odd_logins-_ticket-4711", "quarantine-since": "2026-03-01T12:00:00.000Z" }]);
  assert.deepEqual(job.outputs, [{ machine: "web-1", quarantine: true, changed: true, since: "2026-03-01T12:00:00.000Z" }]);
});

test("quarantine-machine tags first and isolates then; when that fails the tag stays, and the job says so", async () => {
  const isolate = ["/usr/local/sbin/isolate"];
  const well = await quarantine.run({ params: { machine: "web-1", isolate }, machines: [machine()], now });
  assert.deepEqual(did(well), ["machines.setTags", "machines.exec"]);
  const failing = machine({ exec: () => ({ exitCode: 4, stderr: "nft: no such table" }) });
  const ill = await quarantine.run({ params: { machine: "web-1", isolate }, machines: [failing], now });
  assert.deepEqual(did(ill), ["machines.setTags", "machines.exec"]);
  assert.match(ill.error?.message ?? "", /web-1 is tagged, but its isolation isn't certain: .* ended with 4: nft: no such table/);
  const offline = await quarantine.run({ params: { machine: "web-1", isolate }, machines: [machine({ state: "offline" })], now });
  assert.match(offline.error?.message ?? "", /web-1 is tagged, but .*offline/);
});

test("quarantine-machine leaves reason and time of one that is there already, and isolates it when that is asked for", async () => {
  const job = await quarantine.run({ params: { machine: "web-1", isolate: ["/bin/isolate"] }, machines: [machine({ tags: TAGGED })], now });
  assert.deepEqual(did(job), ["machines.exec"]);
  assert.deepEqual(job.outputs, [{ machine: "web-1", quarantine: true, changed: false, since: TAGGED["quarantine-since"] }]);
});

test("quarantine-machine lifts: the machine rejoins first, and stays tagged when that fails", async () => {
  const params = { machine: "web-1", lift: true, rejoin: ["/usr/local/sbin/rejoin"] };
  const well = await quarantine.run({ params, machines: [machine({ tags: TAGGED })] });
  assert.deepEqual(did(well), ["machines.exec", "machines.setTags"]);
  assert.deepEqual(tags(well), [{ quarantine: null, "quarantine-reason": null, "quarantine-since": null }]);
  const ill = await quarantine.run({ params, machines: [machine({ tags: TAGGED, exec: () => ({ exitCode: 1 }) })] });
  assert.deepEqual([did(ill), ill.status], [["machines.exec"], "failed"]);
  assert.match(ill.error?.message ?? "", /web-1 stays in quarantine/);
  const nothing = await quarantine.run({ params, machines: [machine()] });
  assert.deepEqual([did(nothing), nothing.outputs], [[], [{ machine: "web-1", quarantine: false, changed: false }]]);
});

test("quarantine-machine asks first when it is told whom, and does nothing when they refuse or don't answer", async () => {
  const params = { machine: "web-1", reason: "ticket 4711", approvers: ["role:admin" as const] };
  const waits = await quarantine.start({ params, machines: [machine()], approvals: "byHand" });
  assert.deepEqual(
    (await waits.asked()).map(({ message }) => message),
    ["May Runwright quarantine web-1? ticket 4711"],
  );
  assert.deepEqual(waits.record.commands, [], "nothing is done before somebody has agreed");
  await waits.approve({ by: "ada" });
  const agreed = await waits.ended;
  assert.equal(agreed.status, "completed");
  assert.equal(agreed.logs[0]?.message, "agreed by ada");
  for (const decision of ["reject", "none"] as const) {
    const job = await quarantine.run({ params, machines: [machine()], approvals: { decision } });
    assert.deepEqual([job.status, tags(job)], ["failed", []]);
  }
});

test("quarantine-machine changes nothing in a dry run, and refuses a machine that isn't there or isn't one", async () => {
  const dry = await quarantine.run({
    params: { machine: "web-1", isolate: ["x"] },
    machines: [machine({ exec: () => assert.fail("it ran") })],
    dry: true,
  });
  assert.equal(dry.status, "completed");
  const none = await quarantine.run({ params: { machine: "web-2", approvers: ["role:admin"] }, machines: [machine()] });
  assert.deepEqual([none.error?.code, did(none)], ["MACHINE_NOT_FOUND", []]);
  for (const wrong of [{}, { machine: "a b" }, { machine: "web-*" }, { machine: "a", approvers: ["everyone"] }])
    await assert.rejects(quarantine.run({ params: wrong as object }), { code: "PARAMETERS_INVALID" });
});

test("quarantine-machine needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await quarantine.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
