import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeMachine, loadRunbook } from "runwright/testing";

const restart = loadRunbook<typeof import("./restart-failed-service.ts")>(new URL("./restart-failed-service.ts", import.meta.url));

interface Unit {
  load?: string;
  active: string;
  sub?: string;
  type?: string;
  result?: string;
  /** What each start makes of it: how it is afterwards, and when it is looked at again. */
  starts?: { exitCode?: number; after?: string; later?: string; restarts?: number }[];
}

/** A machine with one unit, as systemctl shows it; `ran` holds what was done to it. */
function machine(name: string, unit: Unit, { check = 0, state = "online" as FakeMachine["state"] } = {}) {
  const ran: string[] = [];
  let { active } = unit;
  let [starts, looks, restarts] = [0, 0, 0];
  const fake: FakeMachine = {
    name,
    tags: { role: "web" },
    state,
    exec(argv) {
      const line = argv.join(" ");
      if (/^systemctl (start|restart|reset-failed)/.test(line)) ran.push(line);
      if (line.startsWith("systemctl show")) {
        const next = unit.starts?.[starts - 1];
        if (starts > 0 && looks++ === 1) {
          active = next?.later ?? active;
          restarts += next?.restarts ?? 0;
        }
        const shown = {
          LoadState: unit.load ?? "loaded",
          ActiveState: active,
          SubState: unit.sub ?? "sub",
          Result: unit.result ?? "success",
          NRestarts: restarts,
          Type: unit.type ?? "simple",
        };
        return {
          stdout: Object.entries({ ...shown, InvocationID: `run-${starts}` })
            .map(([key, value]) => `${key}=${value}\n`)
            .join(""),
        };
      }
      if (/^systemctl (start|restart)/.test(line)) {
        const next = unit.starts?.[starts++];
        looks = 0;
        active = next?.after ?? "active";
        return { exitCode: next?.exitCode ?? 0, stderr: next?.exitCode ? "Job for nginx.service failed." : "" };
      }
      if (argv[0] === "journalctl") return { stdout: "line one\nbind: address already in use\n" };
      if (argv[0] === "check" || argv[0] === "curl") return { exitCode: check, stderr: check ? "503" : "" };
      return {};
    },
  };
  return { fake, ran };
}

const params = { unit: "nginx", settle: "10s" };
const totals = (outputs: readonly unknown[]) => (outputs[0] as { totals: Record<string, number> }).totals;

test("restart-failed-service brings failed units back and leaves others alone", async () => {
  const broken = machine("web-1", { active: "failed" });
  const well = machine("web-2", { active: "active" });
  const stopped = machine("web-3", { active: "inactive" });
  const absent = machine("db-1", { load: "not-found", active: "inactive" });
  const job = await restart.run({ params, machines: [broken.fake, well.fake, stopped.fake, absent.fake] });
  assert.deepEqual([job.status, job.error], ["completed", null]);
  assert.deepEqual(broken.ran, ["systemctl reset-failed nginx", "systemctl start nginx"]);
  assert.deepEqual([well.ran, stopped.ran, absent.ran], [[], [], []]);
  assert.deepEqual(totals(job.outputs), { machines: 4, leftAlone: 2, restarted: 1, failed: 0, unknown: 0, absent: 1 });
  assert.deepEqual(
    job.calls.filter(({ op }) => op === "sleep").map(({ args }) => (args as { duration: string }).duration),
    ["10s"],
  );
});

test("restart-failed-service has nothing to do when all is well", async () => {
  const job = await restart.run({ params, machines: [machine("web-1", { active: "active" }).fake] });
  assert.equal(job.status, "completed");
  assert.equal(totals(job.outputs).leftAlone, 1);
  assert.deepEqual(job.logs, []);
});

test("restart-failed-service leaves a unit to systemd that systemd is restarting, and says so", async () => {
  const loops = machine("web-1", { active: "activating", sub: "auto-restart" });
  const job = await restart.run({ params, machines: [loops.fake] });
  assert.deepEqual([job.status, loops.ran], ["completed", []]);
  assert.deepEqual(job.logs, [{ level: "warning", message: "web-1: systemd itself restarts nginx again and again" }]);
  assert.match(JSON.stringify(job.outputs), /"found":"activating \(auto-restart\)"/);
});

