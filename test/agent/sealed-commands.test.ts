import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code, performOn, request } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";

describe("a command in the store", () => {
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
  const perform = (command: CommandRequest) => performOn(engine, command);
  const stored = (id: string) => engine.store.read.commands.get(id);

  it("is sealed: what it was given, what it wrote and what came of it can't be read from the files", async () => {
    const { machineId } = await start();
    const secrets = { given: "hunter2-given", typed: "hunter2-typed", written: "hunter2-written" };
    const command = request(machineId, ["sh", "-c", 'cat > /dev/null; echo "hunter2-$WORD"'], {
      args: { env: { TOKEN: secrets.given, WORD: "written" }, stdin: secrets.typed },
    });
    assert.equal((await perform(command)).stdout, `${secrets.written}\n`);
    const row = await stored(command.id);
    assert.ok(row);
    const { args, result, output } = await engine.fleet.commands.content(row, { after: 0, limit: 10 });
    assert.deepEqual(args, command.args);
    assert.equal(result?.status, "completed");
    assert.equal(output[0]?.chunk, `${secrets.written}\n`);

    await engine.halt();
    const files = await readdir(engine.directory);
    const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(join(engine.directory, file)))));
    assert.ok(bytes.includes(command.id), "these are the files that hold the command");
    for (const secret of Object.values(secrets)) assert.ok(!bytes.includes(secret), `${secret} lies in clear among ${files}`);
    await engine.resume();
    assert.equal((await perform(command)).stdout, `${secrets.written}\n`, "and is opened again after a restart");
  });

  it("opens as itself only: a result or an output put into another's place is damage", async () => {
    const { machineId } = await start();
    const [one, other] = [request(machineId, ["echo", "one"]), request(machineId, ["echo", "other"])];
    for (const command of [one, other]) await perform(command);
    const [row, otherRow] = [await stored(one.id), await stored(other.id)];
    assert.ok(row && otherRow);
    const page = { after: 0, limit: 10 };
    const open = (record: typeof row) => engine.fleet.commands.content(record, page);
    assert.equal((await open(row)).output[0]?.chunk, "one\n");
    await assert.rejects(open({ ...row, result: otherRow.result }), code("DATABASE_DAMAGED"));
    await assert.rejects(open({ ...row, result: row.args }), code("DATABASE_DAMAGED"), "arguments aren't a result");
    const [chunk] = await engine.store.read.commands.output(one.id, page);
    assert.ok(chunk);
    await engine.store.write((tx) => tx.commands.appendOutput([{ ...chunk, seq: 2 }]));
    await assert.rejects(open(row), code("DATABASE_DAMAGED"), "the first chunk isn't the second one");
  });

  it("that was altered in the store keeps neither its machine away nor other commands waiting", async () => {
    await engine.stop();
    const clock = testClock(Date.now());
    engine = await startTestEngine({ clock });
    const agent = await start();
    await perform(request(agent.machineId, ["true"]));
    await agent.agent.stop();
    const [known] = await engine.store.read.commands.list({ machineId: agent.machineId, limit: 1 });
    assert.ok(known);
    const unknownKey = new Uint8Array(61);
    const damaged = { ...known, wrappedKey: unknownKey, status: "sent" as const, result: null, endedAt: null, createdAt: 0, deadlineAt: clock.now() + 1_000 };
    await engine.store.write((tx) => tx.commands.insert({ ...damaged, id: "cmd_damaged" }));
    const behind = perform(request(agent.machineId, ["echo", "behind it"]));
    await agent.restart();
    assert.equal((await behind).stdout, "behind it\n");
    assert.ok(engine.errors.some(({ fields }) => fields.command === "cmd_damaged"));

    await agent.agent.stop();
    const late = request(agent.machineId, ["true"]);
    const never = perform(late).catch((error) => error);
    await eventually("its row", async () => (await stored(late.id))?.status === "queued");
    clock.advance({ seconds: 61 });
    await engine.fleet.tick();
    assert.ok(code("AGENT_OFFLINE")(await never));
  });
});
