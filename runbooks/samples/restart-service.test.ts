import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, runRunbook } from "runwright/testing";

const restart = new URL("./restart-service.ts", import.meta.url);
const secrets = { "status-token": "s3cr3t-of-the-status-page" };
const http = { "https://status.example.com/services/nginx": { status: 200 } };

function farm(exec: FakeMachine["exec"]): FakeMachine[] {
  return ["web-1", "web-2", "db-1"].map((name) => ({ name, tags: { role: name.split("-")[0] ?? "" }, exec }));
}

test("restart-service restarts the machines of the role, waits, and checks", async () => {
  const ran: string[] = [];
  const machines = farm((argv) => {
    ran.push(argv.join(" "));
    return {};
  });
  const job = await runRunbook(restart, { params: { role: "web" }, machines, secrets, http });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(ran, ["systemctl restart nginx", "systemctl restart nginx"]);
  assert.deepEqual(job.outputs, [{ restarted: 2, service: "nginx", status: 200 }]);
  assert.deepEqual(
    job.calls.map(({ op }) => op),
    ["machines.select", "machines.exec", "machines.exec", "sleep", "secrets.get", "http.fetch"],
  );
});

test("restart-service stops at the first machine that fails, at its line in the source", async () => {
  const machines = farm(() => ({ exitCode: 5, stderr: "Unit nginx.service not found." }));
  const job = await runRunbook(restart, { params: { role: "web" }, machines, secrets, http });
  assert.deepEqual([job.status, job.failureCode], ["failed", "error"]);
  assert.equal(job.error?.message, "web-1: systemctl ended with 5: Unit nginx.service not found.");
  assert.match(job.error?.stack ?? "", /restart-service\.ts:\d+:\d+/);
  assert.equal(job.calls.filter(({ op }) => op === "machines.exec").length, 1);
});

test("restart-service fails when the service doesn't answer, and shows the secret nowhere", async () => {
  const down = { "https://status.example.com/services/nginx": { status: 503 } };
  const job = await runRunbook(restart, { params: { role: "db" }, machines: farm(() => ({})), secrets, http: down });
  assert.equal(job.error?.message, "nginx doesn't answer after the restart: status 503");
  assert.equal(JSON.stringify(job).includes(secrets["status-token"]), false);
});

test("restart-service refuses a role without machines and a service that is no unit", async () => {
  const none = await runRunbook(restart, { params: { role: "mail" }, machines: farm(() => ({})), secrets, http });
  assert.equal(none.error?.message, "no Linux machine has the tag role=mail");
  await assert.rejects(runRunbook(restart, { params: { role: "web", service: "nginx; reboot" } }), { code: "PARAMETERS_INVALID" });
});
