import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openChecker } from "../../engine/checking.ts";
import { formatDiagnostic } from "../../engine/core/diagnostic.ts";
import { definition, runbookFolder } from "./runbook-folder.ts";

const SAMPLES = join(import.meta.dirname, "..", "..", "runbooks", "samples");

describe("the check of a runbook", () => {
  const checker = openChecker();
  after(() => checker.stop());

  async function check(text: string, more: Record<string, string> = {}) {
    await using folder = await runbookFolder({ "x.ts": text, ...more });
    return await checker.check({ entry: folder.file("x.ts") });
  }
  /** `line:column code` of each diagnostic. */
  const places = (result: Awaited<ReturnType<typeof check>>) => result.diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);

  it("passes the samples without a remark and reads what they declare", async () => {
    const names = (await readdir(SAMPLES)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
    assert.deepEqual(names.sort(), ["hello.ts", "http-check.ts", "missing-updates.ts", "poll-feed.ts", "restart-service.ts", "snapshot.ts"]);
    for (const name of names) {
      const { ok, diagnostics, manifest } = await checker.check({ entry: join(SAMPLES, name) });
      assert.deepEqual([ok, diagnostics.map(formatDiagnostic)], [true, []]);
      assert.ok(manifest && manifest.summary.length > 5);
    }
  });

  it("returns bundle, hash, map, sources and manifest, with limits in numbers and lists in order", async () => {
    const { ok, bundle, bundleHash, sourceMap, sources, manifest } = await checker.check({ entry: join(SAMPLES, "restart-service.ts") });
    assert.ok(ok && bundle && bundleHash && sourceMap && sources);
    assert.deepEqual(manifest?.permissions, {
      machines: { select: "os=linux", actions: ["exec"] },
      http: ["https://status.example.com"],
      secrets: ["status-token"],
    });
    assert.equal(manifest.limits.timeoutMs, 900_000);
    assert.deepEqual(manifest.concurrency, { limit: 1, overflow: "queue", hasKey: true });
    assert.deepEqual(manifest.parameters.required, ["role", "service", "settle"]);
  });

  it("reports type errors and what the bundler finds together, each thing once, sorted by place", async () => {
    const result = await check(
      'import { runbook } from "runwright";\nimport { readFileSync } from "node:fs";\nconst n: number = "x";\nimport "./gone.ts";\nexport default runbook({ summary: "x", run() { readFileSync(n); } });\n',
    );
    assert.equal(result.ok, false);
    assert.equal(result.manifest, undefined);
    assert.deepEqual(places(result), ["2:30 NODE_BUILTIN", "3:7 TS2322", "4:8 NOT_FOUND"]);
  });

  it("reports a runbook that can't be parsed once, in the compiler's words", async () => {
    assert.deepEqual(places(await check('import { runbook } from "runwright";\nexport default runbook({ summary: "x" run() {} });\n')), ["2:39 TS1005"]);
  });

  it("reports a module that exports nothing", async () => {
    assert.deepEqual(places(await check("export const a = 1;\n")), ["1:1 NO_EXPORT"]);
    assert.match((await check("")).diagnostics.map(formatDiagnostic).join("\n"), /^x\.ts:1:1: error \w+: .* write: export default runbook\(\{ \.\.\. \}\)$/);
  });

  it("reports a default export that is no runbook, where it is exported", async () => {
    const { diagnostics } = await check("const a = 1;\n\nexport default { a };\n");
    assert.deepEqual(diagnostics.map(formatDiagnostic), [
      "x.ts:3:1: error IMPORT_FAILED: the default export isn't a runbook; write: export default runbook({ ... })",
    ]);
  });

  it("reports what is thrown at import at its line in the TypeScript source, also in another file", async () => {
    const limit =
      "export interface Limit {\n  max: number;\n}\n\nexport function limitOf(name: string): Limit {\n  throw new RangeError(`no limit is known for ${name}`);\n}\n";
    const { ok, diagnostics } = await check(definition("  run() {},", 'import { limitOf } from "./lib/limit.ts";\nlimitOf("x");'), { "lib/limit.ts": limit });
    assert.equal(ok, false);
    assert.deepEqual(diagnostics.map(formatDiagnostic), ["lib/limit.ts:6:9: error IMPORT_FAILED: RangeError: no limit is known for x"]);
  });

  it("reports something thrown at import that is no error", async () => {
    assert.deepEqual(places(await check(definition("  run() {},", 'if (Date.now() > 0 || true) throw "just a text";'))), ["3:1 IMPORT_FAILED"]);
  });

  it("reports a module that loops at import, and goes on checking others", async () => {
    const looping = await check(definition("  run() {},", "let n = 0;\nwhile (n >= 0) n = (n + 1) % 1_000;"));
    assert.equal(looping.ok, false);
    assert.deepEqual(
      looping.diagnostics.map(({ code, message }) => [code, message]),
      [["IMPORT_LOOPS", "loading the module doesn't end: move the work into run"]],
    );
    assert.equal((await check(definition("  run() {},"))).ok, true);
  });

  it("reports a module that fills its memory at import", async () => {
    const result = await check(definition("  run() {},", "const all: number[][] = [];\nfor (let i = 0; i >= 0; i++) all.push(new Array(1_000_000).fill(i));"));
    assert.deepEqual(
      result.diagnostics.map(({ code }) => code),
      ["IMPORT_MEMORY"],
    );
  });

  it("reports everything that is wrong with permissions, limits and parameters, each at its place", async () => {
    const result = await check(
      definition(`  parameters: Type.Object({
    port: Type.Integer(/* } */),
    name: Type.String({ pattern: "(" }),
  }),
  permissions: {
    machines: { select: "os", actions: ["read", "exec"] },
    http: ["https://a.example.com", "https://*", 'ftp://b.example.com', "https://*.com"],
    secrets: ["fine", "not fine"],
  },
  limits: { timeout: "15 minutes", memoryMb: 99_999 },
  concurrency: { limit: 0, key: (p) => /[}"]/.test(p.name) ? "a" : "b" },
  sharedIsolate: false,
  run() {},`),
    );
    assert.equal(result.ok, false);
    assert.deepEqual(places(result), [
      "7:5 PARAMETERS_INVALID",
      "10:17 PERMISSION_INVALID",
      "11:37 PERMISSION_INVALID",
      "11:50 PERMISSION_INVALID",
      "11:73 PERMISSION_INVALID",
      "12:23 PERMISSION_INVALID",
      "14:13 LIMIT_INVALID",
      "14:36 LIMIT_INVALID",
      "15:18 DEFINITION_INVALID",
    ]);
    assert.match(result.diagnostics.map(({ message }) => message).join("\n"), /selector term "os" must look like/);
  });

  it("reports an unknown action even when the types were silenced", async () => {
    const text = definition('  permissions: { machines: { select: "all", actions: ["fly" as "exec"] } },\n  run() {},');
    const result = await check(text);
    assert.match(
      result.diagnostics.map(formatDiagnostic).join("\n"),
      /x\.ts:5:55: error PERMISSION_INVALID: permissions\.machines\.actions\[0\]: "fly" isn't an action; known are read, exec/,
    );
  });

  it("refuses plain http to other machines, and a default that its own parameter refuses", async () => {
    const text = definition(`  parameters: Type.Object({ count: Type.Integer({ default: "many" }) }),
  permissions: { http: ["http://status.example.com", "http://127.0.0.1:8080"] },
  run: ({ http }) => http.fetch("http://status.example.com"),`);
    assert.deepEqual(places(await check(text)), ["5:29 PARAMETERS_INVALID", "6:25 PERMISSION_INVALID"]);
  });

  it("refuses a default whose check doesn't end, without waiting for it", async () => {
    const text = definition(`  parameters: Type.Object({ text: Type.String({ pattern: "^(a+)+$", default: "${"a".repeat(50)}!" }) }),
  run() {},`);
    const { diagnostics } = await check(text);
    assert.match(diagnostics[0]?.message ?? "", /takes longer than/);
    assert.equal(diagnostics[0]?.code, "PARAMETERS_INVALID");
  });

  it("remarks on permissions that are broad or never used, and passes", async () => {
    const text = definition(`  permissions: {
    machines: { select: "all", actions: ["exec", "tag"] },
    http: ["https://*.example.com", "https://never.example.net"],
    secrets: ["used", "unused"],
    credentials: ["none"],
    connections: ["used-too"],
  },
  async run({ machines, secrets, connections }) {
    await secrets.get("used");
    await connections.get("used-too");
    for (const machine of await machines.select()) await machine.exec(["true"]);
  },`);
    const result = await check(text);
    assert.equal(result.ok, true);
    assert.ok(result.diagnostics.every(({ severity }) => severity === "warning"));
    assert.deepEqual(places(result), [
      "6:17 BROAD_PERMISSION",
      "6:32 UNUSED_PERMISSION",
      "7:12 BROAD_PERMISSION",
      "7:37 UNUSED_PERMISSION",
      "8:23 UNUSED_PERMISSION",
      "9:19 UNUSED_PERMISSION",
    ]);
  });

  it("passes a runbook that declares nothing but its summary", async () => {
    const { ok, manifest } = await check('import { runbook } from "runwright";\nexport default runbook({ summary: "x", run() {} });\n');
    assert.equal(ok, true);
    assert.deepEqual([manifest?.permissions, manifest?.parameters.properties, manifest?.sharedIsolate], [{}, {}, false]);
  });

  it("rejects when the file can't be read or the check is aborted", async () => {
    await assert.rejects(checker.check({ entry: join(SAMPLES, "no-such-runbook.ts") }), { code: "ENOENT" });
    await assert.rejects(checker.check({ entry: join(SAMPLES, "hello.ts"), signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  });
});
