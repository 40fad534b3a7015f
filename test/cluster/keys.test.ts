import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import pg from "pg";
import type { RotationStep } from "../../engine/protocol/http/access.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const COPIES = 4_000;

describe("the rotation of keys with engines that share a database", function () {
  this.timeout(180_000);
  let postgres: Postgres;
  let database: string;
  let folders: TemporaryDirectory[];
  const running = new Set<EngineProcess>();
  before(async () => {
    postgres = await startPostgres();
    database = await postgres.newDatabase();
    folders = [await temporaryDirectory(), await temporaryDirectory()];
  });
  after(async () => {
    for (const engine of running) await engine.kill();
    await postgres.stop();
    for (const folder of folders) await folder.remove();
  });

  const newKey = () => randomBytes(32).toString("base64");
  async function start(index: 0 | 1, keys: Record<string, string>): Promise<EngineProcess> {
    const env = { RUNWRIGHT_RUNNERS: "1", RUNWRIGHT_LOG_LEVEL: "silent", RUNWRIGHT_DATABASE: database, ...keys };
    const engine = await startEngineProcess(folders[index]?.path ?? "", env);
    running.add(engine);
    return engine;
  }
  const rotate = async (engine: EngineProcess) => {
    for (;;) {
      const { status, body } = await engine.request<RotationStep>("POST", "/api/v1/assets/rotate-keys");
      assert.equal(status, 200, JSON.stringify(body));
      if (body.done) return body;
    }
  };
  async function reads(engine: EngineProcess): Promise<unknown> {
    const job = await engine.end((await engine.run("reads")).id);
    return { status: job.status, error: job.error, outputs: job.outputs };
  }
  const READ = { status: "completed", error: null, outputs: [[20, "ada"]] };

  /** Jobs that ended long ago: their keys have to be wrapped anew as well. */
  async function copyJobs(id: string): Promise<void> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    try {
      const { rows } = await client.query("select * from jobs where id = $1", [id]);
      const columns = Object.keys(rows[0]).map((name) => `"${name}"`);
      const others = columns.filter((name) => name !== '"id"').join(", ");
      await client.query(`insert into jobs ("id", ${others}) select 'job_copy' || n, ${others} from jobs, generate_series(1, ${COPIES}) n where "id" = $1`, [
        id,
      ]);
    } finally {
      await client.end();
    }
  }

  it("is followed by the other engine at once, and survives kills of the one that does it, the change of the master key too", async () => {
    const [present, next] = [newKey(), newKey()];
    const both = { RUNWRIGHT_MASTER_KEY: present, RUNWRIGHT_NEXT_MASTER_KEY: next };
    const other = await start(1, both);
    await other.request("PUT", "/api/v1/assets/token", { kind: "secret", scope: "/", value: "a-secret-of-20-chars" });
    await other.request("PUT", "/api/v1/assets/db", { kind: "credential", scope: "/", value: { user: "ada", password: "correct-horse" } });
    await other.publish(
      "reads",
      "async ({ secrets, credentials, output }) => output([(await secrets.get('token')).length, (await credentials.get('db')).user])",
      "permissions: { secrets: ['token'], credentials: ['db'] },",
    );
    const first = await other.end((await other.run("reads")).id);
    assert.equal(first.status, "completed", JSON.stringify(first.error));
    await copyJobs(first.id);

    for (const afterMs of [0, 60, 250]) {
      const victim = await start(0, both);
      const asked = victim.request("POST", "/api/v1/assets/rotate-keys").catch(() => null);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await victim.kill();
      running.delete(victim);
      await asked;
      assert.deepEqual(await reads(other), READ, `killed after ${afterMs} ms`);
    }
    const done = await rotate(other);
    assert.equal(done.damaged, 0);
    assert.deepEqual(await reads(other), READ);

    await assert.rejects(start(0, { RUNWRIGHT_MASTER_KEY: present }), /MASTER_KEY_WRONG/);
    const restarted = await start(0, { RUNWRIGHT_MASTER_KEY: next });
    assert.deepEqual(await reads(restarted), READ);
    const again = await rotate(restarted);
    assert.deepEqual([again.keys > COPIES, again.damaged, again.masterKeyChanged], [true, 0, false]);
    assert.deepEqual([await reads(other), await reads(restarted)], [READ, READ]);
  });
});
