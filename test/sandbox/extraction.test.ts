import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import type { Extraction } from "../../engine/core/run.ts";
import { bundleOfModule, createRig, type Rig } from "./rig.ts";

const runbook = (fields: string) => `export default { kind: "runwright.runbook", definition: { summary: "subject", run() {}, ${fields} } };`;

describe("extraction", () => {
  let rig: Rig;
  before(() => {
    rig = createRig();
  });
  after(() => rig.stop());

  const extract = (source: string): Promise<Extraction> => rig.sandbox.extract(bundleOfModule(source));
  const refusal = async (source: string) => {
    const extraction = await extract(source);
    assert.ok(!extraction.ok, JSON.stringify(extraction));
    return extraction;
  };

  it("reads what a runbook declares, with defaults", async () => {
    const extraction = await extract(
      runbook(
        `parameters: { type: "object", properties: { role: { type: "string" } } }, permissions: { http: ["https://b.example.com", "https://a.example.com", "https://b.example.com"], machines: { select: "os=linux", actions: ["exec"] } }, limits: { timeout: "1h30m", memoryMb: 128 }, concurrency: { limit: 2, key: (p) => p.role }`,
      ),
    );
    assert.ok(extraction.ok, JSON.stringify(extraction));
    assert.deepEqual(extraction.manifest, {
      summary: "subject",
      parameters: { type: "object", properties: { role: { type: "string" } } },
      permissions: { http: ["https://a.example.com", "https://b.example.com"], machines: { select: "os=linux", actions: ["exec"] } },
      limits: { ...DEFAULT_LIMITS, timeoutMs: 5_400_000, memoryMb: 128 },
      concurrency: { limit: 2, overflow: "queue", hasKey: true },
      sharedIsolate: false,
    });
  });

  const broken: [what: string, source: string, failureCode: string, message: RegExp][] = [
    ["exports nothing", "const a = 1; console.log(a);", "error", /no default export/],
    ["exports something else", "export default { summary: 'x' };", "error", /isn't a runbook/],
    ["has no run", `export default { kind: "runwright.runbook", definition: { summary: "x" } };`, "error", /no function `run`/],
    ["loops when it is loaded", "for (;;) {} export default 1;", "cpu", /CPU/],
    ["eats memory when it is loaded", "const all = []; for (;;) all.push(new Array(1_000_000).fill(1.5)); export default 1;", "memory", /MB/],
    ["calls a host function when it is loaded", "(globalThis as any).fetch('x'); export default 1;", "error", /fetch/],
    ["floods the log when it is loaded", "for (;;) console.log('x'.repeat(1000)); export default 1;", "output_limit", /bytes/],
    ["waits when it is loaded", `await new Promise(() => {}); export default 1;`, "error", /./],
    ["has no summary", runbook(`summary: ""`), "rejected", /summary/],
    ["declares a limit beyond the maximum", runbook(`limits: { memoryMb: 99999 }`), "rejected", /memoryMb/],
    ["declares a duration that is none", runbook(`limits: { timeout: "soon" }`), "rejected", /soon/],
    ["declares an unknown permission", runbook(`permissions: { everything: true }`), "rejected", /everything/],
    ["declares every host", runbook(`permissions: { http: ["https://*"] }`), "rejected", /every address/],
    ["declares a selector that is none", runbook(`permissions: { machines: { select: "colour=red", actions: [] } }`), "rejected", /colour/],
    ["has parameters that are no object schema", runbook(`parameters: { type: "string" }`), "rejected", /parameters/],
    ["declares what is no JSON", runbook(`parameters: (() => { const a: any = { type: "object" }; a.a = a; return a; })()`), "error", /circular/i],
    ["lies through a getter", `export default { kind: "runwright.runbook", get definition() { throw new Error("surprise"); } };`, "error", /surprise/],
  ];
  for (const [what, source, failureCode, message] of broken) {
    it(`says what is wrong with a runbook that ${what}`, async () => {
      const bundle = what.startsWith("waits")
        ? { bundle: "var __runbook = (async () => { await new Promise(() => {}); })();", bundleHash: "waits", sourceMap: null }
        : bundleOfModule(source);
      const extraction = await rig.sandbox.extract(bundle);
      assert.ok(!extraction.ok, JSON.stringify(extraction));
      assert.equal(extraction.failureCode, failureCode, extraction.error.message);
      assert.match(extraction.error.message, message);
    });
  }

  it("shows the TypeScript position of what throws when it is loaded", async () => {
    const { error } = await refusal(`const a: number = 1;\n\nif (a) throw new RangeError("at import");\nexport default 1;`);
    assert.equal(error.name, "RangeError");
    assert.match(error.stack ?? "", /runbooks\/subject\.ts:3:\d+/);
  });

  it("says that a bundle is no JavaScript", async () => {
    const extraction = await rig.sandbox.extract({ bundle: "this is }{ no program", bundleHash: "x", sourceMap: null });
    assert.ok(!extraction.ok);
    assert.equal(extraction.error.name, "SyntaxError");
  });

  it("goes on after all of that", async () => {
    assert.ok((await extract(runbook(""))).ok);
  });
});
