import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { Approval } from "../../engine/protocol/http/approvals.ts";
import type { Job, Transition } from "../../engine/protocol/http/jobs.ts";
import { runnerCode } from "../../engine/sandbox/runner-code.ts";
import { SCHEMA_VERSION } from "../../engine/store/store.ts";
import { type EngineProcess, startEngineProcess, tryToServe } from "../engine/engine-process.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type Build, newerBuild } from "./builds.ts";

const STEPS = 12;
const COUNTS = `async ({ output, sleep, variables }) => {
  for (let i = 1; i <= ${STEPS}; i++) { output(i); await sleep(150); if (await variables.get("greeting") !== "hello") throw new Error("another value"); }
}`;
const EXPECTED = Array.from({ length: STEPS }, (_, n) => n + 1);
/** Stays on its engine until somebody opens the gate. */
const HOLDS = `async ({ output, sleep, variables }) => {
  output("begun");
  while (await variables.get("gate") !== "open") await sleep(100);
  output("ended");
}`;
/** So many are asked for at most, until the engine has begun one itself. */
const MOST_HELD = 60;

describe("a rolling upgrade", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let next: Build;
  let afterNext: Build;
  const cleanUp: (() => Promise<unknown>)[] = [];
  before(async () => {
    [postgres, next, afterNext] = await Promise.all([startPostgres(), newerBuild(1), newerBuild(2)]);
  });
  after(async () => {
    for (const part of [next, afterNext]) await part?.remove();
    await postgres?.stop();
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  async function directory(): Promise<string> {
    const made = await temporaryDirectory();
    cleanUp.push(() => made.remove());
    return made.path;
  }

  async function start(data: string, env: Record<string, string>, build?: Build): Promise<EngineProcess> {
    const engine = await startEngineProcess(data, { RUNWRIGHT_RUNNERS: "1", RUNWRIGHT_DRAIN: "0s", RUNWRIGHT_LOG_LEVEL: "silent", ...env }, build?.main);
    cleanUp.push(() => engine.kill());
    return engine;
  }

  async function query<Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]> {
    const client = new pg.Client(database);
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }
  const versionOf = async (database: string) =>
    Number((await query<{ value: string }>(database, "select value from meta where key = 'schemaVersion'"))[0]?.value);

  /** On which engines a job has run. */
  async function enginesOf(engine: EngineProcess, id: string): Promise<string[]> {
    const { body } = await engine.request<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
    return body.items.filter((transition) => transition.to === "running").map((transition) => transition.by);
  }

  async function assertDone(engine: EngineProcess, id: string, outputs: unknown[]): Promise<Job> {
    const job = await engine.end(id);
    assert.deepEqual([job.status, job.outputs], ["completed", outputs], JSON.stringify(job));
    return job;
  }

  async function setGate(engine: EngineProcess, gate: "open" | "shut"): Promise<void> {
    const { status } = await engine.request("PUT", "/api/v1/assets/gate", { kind: "variable", scope: "/", value: gate });
    assert.equal(status, 200);
  }

  async function prepare(engine: EngineProcess): Promise<void> {
    assert.equal((await engine.request("PUT", "/api/v1/assets/greeting", { kind: "variable", scope: "/", value: "hello" })).status, 200);
    await setGate(engine, "shut");
    await engine.publish("holds", HOLDS, 'permissions: { variables: ["gate"] },');
    await engine.publish("counts", COUNTS, 'permissions: { variables: ["greeting"] },');
    await engine.publish("short", "async ({ output, sleep }) => { output(1); await sleep(100); output(2); }");
    await engine.publish("asks", `async ({ approval, output }) => { output("asked"); await approval({ message: "Go on?" }); output("went on"); }`);
    await engine.publish("child", `async ({ output, sleep }) => { output("begun"); await sleep("5s"); output("slept"); }`);
    await engine.publish(
      "parent",
      `async ({ jobs, output }) => { output("asks"); output((await jobs.run("child")).outputs); }`,
      'permissions: { jobs: ["child"] },',
    );
  }

  async function approve(engine: EngineProcess, jobId: string): Promise<void> {
    const { body } = await engine.request<{ items: Approval[] }>("GET", `/api/v1/approvals?job=${jobId}`);
    const [approval] = body.items;
    const answer = await engine.request("POST", `/api/v1/approvals/${approval?.id}/approve`, { reason: "upgrade" });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  it("goes on with all jobs: the newer build migrates under the older one, both share the work, the older one leaves and may come back", async () => {
    const env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    const [olderData, newerData] = [await directory(), await directory()];
    const older = await start(olderData, env);
    await prepare(older);
    const [asks, parent] = [await older.run("asks"), await older.run("parent")];
    const underMigration = await Promise.all(Array.from({ length: 4 }, () => older.run("counts")));
    for (const { id } of [asks, parent, ...underMigration]) await older.untilOutput(id, 1);
    assert.equal(await versionOf(env.RUNWRIGHT_DATABASE), SCHEMA_VERSION);

    const newer = await start(newerData, env, next);
    assert.equal(await versionOf(env.RUNWRIGHT_DATABASE), next.schemaVersion);
    for (const { id } of underMigration) assert.equal((await assertDone(newer, id, EXPECTED)).attempt, 1, "the migration took no attempt along");
    assert.equal((await older.request("GET", "/readyz")).status, 200);

    const shared = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? newer : older).run("short")));
    for (const { id } of shared) await assertDone(older, id, [1, 2]);
    const sharers = new Set<string>();
    for (const { id } of shared) for (const by of await enginesOf(newer, id)) sharers.add(by);
    assert.equal(sharers.size, 2, "both builds ran some");

    const [olderId] = await enginesOf(newer, underMigration[0]?.id ?? "");
    const held: string[] = [];
    let onOlder: string | undefined;
    while (!onOlder && held.length < MOST_HELD) {
      const { id } = await older.run("holds");
      held.push(id);
      await older.untilOutput(id, 1);
      if ((await enginesOf(newer, id)).at(-1) === olderId) onOlder = id;
    }
    assert.ok(onOlder, "the older build began one");
    assert.equal(await older.stop(), 0);
    await setGate(newer, "open");
    for (const id of held) await assertDone(newer, id, ["begun", "ended"]);
    assert.equal(new Set(await enginesOf(newer, onOlder)).size, 2, "it began on the older build and ended on the newer one");
    await assertDone(newer, parent.id, ["asks", ["begun", "slept"]]);
    await approve(newer, asks.id);
    await assertDone(newer, asks.id, ["asked", "went on"]);

    const again = await start(olderData, env);
    await newer.stop();
    await assertDone(again, (await again.run("counts")).id, EXPECTED);
    const lost = await query(env.RUNWRIGHT_DATABASE, `select id, status from jobs where status <> 'completed'`);
    assert.deepEqual(lost, []);
  });

  it("is refused by a build that is two versions behind, which says so; nothing is lost, and the newest goes on", async () => {
    const env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    const data = await directory();
    const older = await start(data, env);
    await prepare(older);
    const [asks, parent] = [await older.run("asks"), await older.run("parent")];
    for (const { id } of [asks, parent]) await older.untilOutput(id, 1);

    const newest = await start(await directory(), env, afterNext);
    assert.equal(await versionOf(env.RUNWRIGHT_DATABASE), afterNext.schemaVersion);
    const message = new RegExp(
      `the database has schema version ${SCHEMA_VERSION + 2}, this engine knows ${SCHEMA_VERSION} and runs on ${SCHEMA_VERSION + 1} at most; start a newer engine`,
    );
    const readiness = await older.request<{ checks: { name: string; detail: string }[] }>("GET", "/readyz");
    assert.equal(readiness.status, 503, "one that still runs is taken out of service");
    assert.match(readiness.body.checks.find((check) => check.name === "database")?.detail ?? "", message);
    assert.equal(await older.stop(), 0);
    const { code, said } = await tryToServe(["--data", data, "--port", "0"], env);
    assert.equal(code, 1, said);
    assert.match(said, message);
    assert.match(said, /DATABASE_NEWER/);

    await assertDone(newest, parent.id, ["asks", ["begun", "slept"]]);
    await approve(newest, asks.id);
    await assertDone(newest, asks.id, ["asked", "went on"]);
    await assertDone(newest, (await newest.run("counts")).id, EXPECTED);
  });

  it("can't mix the runners of two builds that share their dependencies, also when their files have the same size and time", async () => {
    const own = runnerCode().entry;
    const codeOf = async (): Promise<string> =>
      // Anew, as its own process would.
      (await import(`${join(next.engine, "sandbox/runner-code.ts")}`)).runnerCode().entry;
    assert.equal(await readFile(await codeOf(), "utf8"), await readFile(own, "utf8"), "what is the same may be shared");
    const file = join(next.engine, "sandbox/runner/main.ts");
    const source = await readFile(file, "utf8");
    const times = new Date(Date.UTC(2026, 0, 1));
    await utimes(file, times, times);
    await codeOf();
    await writeFile(file, source.replace("node $", "edon $"));
    await utimes(file, times, times);
    const other = await codeOf();
    assert.match(await readFile(other, "utf8"), /edon \$/);
    assert.doesNotMatch(await readFile(own, "utf8"), /edon \$/);
    await writeFile(file, source);
  });
});
