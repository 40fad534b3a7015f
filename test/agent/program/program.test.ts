import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AgentBundle, buildAgentBundle } from "../../../engine/agent-bundle.ts";
import { VERSION } from "../../../engine/version.ts";
import { buildExecutable } from "../../../scripts/agent-executable.mjs";
import { eventually } from "../../support/eventually.ts";
import { skip } from "../../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { selfSigned } from "../certificate.ts";
import { performOn, request } from "../command-rig.ts";
import { startTestEngine, type TestEngine } from "../engine-under-test.ts";
import { startable } from "./program-under-test.ts";

const run = promisify(execFile);

describe("the agent as a program", function () {
  this.timeout(120_000);
  let bundle: AgentBundle;
  let home: TemporaryDirectory;
  let engine: TestEngine;
  let tls: Awaited<ReturnType<typeof selfSigned>>;
  const cleanUp: (() => Promise<unknown>)[] = [];

  before(async () => {
    bundle = await buildAgentBundle();
  });
  beforeEach(async () => {
    home = await temporaryDirectory();
    cleanUp.push(() => home.remove());
    tls = await selfSigned();
    engine = await startTestEngine({ tls });
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  const scripts = async (): Promise<string[]> => {
    const folder = join(home.path, "program");
    await mkdir(folder);
    await writeFile(join(folder, "agent.cjs"), bundle.agent);
    await writeFile(join(folder, "agent-start.mjs"), bundle.starter);
    return [process.execPath, join(folder, "agent-start.mjs")];
  };

  /** Joins, runs, reports what is installed here, executes a program, shows its status, and ends. */
  async function provesItself([file = "", ...words]: readonly string[]): Promise<void> {
    const state = ["--state", join(home.path, "agent")];
    const call = async (...args: string[]) => (await run(file, [...words, ...args])).stdout;
    const version = (await call("--version")).trim();
    assert.equal(version, `${VERSION}+${bundle.hash.slice(0, 12)}`);
    const joined = JSON.parse(await call("join", await engine.token({ tlsPin: tls.pin }), "--name", "program", "--json", ...state));
    assert.equal(joined.name, "program");

    const program = startable([file, ...words, "run", ...state], join(home.path, "agent"));
    cleanUp.push(() => program.end("SIGKILL"));
    await program.start();
    const { id } = await engine.fleet.machines.get("program");
    const assessment = await eventually("its report", () => engine.store.read.updates.currentAssessment(id), 90_000);
    const { facts } = await engine.fleet.machines.get("program");
    assert.equal(facts?.agentVersion, version);
    assert.ok(assessment.installedCount > 0 || assessment.problems.length > 0);
    assert.equal((await performOn(engine, request(id, ["echo", "here"]))).stdout, "here\n");

    const status = JSON.parse(await call("status", "--json", ...state));
    assert.equal(status.pid, program.pid);
    assert.equal(status.identity.name, "program");
    assert.equal(status.version, version);
    assert.equal(status.connection.until, null);
    await program.end();
    assert.match(await call("status", ...state), /^agent +doesn't run$/m);
  }

  it("is one file without native parts, the same wherever and whenever it is built", async () => {
    const again = await buildAgentBundle();
    assert.equal(again.hash, bundle.hash);
    const text = Buffer.from(bundle.agent).toString();
    const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? "");
    assert.deepEqual(
      required.filter((name) => !isBuiltin(name)),
      [],
    );
    assert.ok(!/\.node"|process\.dlopen/.test(text), "it loads native code");
    assert.ok(!text.includes(import.meta.dirname.split("/test/")[0] ?? "?"), "it names the place where it was built");
    assert.ok(bundle.agent.length < 1e6, `${bundle.agent.length} bytes`);
    assert.ok(bundle.starter.length < 20_000, `${bundle.starter.length} bytes: the starter is to stay small enough to be read`);
  });

  it("joins a real engine over TLS with a pinned certificate, reports and works, without anything else of this project", async () => {
    await provesItself(await scripts());
  });

  it("does the same as a single executable", async function () {
    if (process.env.RUNWRIGHT_TEST_LONG !== "1") return skip(this, "it writes 150 MB; npm run test:all does");
    const [node = "", starter = ""] = await scripts();
    const output = join(home.path, "runwright-agent");
    await buildExecutable({ node, starter, agent: join(home.path, "program/agent.cjs"), output });
    await provesItself([output]);
  });

  it("says how it is used, and ends with 2 when it is used otherwise", async () => {
    const [node = "", starter = ""] = await scripts();
    assert.match((await run(node, [starter, "--help"])).stdout, /install \[--dry-run\]/);
    const service = (await run(node, [starter, "install", "--dry-run", "--state", "/srv/agent"])).stdout;
    assert.match(service, /^ExecStart=\S+ \/usr\/local\/lib\/runwright-agent\/agent-start\.mjs run --state \/srv\/agent$/m);
    for (const wrong of [["fly"], ["run", "--speed", "9"], ["join", "one", "two"], ["run", "--url", "ftp://x", "--state", join(home.path, "x")]]) {
      const failed = await run(node, [starter, ...wrong]).catch((error) => error);
      assert.equal(failed.code, 2, `${wrong.join(" ")}: ${failed.stderr}`);
    }
  });

  it("says that its machine hasn't joined", async () => {
    const [node = "", starter = ""] = await scripts();
    const failed = await run(node, [starter, "run", "--state", join(home.path, "agent")]).catch((error) => error);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /join an engine first.*\[AGENT_STATE\]/);
  });
});
