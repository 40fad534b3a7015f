import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SCHEMA_VERSION } from "../../engine/store/migrations/migrate.ts";
import { type EngineProcess, startEngineProcess, tryToServe } from "../engine/engine-process.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Adds a table, and a column with a default: what an upgrade may do while engines of the version before still work. */
const migration = (version: number) => `
export const added${version} = {
  version: ${version},
  async up({ schema }) {
    await schema.createTable("added${version}").addColumn("id", "text", (c) => c.primaryKey()).execute();
    await schema.alterTable("jobs").addColumn("added${version}", "integer", (c) => c.notNull().defaultTo(7)).execute();
  },
};
`;

/** Another build in a folder of its own: this one, and so many migrations more. @returns its program */
async function buildWith(more: number, builds: string): Promise<string> {
  const folder = join(builds, `plus-${more}`);
  await cp(join(ROOT, "engine"), join(folder, "engine"), { recursive: true });
  const migrations = join(folder, "engine/store/migrations");
  const names: string[] = [];
  let imports = "";
  for (let version = SCHEMA_VERSION + 1; version <= SCHEMA_VERSION + more; version++) {
    await writeFile(join(migrations, `added-${version}.ts`), migration(version));
    imports += `import { added${version} } from "./added-${version}.ts";\n`;
    names.push(`added${version}`);
  }
  const list = join(migrations, "migrate.ts");
  const text = await readFile(list, "utf8");
  const changed = text.replace(
    /MIGRATIONS: readonly Migration\[\] = \[([^\]]*)\]/,
    (_, known) => `MIGRATIONS: readonly any[] = [${known}, ${names.join(", ")}]`,
  );
  assert.notEqual(changed, text, "the list of migrations was found");
  await writeFile(list, imports + changed);
  return join(folder, "engine/runwright.mjs");
}

/** Two builds as real processes on one PostgreSQL, as operators upgrade: one engine after the other, while jobs run. */
describe("a rolling upgrade", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let home: TemporaryDirectory;
  /** Within the clone, where the packages are found. */
  let builds: string;
  let env: Record<string, string>;
  const engines: EngineProcess[] = [];
  const start = async (name: string, main?: string) => {
    const engine = await startEngineProcess(join(home.path, name), env, ...(main === undefined ? [] : [main]));
    engines.push(engine);
    return engine;
  };
  before(async () => {
    postgres = await startPostgres();
    home = await temporaryDirectory();
    builds = await mkdtemp(join(ROOT, ".build-"));
    env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64"), RUNWRIGHT_RUNNERS: "1" };
  });
  after(async () => {
    for (const engine of engines) await engine.kill();
    await postgres.stop();
    await rm(builds, { recursive: true, force: true });
    await home.remove();
  });

  it("loses nothing and does nothing twice: the newer build migrates while the older one works, and goes on with its jobs", async () => {
    const older = await start("older");
    await older.publish("counts", "async ({ output, sleep }) => { for (let i = 1; i <= 12; i++) { output(i); await sleep(150); } }");
    await older.publish("naps", "async ({ output, sleep }) => { output('before'); await sleep('6s'); output('after'); }");
    await older.publish("parent", "async ({ jobs, output }) => { output((await jobs.run('naps')).outputs); }", "permissions: { jobs: ['naps'] },");
    const running = await Promise.all(Array.from({ length: 6 }, () => older.run("counts")));
    const waiting = [await older.run("naps"), await older.run("parent")];
    for (const { id } of running) await older.untilOutput(id, 2);

    const newer = await start("newer", await buildWith(1, builds));
    const shared = await Promise.all(Array.from({ length: 6 }, (_, n) => (n % 2 ? newer : older).run("counts")));
    assert.equal(await older.stop(), 0);
    const expected = Array.from({ length: 12 }, (_, i) => i + 1);
    for (const { id } of [...running, ...shared]) {
      const job = await newer.end(id);
      assert.deepEqual([job.status, job.outputs], ["completed", expected]);
    }
    assert.deepEqual(await Promise.all(waiting.map(async ({ id }) => (await newer.end(id)).outputs)), [["before", "after"], [["before", "after"]]]);

    // Should the upgrade be taken back: the older build runs on a schema that is one version ahead.
    const again = await start("older");
    const job = await again.run("counts");
    assert.deepEqual((await again.end(job.id)).outputs, expected);
  });

  it("goes no further than one version: an engine refuses a database that is two ahead, says what to do, and changes nothing", async () => {
    for (const engine of engines.splice(0)) await engine.stop();
    const newest = await start("newest", await buildWith(2, builds));
    const { id } = await newest.run("counts");
    const refused = await tryToServe(["--data", join(home.path, "older"), "--port", "0"], env);
    assert.equal(refused.code, 1);
    assert.match(
      refused.said,
      new RegExp(`schema version ${SCHEMA_VERSION + 2}, this engine knows ${SCHEMA_VERSION} and runs on ${SCHEMA_VERSION + 1} at most.*DATABASE_NEWER`, "s"),
    );
    assert.equal((await newest.end(id)).status, "completed");
  });
});
