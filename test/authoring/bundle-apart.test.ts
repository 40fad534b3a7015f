import assert from "node:assert/strict";
import { bundleRunbook } from "../../engine/authoring/bundle.ts";
import { createBundlerApart } from "../../engine/authoring/bundle-apart.ts";
import { runbookFolder } from "./runbook-folder.ts";

const HELLO = 'import { runbook } from "runwright";\nexport default runbook({ summary: "x", run() {} });\n';

describe("bundling in a process of its own", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof runbookFolder>>;
  before(async () => {
    folder = await runbookFolder({ "good.ts": HELLO, "bad.ts": `import "node:fs";\n${HELLO}`, "endless.ts": "let a;\n".repeat(60_000) });
  });
  after(() => folder.remove());

  it("gives what bundling here gives", async () => {
    const bundler = createBundlerApart({ timeLimitMs: 30_000 });
    for (const entry of [folder.file("good.ts"), folder.file("bad.ts")]) {
      assert.deepEqual(await bundler.bundle({ entry, confineTo: folder.path }), await bundleRunbook({ entry, confineTo: folder.path }));
    }
    bundler.stop();
  });

  it("ends with its time limit, whatever the source is, and goes on with the next one", async () => {
    const bundler = createBundlerApart({ timeLimitMs: 2_000 });
    const endless = await bundler.bundle({ entry: folder.file("endless.ts") });
    assert.deepEqual([endless.ok, endless.diagnostics[0]?.code], [false, "BUNDLE"]);
    assert.match(endless.diagnostics[0]?.message ?? "", /longer than 2 s/);
    bundler.stop();
  });

  it("rejects when it is stopped or nobody waits any more", async () => {
    const bundler = createBundlerApart({ timeLimitMs: 30_000 });
    const entry = folder.file("endless.ts");
    const leaving = new AbortController();
    const [first, second] = [bundler.bundle({ entry, signal: leaving.signal }), bundler.bundle({ entry })];
    leaving.abort();
    await assert.rejects(first, { name: "AbortError" });
    bundler.stop();
    await assert.rejects(second, /was stopped/);
  });
});
