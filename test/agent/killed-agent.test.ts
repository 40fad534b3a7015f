import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import { eventually } from "../support/eventually.ts";
import { joined } from "./agent-under-test.ts";
import { code, counted, performOn, request, times } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf } from "./raw-agent.ts";

describe("a command for a machine whose agent is killed", () => {
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];
  const perform = (command: CommandRequest) => performOn(engine, command);
  const stored = (id: string) => engine.store.read.commands.get(id);

  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });

  let child: ChildProcess;
  const startProcess = async (stateDirectory: string) => {
    child = spawn(process.execPath, [join(import.meta.dirname, "agent-process.ts"), stateDirectory], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout as NodeJS.ReadableStream, "data");
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  afterEach(async () => {
    await end("SIGKILL");
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  it("is reported as interrupted and never executed twice", async () => {
    const { home, stateDirectory, machineId } = await joined(engine);
    cleanUp.push(() => home.remove());
    await startProcess(stateDirectory);
    const file = join(stateDirectory, "count");
    const pidFile = join(stateDirectory, "pid");
    const command = request(machineId, counted(file, `echo $$ > ${pidFile}; exec sleep 300`), { jobId: "job_1" });
    const outcome = perform(command).catch((error) => error);
    await eventually("its start", async () => (await readFile(pidFile, "utf8").catch(() => "")).endsWith("\n"));
    await end("SIGKILL");
    await startProcess(stateDirectory);
    assert.ok(code("COMMAND_INTERRUPTED", /isn't repeated/)(await outcome));
    assert.equal((await stored(command.id))?.status, "interrupted");
    await assert.rejects(perform(command), code("COMMAND_INTERRUPTED"));
    assert.equal(await times(file), 1);
    // Nobody kills what a killed agent has left running: it may be a package manager. Here it is the test's to end.
    process.kill(Number(await readFile(pidFile, "utf8")), "SIGKILL");
  });

  it("has its recorded result sent by the next one when the engine didn't hear it", async () => {
    const { home, stateDirectory, machineId } = await joined(engine);
    cleanUp.push(() => home.remove());
    await startProcess(stateDirectory);
    const file = join(stateDirectory, "count");
    const gate = join(stateDirectory, "gate");
    const command = request(machineId, counted(file, `until [ -e ${gate} ]; do sleep 0.01; done; echo done`));
    void perform(command);
    await eventually("its start", async () => (await times(file)) === 1);
    await engine.halt();
    await writeFile(gate, "");
    await eventually("its result on disk", async () => JSON.parse(await readFile(join(stateDirectory, "commands", `${command.id}.json`), "utf8")).outcome);
    await end("SIGKILL");
    await engine.resume();
    const result = perform(command);
    await startProcess(stateDirectory);
    assert.equal((await result).stdout, "done\n");
    assert.equal(await times(file), 1);
  });

  it("isn't executed by an agent whose state was lost after it had acknowledged", async () => {
    const { home, stateDirectory, machineId } = await joined(engine);
    cleanUp.push(() => home.remove());
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    const file = join(stateDirectory, "count");
    const outcome = perform(request(machineId, counted(file))).catch((error) => error);
    const frame = await raw.next();
    assert.equal(frame.type, "command");
    raw.send({ type: "ack", commandId: frame.id });
    await eventually("its acknowledgement", async () => (await stored(frame.id))?.status === "acknowledged");
    raw.socket.terminate();
    await startProcess(stateDirectory); // it has no record of the command
    assert.ok(code("COMMAND_INTERRUPTED", /no record/)(await outcome));
    assert.equal(await times(file), 0);
  });
});
