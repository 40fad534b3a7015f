import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import { SCHEMA_VERSION } from "../../engine/store/store.ts";
import { newerBuild, previousBuild } from "../cluster/builds.ts";
import { eventually } from "../support/eventually.ts";
import { skip } from "../support/skip.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type EngineProcess, startEngineProcess, tryToServe } from "./engine-process.ts";

const EVENT = "async ({ waitFor, output }) => { output('before'); const { payload } = await waitFor('go'); output(payload); }";
const STEPS = "async ({ sleep, output }) => { for (let i = 1; i <= 8; i++) { output(i); await sleep(200); } }";
const APPROVAL = "async ({ approval, output }) => { output('before'); await approval({ message: 'go on?' }); output('after'); }";
const EACH = 5;
const env = { RUNWRIGHT_RUNNERS: "1", RUNWRIGHT_DRAIN: "0s", RUNWRIGHT_LOG_LEVEL: "silent" };

/** Jobs in all the ways in which they can be under way when an engine is stopped for its upgrade. */
describe("an upgrade of an engine with SQLite", function () {
  this.timeout(120_000);
  const cleanUp: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const start = async (data: string, main?: string): Promise<EngineProcess> => {
    const engine = await startEngineProcess(data, env, main);
    cleanUp.push(() => engine.kill());
    await engine.ready();
    return engine;
  };
  const dataDirectory = async () => {
    const made = await temporaryDirectory();
    cleanUp.push(() => made.remove());
    return made.path;
  };

  async function fill(engine: EngineProcess): Promise<string[]> {
    for (const [name, run] of Object.entries({ event: EVENT, steps: STEPS, approval: APPROVAL })) await engine.publish(name, run);
    const jobs: Job[] = [];
    for (let i = 0; i < EACH; i++) for (const name of ["event", "approval"]) jobs.push(await engine.run(name));
    for (const job of jobs) await eventually(`${job.id} waits`, async () => (await stateOf(engine, job.id)) === "waiting");
    for (let i = 0; i < EACH; i++) jobs.push(await engine.run("steps"));
    await engine.untilOutput(jobs.at(-1)?.id ?? "", 1);
    for (let i = 0; i < EACH; i++) jobs.push(await engine.run("steps")); // some of these are still in the queue
    return jobs.map(({ id }) => id);
  }

  async function endAll(engine: EngineProcess, ids: readonly string[]): Promise<void> {
    assert.equal((await engine.request("POST", "/api/v1/events/go", { payload: "go" })).status, 201);
    const { body } = await engine.request<{ items: { id: string }[] }>("GET", "/api/v1/approvals?open=true");
    assert.equal(body.items.length, EACH);
    for (const { id } of body.items) assert.ok((await engine.request("POST", `/api/v1/approvals/${id}/approve`, {})).status < 300);
    for (const id of ids) {
      const { runbook, status, failureCode, error } = await engine.end(id);
      assert.equal(status, "completed", `${runbook}: ${failureCode} ${error?.message}`);
      assert.deepEqual(await outputs(engine, id), { event: ["before", "go"], approval: ["before", "after"], steps: [1, 2, 3, 4, 5, 6, 7, 8] }[runbook]);
    }
  }

  it("from the build before the newest migration: all of its jobs go on", async function () {
    const previous = await previousBuild();
    if (!previous) return skip(this, "there is no history of this repository here to take the previous build from");
    cleanUp.push(() => previous.remove());
    const data = await dataDirectory();
    const before = await start(data, previous.main);
    const ids = await fill(before);
    await before.stop();
    assert.ok(previous.schemaVersion < SCHEMA_VERSION);
    assert.equal(schemaOf(data), previous.schemaVersion);
    const after = await start(data);
    assert.equal(schemaOf(data), SCHEMA_VERSION);
    await endAll(after, ids);
  });

  it("to the next build: all jobs go on; the one after that is refused by this one", async () => {
    const [next, afterNext] = await Promise.all([newerBuild(1), newerBuild(2)]);
    cleanUp.push(next.remove, afterNext.remove);
    const data = await dataDirectory();
    const before = await start(data);
    const ids = await fill(before);
    await before.kill(); // not even a stop in good order
    const after = await start(data, next.main);
    await endAll(after, ids);
    await after.stop();
    await (await start(data, afterNext.main)).stop();
    const refused = await tryToServe(["--data", data, "--port", "0"]);
    assert.equal(refused.code, 1);
    assert.match(refused.said, /DATABASE_NEWER/);
  });
});

const stateOf = async (engine: EngineProcess, id: string): Promise<string> => (await engine.request<Job>("GET", `/api/v1/jobs/${id}`)).body.status;

async function outputs(engine: EngineProcess, id: string): Promise<unknown[]> {
  const { body } = await engine.request<{ items: { kind: string; value: unknown }[] }>("GET", `/api/v1/jobs/${id}/streams`);
  return body.items.filter(({ kind }) => kind === "output").map(({ value }) => value);
}

function schemaOf(data: string): number {
  const file = join(data, "runwright.db");
  assert.ok(existsSync(file));
  const db = new Database(file, { readonly: true });
  try {
    return Number(db.prepare("select value from meta where key = 'schemaVersion'").pluck().get());
  } finally {
    db.close();
  }
}
