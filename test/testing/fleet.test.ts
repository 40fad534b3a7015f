import assert from "node:assert/strict";
import type { FakeMachine } from "../../engine/testing.ts";
import { message, run, started } from "./tested.ts";

const ALL = '  permissions: { machines: { select: "all", actions: ["exec", "inventory", "install", "reboot", "tag"] } },\n';
const onOne = (work: string) =>
  `${ALL}  async run({ machines, output, sleep, log }) { const m = await machines.get("a"); void [output, sleep, log]; ${work} },`;
const runs = (work: string, machine: Omit<FakeMachine, "name">) => run(onOne(work), { machines: [{ name: "a", ...machine }] });

describe("a fake fleet", () => {
  it("has services that systemctl shows and changes", async () => {
    const tell = (verb: string) => `output((await m.exec(["systemctl", ...${JSON.stringify(verb.split(" "))}])).exitCode);`;
    const verbs = ["is-active nginx", "start nginx", "is-active nginx.service", "is-active gone", "start gone", "stop db", "is-failed nginx", "dance nginx"];
    const shown = 'output((await m.exec(["systemctl", "show", "nginx", "--property=ActiveState,NRestarts", "--value"])).stdout);';
    const job = await runs([...verbs.map(tell), shown].join(" "), { services: { nginx: { active: "failed", failsToStart: 1 }, db: "active" } });
    assert.deepEqual([message(job), job.outputs], [undefined, [3, 1, 3, 4, 5, 0, 0, 1, "failed\n0\n"]]);
    assert.deepEqual(job.machines.a?.services, {
      nginx: { active: "failed", sub: "failed", enabled: true, starts: 1 },
      db: { active: "inactive", sub: "dead", enabled: true, starts: 0 },
    });
  });

  it("answers programs by the beginning of their command line, the longest that fits, one answer after the other", async () => {
    const job = await runs('for (const argv of [["df", "-P"], ["df"], ["df"], ["df"], ["dfx"]]) output((await m.exec(argv)).stdout);', {
      programs: { "df -P": { stdout: "all" }, df: [{ stdout: "1" }, () => ({ stdout: "2" })] },
    });
    assert.deepEqual(job.outputs, ["all", "1", "2", "2", ""]);
  });

  it("keeps what was sent, machine by machine, with its time", async () => {
    const work =
      'await m.exec(["a", "b c"]); await sleep("1m"); await m.assess({ refresh: true }); await m.setTags({ x: "1", y: null }); await m.reboot({ reason: "why" });';
    const { commands, startedAt } = await runs(work, {});
    assert.deepEqual(
      commands.map(({ machine, text, at }) => [machine, text, at - startedAt]),
      [
        ["a", "a b c", 0],
        ["a", "assess, with fresh lists", 60_000],
        ["a", "set tags x=1 -y", 60_000],
        ["a", "reboot: why", 60_000],
      ],
    );
  });

  it("installs updates into its packages, and needs a reboot for those that always do", async () => {
    const job = await runs("const report = await m.install((await m.updates()).updates); output(report.rebootPending); output(await m.packages());", {
      packages: ["linux-image 6.1", "vim 9"],
      updates: [{ name: "linux-image", installedVersion: "6.1", candidateVersion: "6.2", rebootBehaviour: "always" }, { name: "curl" }],
    });
    assert.equal(job.outputs[0], true);
    assert.deepEqual(
      (job.outputs[1] as { name: string; version: string }[]).map(({ name, version }) => `${name} ${version}`),
      ["vim 9", "linux-image 6.2", "curl 1.1"],
    );
    assert.deepEqual([job.machines.a?.updates.rebootPending, job.machines.a?.updates.updates], [true, []]);
  });

  it("is offline while a machine reboots, and has another boot id and its enabled services afterwards", async () => {
    const machines: FakeMachine[] = [{ name: "a", takes: { reboot: "3m" }, services: { web: "inactive", off: { active: "active", enabled: false } } }];
    const parts = `${ALL}  async run({ machines, sleep, output }) {
      const a = await machines.get("a");
      const reboot = a.reboot({ reason: "kernel" });
      await sleep("1m");
      output((await machines.get("a")).state);
      await a.exec(["x"]).catch((error: { code: string }) => output(error.code));
      const { bootIdBefore, bootId, downMs } = await reboot;
      output([bootIdBefore !== bootId, downMs, (await machines.get("a")).state, new Date().toISOString().slice(11, 16)]);
    },`;
    const job = await run(parts, { machines });
    assert.deepEqual([message(job), job.outputs], [undefined, ["offline", "AGENT_OFFLINE", [true, 180_000, "online", "00:03"]]]);
    assert.deepEqual([job.machines.a?.services.web?.active, job.machines.a?.services.off?.active, job.machines.a?.reboots], ["active", "inactive", 1]);
  });

  it("goes offline for times that the test says, by the clock or by hand", async () => {
    const tells = onOne('for (let i = 0; i < 4; i++) { output((await machines.select("all"))[0]?.state); await sleep("10m"); }');
    const planned = await run(tells, { machines: [{ name: "a", offline: [{ from: "5m", to: "15m" }, { from: "2026-01-01T00:30Z" }] }] });
    assert.deepEqual(planned.outputs, ["online", "offline", "online", "offline"]);
    await started(tells, { machines: [{ name: "a" }] }, async (job) => {
      job.goOffline("a");
      await job.clock.advance("10m");
      job.comeBack("a");
      await job.clock.advance("10m");
      assert.deepEqual(job.record.outputs, ["online", "offline", "online"]);
      assert.equal(job.machine("a").state, "online");
      assert.throws(() => job.goOffline("b"), { code: "MACHINE_NOT_FOUND" });
    });
  });

  it("fails as often as the test says, for what it says", async () => {
    const attempt = (argv: string) =>
      `await m.exec(${argv}).then(() => output("done"), (error: { code: string; message: string }) => output(error.code + " " + error.message));`;
    const job = await runs(['["x"]', '["apt", "update"]', '["apt", "update"]', '["apt", "update"]'].map(attempt).join(""), {
      failures: [
        { on: "exec", code: "COMMAND_EXPIRED", message: "busy", command: "apt", times: 2 },
        { on: "reboot", code: "REBOOT_FAILED" },
      ],
    });
    assert.deepEqual(job.outputs, ["done", "COMMAND_EXPIRED busy", "COMMAND_EXPIRED busy", "done"]);
  });

  it("ends a program that takes longer than its timeout, as an agent does", async () => {
    const job = await runs('output([(await m.exec(["x"], { timeout: "1m" })).exitCode, new Date().toISOString().slice(11, 16)]);', { takes: { exec: "2m" } });
    assert.deepEqual(job.outputs, [[124, "00:01"]]);
  });

  it("does each command once, although the job is interrupted at each of its waits and goes on from its journal", async () => {
    let ran = 0;
    const parts =
      onOne(`for (let i = 0; i < 3; i++) { output(i); await sleep("1m"); await Promise.all([m.exec(["x"]), m.reboot({ reason: "r" }).catch(() => {})]); }
      output(Math.random());`);
    const machines: FakeMachine[] = [{ name: "a", exec: () => ({ exitCode: ++ran }) }];
    const interrupted = await run(parts, { machines, interrupted: true });
    assert.deepEqual([message(interrupted), ran], [undefined, 3]);
    const plain = await run(parts, { machines: [{ name: "a" }] });
    assert.deepEqual(interrupted.outputs, plain.outputs);
  });
});
