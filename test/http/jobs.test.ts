import assert from "node:assert/strict";
import { type Rig, rig, upload } from "./rig.ts";

describe("HTTP: jobs and runbooks", function () {
  this.timeout(30_000);
  let all: Rig;
  before(async () => {
    all = await rig();
    const published = await all.ask("POST", "/api/v1/runbooks/greet/publish", {
      body: upload(
        "greet",
        "async ({ params, log, output }) => { log('hello ' + params.name); output({ greeted: params.name }); }",
        `parameters: { type: "object", required: ["name"], properties: { name: { type: "string" } } },`,
      ),
    });
    assert.equal(published.status, 201, published.text);
    await all.ask("POST", "/api/v1/runbooks/endless/publish", { body: upload("endless", "async () => { for (;;) {} }") });
  });
  after(() => all.stop());

  it("run a runbook and answer with the finished job when asked to wait", async () => {
    const { status, body, headers } = await all.ask("POST", "/api/v1/runbooks/greet/jobs?wait=30s", { body: { params: { name: "Ada" } } });
    assert.equal(status, 200);
    assert.deepEqual(
      [body.status, body.runbook, body.version, body.outputs, body.failureCode, body.error],
      ["completed", "greet", 1, [{ greeted: "Ada" }], null, null],
    );
    assert.equal(headers.location, `/api/v1/jobs/${body.id}`);
    assert.match(body.startedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it("answer 202 at once when nobody waits, and show the job later with what it wrote and how it went", async () => {
    const { status, body } = await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: "Bob" } } });
    assert.equal(status, 202);
    const done = await all.ask("GET", `/api/v1/jobs/${body.id}?wait=20s`);
    assert.equal(done.body.status, "completed");
    const streams = await all.ask("GET", `/api/v1/jobs/${body.id}/streams`);
    assert.deepEqual(
      streams.body.items.map((entry: any) => [entry.seq, entry.kind, entry.message ?? entry.value]),
      [
        [1, "log", "hello Bob"],
        [2, "output", { greeted: "Bob" }],
      ],
    );
    assert.deepEqual([streams.body.last, streams.body.ended], [2, true]);
    assert.deepEqual((await all.ask("GET", `/api/v1/jobs/${body.id}/streams?after=1`)).body.items.length, 1);
    const moves = (await all.ask("GET", `/api/v1/jobs/${body.id}/transitions`)).body.items;
    assert.deepEqual(
      moves.map((move: any) => move.to),
      ["queued", "running", "completed"],
    );
    assert.equal(moves[0].by, "admin");
  });

  it("show the host calls of a job page by page, in order, and refuse the cursor of another job", async () => {
    await all.ask("POST", "/api/v1/runbooks/rests/publish", { body: upload("rests", "async ({ sleep }) => { for (let n = 1; n <= 5; n++) await sleep(n); }") });
    const run = async (): Promise<string> => (await all.ask("POST", "/api/v1/runbooks/rests/jobs?wait=20s", { body: {} })).body.id;
    const journal = `/api/v1/jobs/${await run()}/journal`;
    const whole = await all.ask("GET", journal);
    assert.equal(whole.status, 200, whole.text);
    const calls = whole.body.items.map((entry: any) => entry.call);
    assert.ok(calls.length >= 5 && whole.body.next === null);
    assert.deepEqual(Object.keys(whole.body.items[0]), ["call", "op", "effect", "args", "issuedAt", "settledAt", "settleOrder"]);
    const pages: number[][] = [];
    let next: string | null = null;
    do {
      const { body } = await all.ask("GET", `${journal}?limit=2${next === null ? "" : `&cursor=${next}`}`);
      pages.push(body.items.map((entry: any) => entry.call));
      next = body.next;
    } while (next !== null);
    assert.deepEqual(pages.flat(), calls);
    assert.ok(pages.length >= 3 && pages.slice(0, -1).every((page) => page.length === 2));
    const { body: first } = await all.ask("GET", `${journal}?limit=2`);
    const other = await all.ask("GET", `/api/v1/jobs/${await run()}/journal?cursor=${first.next}`);
    assert.deepEqual([other.status, other.body.code], [400, "CURSOR_INVALID"]);
  });

  it("name the field when parameters don't fit, and make no job", async () => {
    const before = (await all.ask("GET", "/api/v1/jobs?runbook=greet")).body.items.length;
    const missing = await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: {} });
    assert.deepEqual([missing.status, missing.body.code, missing.body.errors], [400, "PARAMETERS_INVALID", [{ field: "/name", message: "is required" }]]);
    const wrong = await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: 5 } } });
    assert.deepEqual([wrong.status, wrong.body.errors[0].field], [400, "/name"]);
    assert.equal((await all.ask("GET", "/api/v1/jobs?runbook=greet")).body.items.length, before);
  });

  it("answer what is unknown with its own code", async () => {
    for (const [method, url, status, code] of [
      ["POST", "/api/v1/runbooks/nope/jobs", 404, "RUNBOOK_NOT_FOUND"],
      ["GET", "/api/v1/jobs/job_nope", 404, "JOB_NOT_FOUND"],
      ["GET", "/api/v1/runbooks/greet/versions/99", 404, "VERSION_NOT_FOUND"],
      ["GET", "/api/v1/machines/nope", 404, "MACHINE_NOT_FOUND"],
      ["GET", "/api/v1/nope", 404, "NOT_FOUND"],
      ["POST", "/api/v1/jobs/job_nope/stop", 404, "JOB_NOT_FOUND"],
    ] as const) {
      const answer = await all.ask(method, url, method === "POST" ? { body: {} } : {});
      assert.deepEqual([answer.status, answer.body.code], [status, code], url);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
      assert.deepEqual([answer.body.status, answer.body.instance, answer.body.requestId], [status, url, answer.headers["x-request-id"]]);
    }
    const unknown = await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: "A" }, version: 9 } });
    assert.deepEqual([unknown.status, unknown.body.code], [404, "VERSION_NOT_FOUND"]);
  });

  it("stop an endless loop at once, and only once", async () => {
    const { body } = await all.ask("POST", "/api/v1/runbooks/endless/jobs", { body: {} });
    const stopped = await all.ask("POST", `/api/v1/jobs/${body.id}/stop`);
    assert.equal(stopped.status, 200);
    const done = await all.ask("GET", `/api/v1/jobs/${body.id}?wait=20s`);
    assert.equal(done.body.status, "stopped");
    const again = await all.ask("POST", `/api/v1/jobs/${body.id}/stop`);
    assert.deepEqual([again.status, again.body.code], [409, "JOB_FINAL"]);
  });

  it("give the same job for the same idempotency key of the same person", async () => {
    const run = (token?: string) =>
      all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: "A" } }, headers: { "idempotency-key": "k-1" }, ...(token ? { token } : {}) });
    const [one, two] = [await run(), await run()];
    assert.equal(one.body.id, two.body.id);
    const other = await run(await all.tokenFor("idem", { role: "operator", scope: "/" }));
    assert.notEqual(other.body.id, one.body.id);
  });

  it("page through lists without gap or repetition, and refuse a cursor that was altered or belongs elsewhere", async () => {
    for (let i = 0; i < 5; i++) await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: `p${i}` } } });
    const everything = (await all.ask("GET", "/api/v1/jobs?limit=500")).body.items.map((job: any) => job.id);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const answer: any = await all.ask("GET", `/api/v1/jobs?limit=3${cursor ? `&cursor=${cursor}` : ""}`);
      paged.push(...answer.body.items.map((job: any) => job.id));
      cursor = answer.body.next;
    } while (cursor);
    assert.deepEqual(paged, everything);
    const { next } = (await all.ask("GET", "/api/v1/jobs?limit=1")).body;
    for (const bad of [`${next}x`, next.slice(1), `A${next.slice(1)}`, "%00", "x".repeat(900)]) {
      const answer = await all.ask("GET", `/api/v1/jobs?cursor=${bad}`);
      assert.deepEqual([answer.status, answer.body.code], [400, "CURSOR_INVALID"], bad);
    }
    assert.equal((await all.ask("GET", `/api/v1/runbooks?cursor=${next}`)).body.code, "CURSOR_INVALID");
  });

  it("publish the same bundle once, show sources, compare versions, delete and restore", async () => {
    const first = upload("life", "async () => {}");
    const second = upload("life", "async () => { await 1; }", `permissions: { http: ["https://status.example.com"] },`);
    const publish = (body: object) => all.ask("POST", "/api/v1/runbooks/life/publish", { body });
    assert.deepEqual([(await publish(first)).status, (await publish(first)).status, (await publish(second)).body.version.version], [201, 200, 2]);
    const stale = await publish({ ...first, expectedVersion: 1 });
    assert.deepEqual([stale.status, stale.body.code], [409, "CONFLICT"]);
    assert.deepEqual((await all.ask("GET", "/api/v1/runbooks/life/versions/1")).body.sources, first.sources);
    const diff = (await all.ask("GET", "/api/v1/runbooks/life/diff")).body;
    assert.deepEqual([diff.from, diff.to, diff.widened, diff.files[0].path], [1, 2, true, "life.ts"]);
    assert.match(diff.permissions[0].text, /status\.example\.com/);
    assert.equal((await all.ask("DELETE", "/api/v1/runbooks/life")).status, 204);
    assert.equal((await all.ask("POST", "/api/v1/runbooks/life/jobs", { body: {} })).body.code, "RUNBOOK_NOT_FOUND");
    assert.equal((await all.ask("POST", "/api/v1/runbooks/life/restore")).status, 200);
    assert.equal((await all.ask("POST", "/api/v1/runbooks/life/jobs?wait=20s", { body: {} })).body.status, "completed");
  });

  it("refuse a bundle that fails its check, with the diagnostics", async () => {
    const broken = upload("broken", "async () => {}", `permissions: { nonsense: true },`);
    const answer = await all.ask("POST", "/api/v1/runbooks/broken/publish", { body: broken });
    assert.deepEqual([answer.status, answer.body.code], [422, "CHECK_FAILED"]);
    assert.ok(answer.body.errors.length > 0);
    assert.equal((await all.ask("GET", "/api/v1/runbooks/broken")).status, 404);
    const damaged = await all.ask("POST", "/api/v1/runbooks/broken/publish", { body: { ...upload("broken", "async () => {}"), bundleHash: "0".repeat(64) } });
    assert.deepEqual([damaged.status, damaged.body.code], [400, "BAD_REQUEST"]);
  });

  it("run a draft for authors, not for operators", async () => {
    assert.equal((await all.ask("PUT", "/api/v1/runbooks/sketch/draft", { body: upload("sketch", "async ({ output }) => output(1)") })).status, 200);
    assert.equal((await all.ask("POST", "/api/v1/runbooks/sketch/jobs", { body: {} })).body.code, "NOT_PUBLISHED");
    const done = await all.ask("POST", "/api/v1/runbooks/sketch/jobs?wait=20s", { body: { draft: true } });
    assert.deepEqual([done.body.status, done.body.version, done.body.outputs], ["completed", null, [1]]);
    const operator = await all.tokenFor("drafty", { role: "operator", scope: "/" });
    assert.equal((await all.ask("POST", "/api/v1/runbooks/sketch/jobs", { body: { draft: true }, token: operator })).body.code, "PERMISSION_DENIED");
  });

  it("record every write with actor, address, target, result and correlation id", async () => {
    const answer = await all.ask("POST", "/api/v1/runbooks/greet/jobs", { body: { params: { name: "Z" } }, headers: { "x-request-id": "my-request-42" } });
    assert.equal(answer.headers["x-request-id"], "my-request-42");
    const [entry] = (await all.activity()).filter((one) => one.correlationId === "my-request-42");
    assert.deepEqual(
      [entry?.operation, entry?.actorName, entry?.address, entry?.target, entry?.result, entry?.scope],
      ["job.run", "admin", "127.0.0.1", `job:${answer.body.id}`, "ok", "/"],
    );
    assert.equal((await all.ask("GET", `/api/v1/jobs/${answer.body.id}`)).body.correlationId, "my-request-42");
    assert.equal((await all.ask("GET", "/api/v1/activity/verify")).body.firstBroken, null);
  });
});