test("restart-failed-service gives up after its tries, shows the journal, and goes on with the others", async () => {
  const broken = machine("web-1", { active: "failed", starts: Array.from({ length: 3 }, () => ({ exitCode: 1, after: "failed" })) });
  const offline = machine("web-2", { active: "failed" }, { state: "offline" });
  const other = machine("web-3", { active: "failed" });
  const job = await restart.run({ params: { ...params, atOnce: 1 }, machines: [broken.fake, offline.fake, other.fake] });
  assert.equal(job.status, "failed");
  assert.equal(job.error?.message, "nginx doesn't stay up on web-1; web-2: web-2 is offline");
  assert.equal(broken.ran.filter((line) => line.includes(" start ")).length, 3);
  assert.deepEqual(totals(job.outputs), { machines: 3, leftAlone: 0, restarted: 1, failed: 1, unknown: 1, absent: 0 });
  const [row] = (job.outputs[0] as { rows: object[] }).rows;
  assert.deepEqual(row, {
    ...{ machine: "web-1", state: "failed", tries: 3 },
    reason: "try 3 of 3: systemctl start ended with 1: Job for nginx.service failed.",
    journal: ["line one", "bind: address already in use"],
  });
});

test("restart-failed-service isn't taken in by a unit that dies again, or that systemd keeps restarting", async () => {
  const dies = machine("web-1", { active: "failed", starts: [{ later: "failed" }, { later: "failed" }] });
  const flaps = machine("web-2", { active: "failed", starts: [{ restarts: 1 }, {}] });
  const job = await restart.run({ params: { ...params, tries: 2 }, machines: [dies.fake, flaps.fake] });
  assert.equal(job.error?.message, "nginx doesn't stay up on web-1");
  assert.match(JSON.stringify(job.outputs), /try 2 of 2: it is failed \(sub, result success\) after 10s/);
  // The second one runs at its second try: started anew, as it was up.
  assert.deepEqual(
    flaps.ran.filter((line) => !line.includes("reset")),
    ["systemctl start nginx", "systemctl restart nginx"],
  );
  assert.equal(totals(job.outputs).restarted, 1);
});

test("restart-failed-service asks the service itself, by a program and by its address", async () => {
  const url = "http://localhost:8080/health";
  const asked = { ...params, tries: 1, check: ["check"], url };
  const well = await restart.run({ params: asked, machines: [machine("web-1", { active: "failed" }).fake] });
  assert.equal(well.status, "completed");
  const programs = well.calls.map(({ args }) => (args as { argv?: string[] }).argv ?? []);
  assert.ok(programs.some((argv) => argv[0] === "check") && programs.some((argv) => argv[0] === "curl" && argv.at(-1) === url));
  const ill = await restart.run({ params: asked, machines: [machine("web-1", { active: "failed" }, { check: 1 }).fake] });
  assert.match(JSON.stringify(ill.outputs), /it runs, but isn't well: check ended with 1: 503/);
});

test("restart-failed-service counts a oneshot unit as well when it has run to its end", async () => {
  const job = await restart.run({ params, machines: [machine("web-1", { active: "failed", type: "oneshot", starts: [{ after: "inactive" }] }).fake] });
  assert.equal(job.status, "completed", JSON.stringify(job.outputs));
});

test("restart-failed-service says when the unit is nowhere, no machine matches, or a parameter is wrong", async () => {
  const nowhere = await restart.run({ params, machines: [machine("web-1", { load: "not-found", active: "inactive" }).fake] });
  assert.equal(nowhere.error?.message, "there is no unit nginx on web-1: is its name right?");
  const none = await restart.run({ params: { ...params, machine: "web-9" }, machines: [machine("web-1", { active: "active" }).fake] });
  assert.equal(none.error?.message, 'no Linux machine that this runbook may see matches "name=web-9"');
  for (const wrong of [
    { unit: "nginx; reboot" },
    { unit: "-H" },
    { unit: "a", url: "file:///etc/passwd" },
    { unit: "a", tries: 0 },
    { unit: "a", machine: "a os=windows" },
  ])
    await assert.rejects(restart.run({ params: wrong as object }), { code: "PARAMETERS_INVALID" });
});

test("restart-failed-service needs all that it declares, and nothing else", async () => {
  const { unused, undeclaredUse } = await restart.permissions();
  assert.deepEqual([unused, undeclaredUse], [[], []]);
});
