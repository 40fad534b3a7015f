import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import WebSocket from "ws";
import type { DebugBegun } from "../../engine/protocol/http/debug.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type EngineProcess, startEngineProcess, tryToServe } from "./engine-process.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const KILLS = LONG ? 12 : 3;

describe("an engine process", function () {
  this.timeout(180_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess | undefined;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    await engine?.kill();
    engine = undefined;
    await directory.remove();
  });

  it("writes admin.json for its owner alone, and the same token works after a restart", async () => {
    engine = await startEngineProcess(directory.path);
    const file = join(directory.path, "admin.json");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(directory.path, "master.key"))).mode & 0o777, 0o600);
    const { token } = JSON.parse(await readFile(file, "utf8"));
    await engine.stop();
    engine = await startEngineProcess(directory.path);
    assert.equal(JSON.parse(await readFile(file, "utf8")).token, token);
    assert.equal((await engine.request<{ actor: { name: string } }>("GET", "/api/v1/whoami")).status, 200);
  });

  it(`continues every job that it had answered for after SIGKILL, ${KILLS} times, and writes no output twice`, async () => {
    engine = await startEngineProcess(directory.path);
    await engine.publish("counts", `async ({ output, sleep }) => { for (let i = 1; i <= 6; i++) { output(i); await sleep(150); } }`);
    const ids: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      for (let n = 0; n < 3; n++) ids.push((await engine.run("counts")).id);
      await engine.untilOutput(ids.at(-1) ?? "", 2);
      await engine.kill();
      engine = await startEngineProcess(directory.path);
    }
    for (const id of ids) {
      const job = await engine.end(id);
      assert.equal(job.status, "completed", JSON.stringify(job));
      assert.deepEqual(job.outputs, [1, 2, 3, 4, 5, 6]);
    }
  });

  it("drains on SIGTERM: a short job ends, a long one continues after the restart, and no runner stays behind", async () => {
    engine = await startEngineProcess(directory.path, { RUNWRIGHT_DRAIN: "2s" });
    await engine.publish("short", "async ({ output, sleep }) => { output('begun'); await sleep(600); output('done'); }");
    await engine.publish("long", "async ({ output, sleep }) => { output('begun'); await sleep(5000); output('done'); }");
    const [short, long] = [await engine.run("short"), await engine.run("long")];
    await engine.untilOutput(short.id, 1);
    await engine.untilOutput(long.id, 1);
    const runners = engine.children();
    assert.ok(runners.length >= 1);
    const code = await engine.stop();
    assert.equal(code, 0);
    for (const pid of runners) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });

    engine = await startEngineProcess(directory.path);
    assert.deepEqual((await engine.end(short.id)).outputs, ["begun", "done"]);
    const transitions = await engine.request<{ items: { to: string; reason: string }[] }>("GET", `/api/v1/jobs/${short.id}/transitions`);
    assert.equal(transitions.body.items.filter((one) => one.to === "running").length, 1, "the short job ended before the stop");
    assert.deepEqual((await engine.end(long.id)).outputs, ["begun", "done"]);
  });

  it("ends on SIGTERM though a debugger went on talking after the end of its session", async () => {
    engine = await startEngineProcess(directory.path);
    await engine.publish("probe", "async () => {}");
    const { body } = await engine.request<DebugBegun>("POST", "/api/v1/debug", { runbook: "probe" });
    const client = new WebSocket(`${engine.url.replace("http", "ws")}/api/v1/debug/${body.session}`, {
      headers: { authorization: `Bearer ${engine.token}`, "runwright-ticket": body.ticket },
    });
    await once(client, "open");
    client.pause(); // it doesn't hear of the end
    await engine.request("POST", `/api/v1/jobs/${body.job.id}/stop`);
    await engine.end(body.job.id);
    client.send(JSON.stringify({ type: "alive" }));
    const closed = once(client, "close");
    client.resume();
    await closed; // its word came before its goodbye
    assert.equal(await engine.stop(), 0);
  });

  it("refuses a folder that another engine uses, a taken port, and settings that aren't valid, each in a sentence", async () => {
    engine = await startEngineProcess(directory.path);
    const second = await tryToServe(["--data", directory.path, "--port", "0"]);
    assert.equal(second.code, 1);
    assert.match(second.said, /another engine or a restore uses the data directory .* \[DATABASE_LOCKED\]/);

    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await using other = await temporaryDirectory();
    const third = await tryToServe(["--data", other.path, "--port", String(port)]);
    taken.close();
    assert.equal(third.code, 1);
    assert.match(third.said, new RegExp(`port ${port} on 127.0.0.1 is taken.*\\[PORT_TAKEN\\]`));

    const fourth = await tryToServe(["--data", other.path, "--port", "high", "--tls", "perhaps"]);
    assert.equal(fourth.code, 1);
    assert.match(fourth.said, /port: must be a whole number/);
    assert.match(fourth.said, /tls: must be one of off, self-signed, own/);
  });

  it("says that its database or its master key isn't what it was, and changes nothing", async () => {
    engine = await startEngineProcess(directory.path);
    await engine.stop();
    engine = undefined;
    const key = join(directory.path, "master.key");
    const original = await readFile(key);
    await writeFile(key, Buffer.alloc(32, 1).toString("base64"));
    const hash = async () =>
      createHash("sha256")
        .update(await readFile(join(directory.path, "runwright.db")))
        .digest("hex");
    const before = await hash();
    const wrong = await tryToServe(["--data", directory.path, "--port", "0"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.said, /isn't the one that sealed the assets .* \[MASTER_KEY_WRONG\]/);
    assert.equal(await hash(), before);

    await writeFile(key, original);
    await writeFile(join(directory.path, "runwright.db"), "not a database".repeat(1_000));
    const damaged = await tryToServe(["--data", directory.path, "--port", "0"]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.said, /is damaged .* \[DATABASE_DAMAGED\]/);
  });
});
