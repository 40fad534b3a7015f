import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";

const PARAMETERS = "parameters: { type: 'object', properties: { token: { type: 'string' }, url: { type: 'string' } } },";
const SECRET = "hunter2/hunter2";

describe("a secret that a job passes on to its child", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = await rig({ address: `sqlite:${directory.path}` });
    engine.secrets.set("token", SECRET);
    await engine.publish(
      "parent",
      "async ({ secrets, jobs, output }) => { const token = await secrets.get('token'); const url = 'https://x/?q=' + encodeURIComponent(token); output(await jobs.run('child', { token, url })); }",
      "permissions: { secrets: ['token'], jobs: ['child'] },",
    );
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });

  const childOf = async (parentId: string) => {
    const [child] = await engine.store.read.jobs.list({ scopes: ["/"], parentId, limit: 10 });
    assert.ok(child);
    return child;
  };

  it("is shown by its name, masked in what the child writes, and isn't readable in the database", async () => {
    await engine.publish(
      "child",
      "async ({ params, log, output }) => { log('with ' + params.token); output([params.token.length, params.token]); }",
      PARAMETERS,
    );
    const { id } = await engine.start("parent");
    assert.equal((await engine.finish(id)).status, "completed");
    const child = await childOf(id);
    assert.deepEqual(child.params, { token: "secret:token@1", url: "https://x/?q=secret:token@1" });
    assert.deepEqual(await engine.outputs(child.id), [[SECRET.length, "***"]]);
    await engine.stop();
    const bytes = await readFile(join(directory.path, "runwright.db"), "latin1");
    assert.ok(bytes.includes("secret:token@1"));
    for (const form of [SECRET, encodeURIComponent(SECRET), "hunter2\\/"]) assert.ok(!bytes.includes(form), form);
    engine = await rig({ address: `sqlite:${directory.path}` });
  });

  it("is passed on further, and stays hidden there", async () => {
    await engine.publish(
      "child",
      "async ({ params, jobs }) => { await jobs.run('grandchild', { token: params.token }); }",
      `${PARAMETERS} permissions: { jobs: ['grandchild'] },`,
    );
    await engine.publish("grandchild", "async ({ params, output }) => output(btoa(params.token) + params.token.length)", PARAMETERS);
    const { id } = await engine.start("parent");
    assert.equal((await engine.finish(id)).status, "completed");
    const grandchild = await childOf((await childOf(id)).id);
    assert.deepEqual(grandchild.params, { token: "secret:token@1" });
    assert.deepEqual(await engine.outputs(grandchild.id), [`***${SECRET.length}`]);
  });

  it("is there when the child is resumed", async () => {
    await engine.publish(
      "child",
      "async ({ params, sleep, output }) => { output(params.token.length); await sleep(1); throw new Error('no ' + params.token); }",
      PARAMETERS,
    );
    const { id } = await engine.start("parent");
    await engine.finish(id);
    const child = await childOf(id);
    assert.equal(child.error?.message, "no ***");
    const resumed = await engine.jobs.resume({ jobId: child.id, from: 1, actor: ADA, correlationId: "c" });
    assert.deepEqual(resumed.params, child.params);
    const done = await engine.finish(resumed.id);
    assert.deepEqual([done.error?.message, await engine.outputs(resumed.id)], ["no ***", [SECRET.length]]);
  });

  it("is hidden in the job's own parameters as soon as it turns out to be one, over a resumption too", async () => {
    await engine.publish(
      "own",
      "async ({ params, secrets, sleep, output }) => { await sleep(1); await secrets.get('token'); output([params.token.length, params.url]); throw new Error('x'); }",
      `${PARAMETERS} permissions: { secrets: ['token'] },`,
    );
    const { id } = await engine.start("own", { token: SECRET, url: "public" });
    const done = await engine.finish(id);
    assert.deepEqual(done.params, { token: "secret:token@1", url: "public" });
    assert.deepEqual((await engine.store.read.jobs.get(id))?.params, done.params);
    const resumed = await engine.jobs.resume({ jobId: id, from: 2, actor: ADA, correlationId: "c" });
    assert.deepEqual(resumed.params, done.params);
    await engine.finish(resumed.id);
    assert.deepEqual(await engine.outputs(resumed.id), [[SECRET.length, "public"]]);
  });

  it("isn't in the text of the child's concurrency key either", async () => {
    await engine.publish("child", "async ({ params, output }) => output(1)", `${PARAMETERS} concurrency: { limit: 1, key: (p) => 'for ' + p.token },`);
    const { id } = await engine.start("parent");
    await engine.finish(id);
    assert.match((await childOf(id)).concurrencyKey ?? "", /for secret:token@1/);
  });
});
