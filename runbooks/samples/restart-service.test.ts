import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeService, fakeClock, loadRunbook, matchJournal } from "runwright/testing";

const restart = loadRunbook<typeof import("./restart-service.ts")>(new URL("./restart-service.ts", import.meta.url));
const secrets = { "status-token": "s3cr3t-of-the-status-page" };
const http = { "https://status.example.com/services/nginx": { status: 200 } };

const farm = (services: Record<string, FakeService | "failed"> = { nginx: "failed" }) =>
  ["web-1", "web-2", "db-1"].map((name) => ({ name, tags: { role: name.split("-")[0] ?? "" }, services }));

test("restart-service restarts the machines of the role, waits, and checks", async () => {
  const job = await restart.run({ params: { role: "web" }, machines: farm(), secrets, http });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(job.outputs, [{ restarted: 2, service: "nginx", status: 200 }]);
  assert.deepEqual(
    Object.entries(job.machines).map(([name, { services }]) => `${name} ${services.nginx?.active}`),
    ["web-1 active", "web-2 active", "db-1 failed"],
  );
  matchJournal(job, new URL("./restart-service.journal.yaml", import.meta.url));
});

test("restart-service gives the service its time, also in the night in which an hour is left out", async () => {
  const clock = fakeClock("2026-03-29T01:59[Europe/Berlin]");
  const job = await restart.start({ params: { role: "web" }, machines: farm(), secrets, http, clock });
  assert.deepEqual(
    (await job.waits()).map(({ op }) => op),
    ["sleep"],
  );
  assert.equal(job.record.commands.length, 2);
  // 02:00 isn't shown that night: the clocks say 03:00.
  assert.equal((await clock.to("2026-03-29T02:00[Europe/Berlin]")).at.hour, 3);
  assert.deepEqual(job.record.outputs, [], "one minute has passed");
  await clock.advance("4m");
  assert.equal((await job.ended).status, "completed");
});

test("restart-service stops at the first machine that fails, at its line in the source", async () => {
  const job = await restart.run({ params: { role: "web" }, machines: farm({}), secrets, http });
  assert.deepEqual([job.status, job.failureCode], ["failed", "error"]);
  assert.match(job.error?.message ?? "", /^web-1: systemctl ended with 5: Failed to restart nginx\.service: Unit nginx\.service not found\./);
  assert.match(job.error?.stack ?? "", /restart-service\.ts:\d+:\d+/);
  assert.deepEqual(
    job.commands.map(({ machine }) => machine),
    ["web-1"],
  );
});

test("restart-service goes on where it was when the engine crashes at each of its waits", async () => {
  const job = await restart.run({ params: { role: "web" }, machines: farm(), secrets, http, interrupted: true });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.equal(job.commands.length, 2);
});

test("restart-service fails when the service doesn't answer, and shows the secret nowhere", async () => {
  const down = { "https://status.example.com/services/nginx": { status: 503 } };
  const job = await restart.run({ params: { role: "db" }, machines: farm(), secrets, http: down });
  assert.equal(job.error?.message, "nginx doesn't answer after the restart: status 503");
  assert.equal(JSON.stringify(job).includes(secrets["status-token"]), false);
});

test("restart-service refuses a role without machines and a service that is no unit", async () => {
  const none = await restart.run({ params: { role: "mail" }, machines: farm(), secrets, http });
  assert.equal(none.error?.message, "no Linux machine has the tag role=mail");
  await assert.rejects(restart.run({ params: { role: "web", service: "nginx; reboot" } }), { code: "PARAMETERS_INVALID" });
});

test("restart-service needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await restart.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
