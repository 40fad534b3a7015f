import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { type CommandHome, collect, commandHome, heard } from "./command.ts";
import { type DeploymentFleet, deploymentFleet, fails, held } from "./deployment-fleet.ts";

/** They open next year by themselves, and now when a test opens them. */
const WINDOWS = ["free", "guarded"]
  .map(
    (name) => `
kind: MaintenanceWindow
name: ${name}
scope: /
cron: "0 2 1 1 *"
timeZone: Europe/Berlin
duration: 2h
waves: "1, rest"
soak: 0s
errorBudget: "1"
${name === "guarded" ? "approval: { count: 1, byRequester: true }" : ""}
---`,
  )
  .join("\n");
const POLICY = `
kind: UpdatePolicy
name: all
scope: /
classifications: [critical, security, updates, other]
deferral: { default: 0d }
`;

describe("the command and deployments", function () {
  this.timeout(240_000);
  let home: CommandHome;
  let port: number;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  let fleet: DeploymentFleet;

  before(async () => {
    home = await commandHome();
    port = await freePort();
    engine = await home.serve(["--port", String(port)]);
    fleet = await deploymentFleet(home, port, { web1: {}, web2: {}, web3: {} });
    const applied = await fleet.apply(WINDOWS + POLICY);
    assert.equal(applied.code, 0, applied.stderr);
  });
  beforeEach(() => {
    fleet.installs.clear();
    fleet.patched.clear();
  });
  after(async () => {
    await fleet?.stop();
    await engine?.stop();
    await home.remove();
  });
  const lines = (text: string) => text.trimEnd().split("\n");
  const withoutTime = (text: string) => lines(text).map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));

  it("says what there is not: no deployment at all, none like this, none of that name", async () => {
    assert.match((await home.run(["deployment", "list"])).stderr, /^No deployments yet: `runwright deployment plan WINDOW`/);
    assert.equal(
      (await home.run(["deployment", "list", "--status", "halted", "--window", "free"])).stderr,
      "No deployments of the window free that are halted.\n",
    );
    assert.equal((await home.run(["deployment", "list", "--status", "late"])).code, 2);
    for (const words of [["show"], ["watch"], ["halt"], ["continue"], ["abort"], ["retry", "--reason", "x"], ["approve", "f".repeat(12)]]) {
      const [verb = "", ...rest] = words;
      const { code, stderr } = await home.run(["deployment", verb, "dpl_nobody", ...rest]);
      assert.deepEqual(
        [code, /there is no deployment dpl_nobody; see `runwright deployment list` \[NOT_FOUND\]/.test(stderr)],
        [1, true],
        `${verb}: ${stderr}`,
      );
    }
    assert.match((await home.run(["deployment", "plan", "nothing"])).stderr, /there is no MaintenanceWindow "nothing"/);
  });

  it("plans a dry run as people read it, and takes the approval of exactly that", async () => {
    const { stdout, stderr, code } = await home.run(["deployment", "plan", "guarded"]);
    assert.equal(code, 0, stderr);
    const hash = /^Plan ([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? "";
    const id = /dpl_\w+/.exec(stdout)?.[0] ?? "";
    assert.match(stdout, /^Window guarded: \S+-01-01 02:00 to \S+-01-01 04:00 Europe\/Berlin, of which 20m are kept for reboots$/m);
    assert.match(stdout, /^deploy@1 changes 3 machines by 3 updates; waves 1, rest, 50 at once, 0s between waves, reboot ifRequired$/m);
    assert.match(stdout, /^Halts when more than 1 machine has failed$/m);
    assert.match(stdout, /^Wave 1: 1 machine\n {2}web1 {2}from 02:00, 10s \(p95 5m\), no reboot\n {4}\+ bash {2}1\.0 → 1\.1 {2}security$/m);
    assert.match(stderr, new RegExp(`^approve it with: runwright deployment approve ${id} ${hash.slice(0, 16)}$`, "m"));

    const usage = await home.run(["deployment", "approve", id, hash.slice(0, 11)]);
    assert.deepEqual([usage.code, /its first 12 digits or more/.test(usage.stderr)], [2, true], usage.stderr);
    const other = await home.run(["deployment", "approve", id, "f".repeat(64)]);
    assert.deepEqual([other.code, /\[PLAN_CHANGED\]/.test(other.stderr)], [1, true], other.stderr);
    const rejected = await home.run(["deployment", "reject", id, hash, "--reason", "not in January"]);
    assert.equal(rejected.stdout, `${id} is awaitingApproval: rejected by admin: not in January\n`);
    const approved = await home.json(["deployment", "approve", id, hash.slice(0, 12)]);
    assert.deepEqual([approved.status, approved.decisions.length], ["approved", 1]);
    const shown = await home.run(["deployment", "show", id]);
    assert.match(shown.stdout, /^window +guarded, \S+-01-01 02:00 to \S+-01-01 04:00 Europe\/Berlin$/m);
    assert.match(shown.stdout, /^admin +approved +this one/m);
    assert.equal((await home.json(["deployment", "plan", "guarded"])).plan.length, 3);
    assert.match((await home.run(["deployment", "abort", id, "--reason", "enough"])).stdout, /is aborted: aborted by admin: enough$/m);
  });

  it("watches to the end: a line for each change, and 0 when it has succeeded", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    const { id } = await fleet.open("free");
    await first.begun;
    const watcher = home.start(["deployment", "watch", id]);
    const ended = collect(watcher);
    await heard(watcher, /wave 1: web1 begins/);
    first.end();
    const { stdout, code } = await ended;
    assert.equal(code, 0, stdout);
    const told = withoutTime(stdout);
    assert.match(told[0] ?? "", new RegExp(`^${id} of free: open from `));
    for (const line of ["running: needs no approval", "wave 1: web1 Succeeded: 1 update installed", "wave 1 is done: 1 Succeeded"])
      assert.ok(told.includes(line), stdout);
    assert.equal(told.at(-1), "succeeded: 3 of 3 machines succeeded");
    const json = await home.run(["deployment", "watch", id, "--json"]);
    assert.equal(JSON.parse(lines(json.stdout).at(-1) ?? "").deployment.status, "succeeded");
    const shown = await home.run(["deployment", "show", id]);
    assert.match(shown.stdout, /^web1 +1 +Succeeded +1 +NotNeeded +\S+ \(p95 \S+\) +\d+ s +1 update installed$/m);
    assert.ok(!shown.stdout.includes("Plan "), "what became of it comes in the place of the plan");
    assert.match((await home.run(["deployment", "show", id, "--plan"])).stdout, /^Plan [0-9a-f]{64}$/m);
    const [row] = await home.json(["deployment", "list", "--window", "free", "--limit", "1"]);
    assert.deepEqual([row.id, row.machines], [id, { Succeeded: 3 }]);
  });

  it("ends the watching with 1 when it hasn't succeeded, shows no one's escape sequences, and takes up only who failed", async () => {
    fleet.installs.set("web2", fails);
    const { id } = await fleet.open("free");
    const { stdout, code } = await home.run(["deployment", "watch", id]);
    assert.equal(code, 1);
    assert.ok(!stdout.includes("\u001b") && !stdout.includes("\u202e"), JSON.stringify(stdout));
    assert.ok(
      withoutTime(stdout).some((line) => /^wave 2: web2 Failed: 1 of 1 update failed: bash: exit 100: .*dpkg .*broke\ufffdsecond line$/.test(line)),
      stdout,
    );
    assert.equal(withoutTime(stdout).at(-1), "failed: 2 of 3 machines succeeded, 1 Failed");

    assert.match((await home.run(["deployment", "retry", id, "--reason", "x"])).stderr, /free isn't open; .*--duration 1h.* \[CONFLICT\]/);
    fleet.installs.clear();
    const retried = await home.run(["deployment", "retry", id, "--reason", "mended", "--duration", "1h"]);
    const [, next = ""] = /^deployment (dpl_\w+) takes up 1 machine of dpl_\w+ and is approved: needs no approval$/m.exec(retried.stdout) ?? [];
    assert.equal((await home.run(["deployment", "watch", next])).code, 0, retried.stdout + retried.stderr);
    const { plan, retryOf } = await home.json(["deployment", "show", next]);
    assert.deepEqual([plan.map(({ name, status }: any) => `${name} ${status}`), retryOf], [["web2 Succeeded"], id]);
    assert.match((await home.run(["deployment", "retry", next, "--reason", "x"])).stderr, /there is nothing to take up \[CONFLICT\]/);
  });

  it("halts, goes on, and aborts, each with its reason, and says what can't be done any more", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    const { id } = await fleet.open("free");
    await first.begun;
    const watcher = home.start(["deployment", "watch", id]);
    const exit = new Promise((resolve) => watcher.once("exit", resolve));
    await heard(watcher, /wave 1: web1 begins/);
    assert.match((await home.run(["deployment", "continue", id])).stderr, /is running, not halted/);
    assert.equal((await home.run(["deployment", "halt", id, "--reason", "what is this"])).stdout, `${id} is halted: halted by admin: what is this\n`);
    await heard(watcher, /halted: halted by admin: what is this/);
    assert.match((await home.run(["deployment", "halt", id])).stderr, /is halted .*, and can't become halted \[CONFLICT\]/);
    assert.equal((await home.run(["deployment", "continue", id, "--reason", "all is well"])).stdout, `${id} is running: continued by admin: all is well\n`);
    const aborted = await home.json(["deployment", "abort", id, "--reason", "enough"]);
    assert.deepEqual([aborted.status, aborted.reason], ["aborting", "aborted by admin: enough"]);
    assert.match((await home.run(["deployment", "abort", id])).stderr, /being aborted already/);
    first.end();
    const said = await heard(watcher, /aborted: aborted by admin: enough; 1 of 3 machines succeeded, 2 Cancelled/);
    assert.equal(await exit, 1, said);
    assert.match((await home.run(["deployment", "halt", id])).stderr, /can't become halted/);
  });

  it("goes on watching when the engine was killed and is there again", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    const { id } = await fleet.open("free");
    await first.begun;
    const watcher = home.start(["deployment", "watch", id]);
    const exit = new Promise((resolve) => watcher.once("exit", resolve));
    await heard(watcher, /wave 1: web1 begins/);
    await engine.stop("SIGKILL");
    await heard(watcher, /The engine can't be reached; waiting until it is back\. The rollout goes on/);
    engine = await home.serve(["--port", String(port)]);
    await heard(watcher, /The engine is back/);
    first.end();
    for (const agent of fleet.agents.values()) await agent.connect();
    const said = await heard(watcher, /\d\d (succeeded|failed): /);
    assert.equal(await exit, 0, said);
  });

  it("says at Ctrl-C that the rollout goes on, and how to see and to end it", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    const { id } = await fleet.open("free");
    await first.begun;
    const watcher = home.start(["deployment", "watch", id]);
    const ended = collect(watcher);
    await heard(watcher, /begins/);
    watcher.kill("SIGINT");
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [1, `${id} goes on; see it with: runwright deployment watch ${id}, or end it with: runwright deployment abort ${id}\n`]);
    first.end();
    await fleet.reached(id, "succeeded");
  });

  // The last one: web1 isn't as it was before.
  it("lets two windows of the same minute take turns with a machine: what the first one has installed is no drift for the second", async () => {
    const first = held();
    fleet.installs.set("web1", first.answer);
    const agent = fleet.agents.get("web1");
    const installs = () => agent?.commands.filter(({ action }) => action === "install").length;
    const before = installs() ?? 0;
    const { id } = await fleet.open("free");
    await first.begun;
    const { id: other } = await fleet.open("guarded");
    const watcher = home.start(["deployment", "watch", other]);
    const ended = collect(watcher);
    const { jobId } = await fleet.reached(other, "running");
    await eventually("the second one's word", async () => {
      const { stdout } = await home.run(["job", "logs", jobId]);
      return stdout.includes(`web1 waits: web1 is held by the deployment ${id} of the window free`);
    });
    assert.equal(installs(), before + 1, "nothing is sent to it meanwhile");
    fleet.patched.add("web1");
    first.end();
    await fleet.reached(id, "succeeded");
    const { stdout, code } = await ended;
    assert.equal(code, 0, stdout);
  });
});
