import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { OpenedChunk } from "../../engine/fleet/command-seal.ts";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { joined, startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code, counted, outputOf, performOn, request, times } from "./command-rig.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf } from "./raw-agent.ts";

describe("a command for a machine", () => {
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const start = async (): Promise<TestAgent> => {
    const agent = await startTestAgent(engine);
    cleanUp.push(() => agent.stop());
    return agent;
  };
  const perform = (command: CommandRequest, onOutput?: (chunk: OpenedChunk) => void) => performOn(engine, command, onOutput);
  const stored = (id: string) => engine.store.read.commands.get(id);

  it("runs a program and brings back what it wrote, exactly as it was", async () => {
    const { machineId } = await start();
    const command = request(machineId, ["sh", "-c", 'printf "%s\\n" "$@" "$GREETING"; pwd; cat; echo oops >&2; exit 3', "sh", "a b", "$HOME", "ünï☃"], {
      args: { stdin: "from stdin", env: { GREETING: "hello" }, cwd: "/" },
    });
    const result = await perform(command);
    assert.equal(result.stdout, "a b\n$HOME\nünï☃\nhello\n/\nfrom stdin");
    assert.equal(result.stderr, "oops\n");
    assert.equal(result.exitCode, 3);
    const row = await stored(command.id);
    assert.equal(row?.status, "completed");
    assert.ok(row.sentAt !== null && row.acknowledgedAt !== null && row.endedAt !== null);
  });

  it("passes output on while the program runs, and stores it in order", async () => {
    const agent = await start();
    const gate = join(agent.stateDirectory, "gate");
    const command = request(agent.machineId, ["sh", "-c", 'echo one; until [ -e "$0" ]; do sleep 0.01; done; echo two', gate]);
    const chunks: OpenedChunk[] = [];
    const result = perform(command, (chunk) => chunks.push(chunk));
    await eventually("the first line", () => chunks.some((chunk) => chunk.chunk === "one\n"));
    assert.equal((await stored(command.id))?.endedAt, null);
    await writeFile(gate, "");
    assert.equal((await result).stdout, "one\ntwo\n");
    const output = await outputOf(engine, command.id);
    assert.equal(output.map((chunk) => chunk.chunk).join(""), "one\ntwo\n");
    assert.deepEqual(
      output.map((chunk) => chunk.seq),
      [1, 2],
    );
  });

  it("is answered from its record when it is asked again, and not executed again", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const command = request(agent.machineId, counted(file, "echo done"));
    assert.deepEqual(await perform(command), await perform(command));
    await engine.restart();
    assert.equal((await perform(command)).stdout, "done\n");
    assert.equal(await times(file), 1);
  });

  it("can be waited for by whoever didn't send it, and is shown as it is when the waiting ends first", async () => {
    const agent = await start();
    const gate = join(agent.stateDirectory, "gate");
    const { id } = await engine.fleet.commands.enqueue(request(agent.machineId, ["sh", "-c", `until [ -e ${gate} ]; do sleep 0.01; done`]));
    assert.equal((await engine.fleet.commands.wait(id, AbortSignal.timeout(50))).endedAt, null);
    const waiting = engine.fleet.commands.wait(id, AbortSignal.timeout(10_000));
    await writeFile(gate, "");
    assert.equal((await waiting).status, "completed");
    await assert.rejects(engine.fleet.commands.wait("cmd_nobody", AbortSignal.timeout(50)), code("NOT_FOUND"));
  });

  it("can't be another one under the same id", async () => {
    const { machineId } = await start();
    const command = request(machineId, ["true"]);
    await perform(command);
    await assert.rejects(perform({ ...command, action: "inventory" }), code("CONFLICT"));
  });

  it("is executed once when the engine restarts in the middle, and its result arrives", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const gate = join(agent.stateDirectory, "gate");
    const command = request(agent.machineId, counted(file, `until [ -e ${gate} ]; do sleep 0.01; done; echo done`));
    void perform(command); // nobody answers this one: its engine stops
    await eventually("its start", async () => (await times(file)) === 1);
    await engine.halt();
    await writeFile(gate, "");
    await engine.resume();
    assert.equal((await perform(command)).stdout, "done\n");
    assert.equal(await times(file), 1);
    await eventually(
      "its confirmation",
      async () => JSON.parse(await readFile(join(agent.stateDirectory, "commands", `${command.id}.json`), "utf8")).confirmed,
    );
  });

  it("waits in the store for an agent that comes back", async () => {
    const agent = await start();
    await agent.agent.stop();
    const command = request(agent.machineId, ["echo", "late"]);
    const result = perform(command);
    await eventually("its row", async () => (await stored(command.id))?.status === "queued");
    await agent.restart();
    assert.equal((await result).stdout, "late\n");
  });

  it("counts as interrupted when the agent is stopped, and its processes end", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const command = request(agent.machineId, counted(file, "sleep 300"));
    const outcome = perform(command).catch((error) => error);
    await eventually("its start", async () => (await times(file)) === 1);
    await agent.agent.stop();
    assert.ok(code("COMMAND_INTERRUPTED", /stopped/)(await outcome));
  });

  it("ends with its processes when it is cancelled", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const command = request(agent.machineId, counted(file, "sleep 300"), { jobId: "job_7" });
    const outcome = perform(command).catch((error) => error);
    await eventually("its start", async () => (await times(file)) === 1);
    await engine.fleet.commands.cancelOfJob("job_7");
    assert.ok(code("COMMAND_CANCELLED")(await outcome));
    const record = await eventually("its end", async () => {
      const kept = JSON.parse(await readFile(join(agent.stateDirectory, "commands", `${command.id}.json`), "utf8"));
      return kept.confirmed && kept;
    });
    assert.equal(record.outcome.value.cancelled, true);
  });

  it("that was cancelled while its machine was away is ended when the machine says that it still runs", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const command = request(agent.machineId, counted(file, "sleep 300"));
    void perform(command).catch(() => {});
    await eventually("its start", async () => (await times(file)) === 1);
    await engine.halt();
    await engine.resume();
    assert.equal(await engine.fleet.commands.cancel(command.id), true);
    await eventually("its end", async () => JSON.parse(await readFile(join(agent.stateDirectory, "commands", `${command.id}.json`), "utf8")).outcome, 15_000);
  });

  it("is refused by the machine's own policy, from the next command on", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    await perform(request(agent.machineId, counted(file)));
    await writeFile(join(agent.stateDirectory, "policy.json"), '{ "updateOnly": true }');
    await assert.rejects(perform(request(agent.machineId, counted(file))), code("AGENT_REFUSED", /updateOnly/));
    assert.equal(await times(file), 1);
  });

  it("is refused when the policy can't be trusted", async () => {
    const agent = await start();
    const policy = join(agent.stateDirectory, "policy.json");
    await writeFile(policy, "{ not json");
    await assert.rejects(perform(request(agent.machineId, ["true"])), code("AGENT_REFUSED", /can't be used/));
    await writeFile(policy, "{}");
    await chmod(policy, 0o666);
    await assert.rejects(perform(request(agent.machineId, ["true"])), code("AGENT_REFUSED", /others may write/));
    await chmod(policy, 0o600);
    assert.equal((await perform(request(agent.machineId, ["true"]))).exitCode, 0);
  });

  it("leaves its traces in the machine's audit log, without the values of secrets", async () => {
    const agent = await start();
    await perform(request(agent.machineId, ["true"], { args: { env: { TOKEN: "hunter2" }, stdin: "hunter2" } }));
    await writeFile(join(agent.stateDirectory, "policy.json"), '{ "actions": ["inventory"] }');
    await assert.rejects(perform(request(agent.machineId, ["reboot"])));
    const text = await readFile(join(agent.stateDirectory, "audit.log"), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ event, action, status }) => [event, action, status].filter(Boolean).join(" ")),
      ["joined", "connected", "accepted exec", "finished exec completed", "refused exec", "finished exec refused"],
    );
    assert.deepEqual(lines[4].argv, ["reboot"]);
    assert.ok(!text.includes("hunter2"));
  });

  it("fails when its program can't be started or its arguments are wrong", async () => {
    const { machineId } = await start();
    await assert.rejects(perform(request(machineId, ["/no/such/program"])), code("EXEC_FAILED", /ENOENT/));
    await assert.rejects(perform(request(machineId, [])), code("BAD_REQUEST", /argv/));
    await assert.rejects(perform({ ...request(machineId, ["true"]), action: "dance" }), code("BAD_REQUEST", /dance/));
  });

  it("can't be given to a machine that isn't there, is unknown, or was revoked", async () => {
    const agent = await start();
    await assert.rejects(perform(request("mch_nobody", ["true"])), code("MACHINE_NOT_FOUND"));
    await engine.fleet.machines.revoke("web1");
    await assert.rejects(perform(request(agent.machineId, ["true"])), code("AGENT_OFFLINE", /revoked/));
  });

  it("ends for whoever waits when its machine is revoked", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const outcome = perform(request(agent.machineId, counted(file, "sleep 2"))).catch((error) => error);
    await eventually("its start", async () => (await times(file)) === 1);
    await engine.fleet.machines.revoke("web1");
    assert.ok(code("AGENT_OFFLINE", /revoked/)(await outcome));
  });

  it("takes only results of its own machine", async () => {
    const agent = await start();
    const command = request(agent.machineId, ["sh", "-c", "sleep 0.5; echo mine"]);
    const result = perform(command);
    const { home, stateDirectory } = await joined(engine, { name: "evil" });
    cleanUp.push(() => home.remove());
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    raw.send({ type: "output", commandId: command.id, seq: 1, stream: "stdout", chunk: "not mine" });
    raw.send({ type: "result", commandId: command.id, outcome: { status: "completed", value: "not mine" } });
    assert.equal((await raw.next()).type, "resultConfirmed");
    assert.equal((await result).stdout, "mine\n");
    assert.ok((await outputOf(engine, command.id)).every((chunk) => chunk.chunk !== "not mine"));
    raw.socket.terminate();
  });

  it("keeps its own machine's output whatever another one says of it, before and after", async () => {
    const agent = await start();
    const command = request(agent.machineId, ["sh", "-c", "echo one; sleep 1; echo two"]);
    const { home, stateDirectory } = await joined(engine, { name: "evil" });
    cleanUp.push(() => home.remove());
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    const lie = async () => {
      raw.send({ type: "output", commandId: command.id, seq: 1_000, stream: "stdout", chunk: "not mine" });
      raw.send({ type: "result", commandId: "cmd_fence", outcome: { status: "completed", value: 1 } });
      assert.equal((await raw.next()).type, "resultConfirmed");
    };
    await lie();
    const result = perform(command);
    const output = async () => (await outputOf(engine, command.id)).map(({ chunk }) => chunk).join("");
    await eventually("its first line", async () => (await output()) === "one\n");
    await lie();
    assert.equal((await result).stdout, "one\ntwo\n");
    assert.equal(await output(), "one\ntwo\n");
    raw.socket.terminate();
  });

  it("says at once that a machine is offline that has been away for long", async () => {
    await engine.stop();
    const clock = testClock(Date.now());
    engine = await startTestEngine({ clock });
    const agent = await start();
    await agent.agent.stop();
    await eventually("offline", async () => (await engine.fleet.machines.get("web1")).state === "offline");
    clock.advance({ minutes: 3 });
    await assert.rejects(perform(request(agent.machineId, ["true"])), code("AGENT_OFFLINE", /web1/));
    assert.deepEqual(await engine.store.read.commands.list({ machineId: agent.machineId, limit: 10 }), []);
  });

  it("expires when its machine doesn't come back in time, says whether it was sent, and is put right by a late result", async () => {
    await engine.stop();
    const clock = testClock(Date.now());
    engine = await startTestEngine({ clock, settings: { heartbeatMs: 1_000_000 } });
    const { home, stateDirectory, machineId } = await joined(engine);
    cleanUp.push(() => home.remove());
    const hello = async () => {
      const raw = await connectRaw(engine.port);
      raw.send(await helloOf(stateDirectory, raw.challenge));
      assert.equal((await raw.next()).type, "welcome");
      return raw;
    };
    const raw = await hello();
    const sent = request(machineId, ["true"]);
    const late = perform(sent).catch((error) => error);
    assert.equal((await raw.next()).id, sent.id);
    raw.socket.terminate();
    await eventually("offline", async () => (await engine.fleet.machines.get("web1")).state === "offline");
    const queued = request(machineId, ["true"]);
    const never = perform(queued).catch((error) => error);
    await eventually("its row", async () => (await stored(queued.id))?.status === "queued");
    clock.advance({ seconds: 61 });
    await engine.fleet.tick();
    assert.ok(code("COMMAND_EXPIRED", /may have started/)(await late));
    assert.ok(code("AGENT_OFFLINE", /wasn't sent/)(await never));
    assert.equal((await stored(sent.id))?.status, "expired");

    const back = await hello();
    back.send({ type: "result", commandId: sent.id, outcome: { status: "completed", value: { exitCode: 0 } } });
    assert.deepEqual(await back.next(), { type: "resultConfirmed", commandId: sent.id });
    assert.equal((await stored(sent.id))?.status, "completed");
    back.socket.terminate();
  });

  it("gives a runbook exit codes as a shell shows them", async () => {
    const { machineId } = await start();
    let call = 0;
    const exec = (argv: string[], timeoutMs = 20_000) =>
      engine.fleet.exec({
        id: `job_9.${++call}`,
        jobId: "job_9",
        machineId,
        argv,
        options: { timeoutMs },
        onBehalfOf: { actor: ACTOR, correlationId: "test" },
        signal: new AbortController().signal,
      });
    assert.deepEqual(await exec(["sh", "-c", "echo out; echo err >&2; exit 7"]), { exitCode: 7, stdout: "out\n", stderr: "err\n", truncated: false });
    assert.equal((await exec(["sh", "-c", "kill -TERM $$"])).exitCode, 143);
    assert.equal((await exec(["sleep", "300"], 100)).exitCode, 124);
    assert.equal((await stored("job_9.1"))?.jobId, "job_9");
  });

  it("goes on when whoever waited doesn't wait any more", async () => {
    const agent = await start();
    const file = join(agent.stateDirectory, "count");
    const gate = join(agent.stateDirectory, "gate");
    const command = request(agent.machineId, counted(file, `until [ -e ${gate} ]; do sleep 0.01; done; echo done`));
    const waiting = new AbortController();
    const result = engine.fleet.commands.perform(command, { signal: waiting.signal });
    await eventually("its start", async () => (await times(file)) === 1);
    waiting.abort(new Error("the engine lost the job"));
    await assert.rejects(result, /lost the job/);
    await writeFile(gate, "");
    assert.equal((await perform(command)).stdout, "done\n");
  });
});
