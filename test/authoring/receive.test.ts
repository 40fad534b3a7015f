import assert from "node:assert/strict";
import { bundleHashOf, bundleRunbook, MAX_BUNDLE_BYTES } from "../../engine/authoring/bundle.ts";
import { createReceiver, type UploadedRunbook } from "../../engine/authoring/receive.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { loadingSandbox } from "./real-sandbox.ts";
import { definition, runbookFolder } from "./runbook-folder.ts";

describe("a runbook that a client sends", () => {
  const sandbox = loadingSandbox();
  const receiver = createReceiver({ extractor: sandbox });
  let good: UploadedRunbook;

  before(async () => {
    good = await uploadOf(definition('  permissions: { secrets: ["token"] },\n  run: ({ secrets }) => secrets.get("token"),'));
  });
  after(() => sandbox.stop());

  async function uploadOf(text: string): Promise<UploadedRunbook> {
    await using folder = await runbookFolder({ "x.ts": text });
    const result = await bundleRunbook({ entry: folder.file("x.ts") });
    assert.ok(result.ok);
    return { name: "x", ...result.bundle };
  }
  const withBundle = (bundle: string): UploadedRunbook => ({ ...good, bundle, bundleHash: bundleHashOf(bundle) });
  const refusedWith = (upload: UploadedRunbook, code: string, message: RegExp) =>
    assert.rejects(receiver.receive(upload), (error: unknown) => {
      assert.ok(isRunwrightError(error), String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });

  it("is accepted with the manifest of its bundle", async () => {
    const { manifest, diagnostics, bundleHash, sources, name } = await receiver.receive(good);
    assert.deepEqual(manifest.permissions, { secrets: ["token"] });
    assert.deepEqual([diagnostics, bundleHash, name], [[], good.bundleHash, "x"]);
    assert.deepEqual(sources, good.sources);
  });

  it("has the permissions that its bundle declares, whatever its source says", async () => {
    const bundle = good.bundle.replace('secrets: ["token"]', 'secrets: ["token", "root-password"]');
    const { manifest } = await receiver.receive(withBundle(bundle));
    assert.deepEqual(manifest.permissions.secrets, ["root-password", "token"]);
  });

  it("is refused when it was changed on its way", async () => {
    await refusedWith({ ...good, bundle: `${good.bundle} ` }, "BAD_REQUEST", /doesn't match its hash/);
    await refusedWith({ ...good, bundleHash: "0".repeat(64) }, "BAD_REQUEST", /doesn't match its hash/);
  });

  it("is refused when it is too large, before anything is run", async () => {
    await refusedWith(withBundle(" ".repeat(MAX_BUNDLE_BYTES + 1)), "TOO_LARGE", /the bundle has 5242881 bytes; at most 5242880/);
    await refusedWith({ ...good, sources: [{ path: "x.ts", text: "é".repeat(3_000_000) }] }, "TOO_LARGE", /the source has 6000000 bytes/);
    await refusedWith({ ...good, sourceMap: "x".repeat(21_000_000) }, "TOO_LARGE", /source map/);
    const many = Array.from({ length: 1_001 }, (_, i) => ({ path: `${i}.ts`, text: "" }));
    await refusedWith({ ...good, sources: many }, "TOO_LARGE", /1001 source files/);
  });

  it("is refused when its bundle throws, loops, or isn't a runbook", async () => {
    await refusedWith(withBundle("throw new Error('at once')"), "CHECK_FAILED", /at once/);
    await refusedWith(withBundle("for (;;);"), "CHECK_FAILED", /IMPORT_LOOPS/);
    await refusedWith(withBundle("globalThis.__runbook = { default: 1 };"), "CHECK_FAILED", /isn't a runbook/);
    await refusedWith(withBundle("this is no JavaScript"), "CHECK_FAILED", /SyntaxError/);
    await refusedWith(withBundle(good.bundle.replace('secrets: ["token"]', 'secrets: ["no name"]')), "CHECK_FAILED", /"no name" isn't the name of a secret/);
  });

  it("comes back with diagnostics for programs when its check fails", async () => {
    const upload = await uploadOf(definition('  limits: { timeout: "soon" },\n  run() {},'));
    await assert.rejects(receiver.receive(upload), (error: unknown) => {
      assert.ok(isRunwrightError(error, "CHECK_FAILED"));
      const { diagnostics } = error.details as { diagnostics: { file: string; line: number; column: number; code: string }[] };
      assert.deepEqual(
        diagnostics.map(({ file, line, column, code }) => [file, line, column, code]),
        [["x.ts", 5, 13, "LIMIT_INVALID"]],
      );
      return true;
    });
  });

  it("is refused with a name, a path or a map that isn't one", async () => {
    await refusedWith({ ...good, name: "Not A Name" }, "BAD_REQUEST", /lower-case letters/);
    for (const path of ["/etc/passwd", "a/../b.ts", "a//b.ts", "C:/x.ts", "a\\b.ts", "", "a\n.ts", "./x.ts"]) {
      await refusedWith({ ...good, sources: [{ path, text: "" }] }, "BAD_REQUEST", /source path .* must be relative/);
    }
    await refusedWith({ ...good, sources: [] }, "BAD_REQUEST", /sources are missing/);
    await refusedWith({ ...good, sources: [...good.sources, ...good.sources] }, "BAD_REQUEST", /same path/);
    await refusedWith({ ...good, sourceMap: "{}" }, "BAD_REQUEST", /source map isn't one/);
    await refusedWith({ ...good, sourceMap: "not json" }, "BAD_REQUEST", /source map isn't one/);
  });

  it("may lack a map and may share files with runbooks in other folders", async () => {
    const shared = { path: "../../shared/a.ts", text: "" };
    const { sources, sourceMap } = await receiver.receive({ ...good, sourceMap: null, sources: [...good.sources, shared] });
    assert.deepEqual(sources.at(-1), shared);
    assert.equal(sourceMap, null);
  });
});
