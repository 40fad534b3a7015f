import assert from "node:assert/strict";
import { runRunbook } from "../../engine/testing.ts";
import { definition, runbookFolder } from "./runbook-folder.ts";

describe("the test harness for runbooks", () => {
  async function run(parts: string, world: Parameters<typeof runRunbook>[1] = {}) {
    await using folder = await runbookFolder({ "x.ts": definition(parts) });
    return await runRunbook(folder.file("x.ts"), world);
  }

  it("lets a long sleep take no time, and time stand still otherwise", async () => {
    const { outputs } = await run("  async run({ output, sleep }) { const from = Date.now(); await sleep('30d'); output([from, Date.now() - from]); },", {
      now: "2026-02-01T00:00:00Z",
    });
    assert.deepEqual(outputs, [[Date.parse("2026-02-01T00:00:00Z"), 30 * 24 * 3_600_000]]);
  });

  it("repeats random values with the same seed", async () => {
    const draw = "  run: ({ output }) => output([Math.random(), crypto.randomUUID()]),";
    const [first, second, other] = [await run(draw), await run(draw), await run(draw, { seed: "1".repeat(64) })];
    assert.deepEqual(first.outputs, second.outputs);
    assert.notDeepEqual(first.outputs, other.outputs);
  });

  it("enforces the declared permissions at run time, also when the types were silenced", async () => {
    const job = await run('  permissions: { secrets: ["mine"] },\n  run: ({ secrets }) => secrets.get("yours" as "mine"),', { secrets: { yours: "x" } });
    assert.deepEqual([job.status, job.failureCode], ["failed", "permission_denied"]);
    assert.match(job.error?.message ?? "", /"yours"/);
    const fetched = await run('  permissions: { http: ["https://a.net"] },\n  run: ({ http }) => http.fetch("https://b.net" as "https://a.net"),', {
      http: () => ({}),
    });
    assert.equal(fetched.failureCode, "permission_denied");
  });

  it("has assets of each kind, and hides what is secret in them", async () => {
    const job = await run(
      `  permissions: { credentials: ["db"], certificates: ["www"], connections: ["crm"], variables: ["pin"] },
  async run({ credentials, certificates, connections, variables, output }) {
    const { user, password } = await credentials.get("db");
    const { key, notAfter } = await certificates.get("www");
    const crm = await connections.get<{ url: string; token: string }>("crm");
    output([user, password, key, notAfter, crm.url, crm.token, await variables.get("pin")]);
  },`,
      {
        credentials: { db: { user: "ada", password: "correct-horse" } },
        certificates: { www: { key: "the-private-key", notAfter: 5 } },
        connections: { crm: { url: "https://crm", token: "t0ken-t0ken" } },
        connectionSchemas: { crm: { type: "object", properties: { token: { writeOnly: true } } } },
        variables: { pin: 123456 },
        encrypted: ["pin"],
      },
    );
    assert.deepEqual(job.outputs, [["ada", "***", "***", 5, "https://crm", "***", "***"]], JSON.stringify(job.error));
    assert.deepEqual(
      job.calls.map(({ op, outcome }) => [op, outcome]),
      [
        ["credentials.get", { ok: true, value: { name: "db", version: 1 } }],
        ["certificates.get", { ok: true, value: { name: "www", version: 1 } }],
        ["connections.get", { ok: true, value: { name: "crm", version: 1 } }],
        ["variables.get", { ok: true, value: { "runwright:asset": { name: "pin", version: 1 } } }],
      ],
    );
    const plain = { "runwright:asset": { name: "other", version: 1 } };
    const lookalike = await run('  permissions: { variables: ["v"] },\n  run: async ({ variables, output }) => output(await variables.get("v")),', {
      variables: { v: plain },
    });
    assert.deepEqual([lookalike.outputs, lookalike.calls[0]?.outcome], [[plain], { ok: true, value: { "runwright:asset": null, value: plain } }]);
  });

  it("limits machines to the declared selector and to what is online", async () => {
    const machines = [
      { name: "lin", facts: { os: "linux" as const } },
      { name: "win", facts: { os: "windows" as const } },
      { name: "off", state: "offline" as const },
    ];
    const declared = '  permissions: { machines: { select: "os=linux", actions: ["exec"] } },\n';
    const { outputs } = await run(`${declared}  async run({ machines, output }) { output((await machines.select()).map((m) => m.name)); },`, { machines });
    assert.deepEqual(outputs, [["lin", "off"]]);
    const job = await run(`${declared}  run: async ({ machines }) => (await machines.get("off")).exec(["true"]),`, { machines });
    assert.match(job.error?.message ?? "", /off is offline/);
  });

  it("shows tags that the runbook has set to its later selections, also of a machine that is offline", async () => {
    const parts = `  permissions: { machines: { select: "all", actions: ["tag"] } },
  async run({ machines, output }) {
    const [machine] = await machines.select();
    await machine?.setTags({ quarantine: "true", role: null });
    output((await machines.select("tag:quarantine=true")).map(({ tags }) => tags));
    output((await machines.select("tag:quarantine!=true")).length);
  },`;
    const { outputs } = await run(parts, { machines: [{ name: "a", state: "offline", tags: { role: "web", ring: "1" } }] });
    assert.deepEqual(outputs, [[{ quarantine: "true", ring: "1" }], 0]);
  });

  it("gives child jobs the end that the test says", async () => {
    const parts = '  permissions: { jobs: ["child"] },\n  async run({ jobs, output }) { output((await jobs.run("child", { n: 2 })).outputs); },';
    const { outputs } = await run(parts, { jobs: { child: ({ n }) => ({ outputs: [Number(n) * 2] }) } });
    assert.deepEqual(outputs, [[4]]);
  });

  it("says what the test forgot to give", async () => {
    const missing = async (parts: string) => (await run(parts)).error?.message;
    assert.match((await missing('  permissions: { secrets: ["s"] },\n  run: ({ secrets }) => secrets.get("s"),')) ?? "", /this test has no secret "s"/);
    assert.match((await missing('  permissions: { variables: ["v"] },\n  run: ({ variables }) => variables.get("v"),')) ?? "", /this test has no variable "v"/);
    assert.match(
      (await missing('  permissions: { http: ["https://a.net"] },\n  run: ({ http }) => http.fetch("https://a.net/x"),')) ?? "",
      /no answer for GET https:\/\/a\.net\/x/,
    );
    assert.match((await missing('  permissions: { jobs: ["j"] },\n  run: ({ jobs }) => jobs.run("j"),')) ?? "", /this test has no runbook "j"/);
  });

  it("does no write in a dry run", async () => {
    let ran = 0;
    const parts =
      '  permissions: { machines: { select: "all", actions: ["exec"] } },\n  async run({ machines }) { for (const m of await machines.select()) await m.exec(["x"]); },';
    const job = await run(parts, { dry: true, machines: [{ name: "a", exec: () => ({ exitCode: ++ran }) }] });
    assert.deepEqual([job.status, ran], ["completed", 0]);
    assert.deepEqual(
      job.calls.map(({ op }) => op),
      ["machines.select", "machines.exec"],
    );
  });

  it("keeps the limits of the runbook", async () => {
    const job = await run('  limits: { cpu: "200ms" },\n  run() { for (;;); },');
    assert.equal(job.failureCode, "cpu");
  });

  it("stops when it is told to", async () => {
    const job = await run("  run() { for (;;); },", { signal: AbortSignal.timeout(500) });
    assert.equal(job.status, "stopped");
  });

  it("rejects when the runbook doesn't pass, or its parameters don't", async () => {
    await assert.rejects(run("  run() { } }); import 'node:fs'; void ({"), { code: "CHECK_FAILED", message: /NODE_BUILTIN/ });
    await assert.rejects(run('  limits: { timeout: "x" },\n  run() {},'), { code: "CHECK_FAILED", message: /limits\.timeout/ });
    await assert.rejects(run("  run() {},", { params: { a: 1 } }), { code: "PARAMETERS_INVALID" });
  });
});
