import assert from "node:assert/strict";
import { JOURNAL_FORMAT } from "../../engine/core/journal.ts";
import { RUNTIME } from "../../engine/jobs/runtime.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import { commandHome } from "../cli/command.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { alter } from "./alter.ts";
import { startEngineProcess } from "./engine-process.ts";

const NEWER = JOURNAL_FORMAT + 1;
describe("an engine that finds jobs of newer code", function () {
  this.timeout(60_000);

  it("warns in /readyz, refuses to resume them, and shows the runtime of each job", async () => {
    await using directory = await temporaryDirectory();
    let engine = await startEngineProcess(directory.path, { RUNWRIGHT_RUNNERS: "1" });
    const home = await commandHome();
    try {
      await engine.publish("naps", "async ({ output, sleep }) => { output(1); await sleep('1h'); }");
      await engine.publish("broken", "async () => { throw new Error('no') }");
      const queued = await engine.run("naps");
      const failed = await engine.end((await engine.run("broken")).id);
      assert.equal(failed.runtime, RUNTIME);
      await engine.untilOutput(queued.id, 1);
      await engine.stop();
      assert.equal(alter(directory.path, "update jobs set journalFormat = ?, status = 'queued', wakeAt = null", NEWER), 2);
      alter(directory.path, "update jobs set status = 'failed' where id = ?", failed.id);

      engine = await startEngineProcess(directory.path, { RUNWRIGHT_RUNNERS: "1" });
      const readiness = await engine.request<{ warnings: string[] }>("GET", "/readyz");
      assert.equal(readiness.status, 200);
      assert.ok(
        readiness.body.warnings.includes("queued jobs that a newer engine has begun, and this one can't go on with: 1; upgrade it, or start a newer one"),
      );
      const env = { RUNWRIGHT_URL: engine.url, RUNWRIGHT_TOKEN: engine.token };
      const resumed = await home.run(["job", "resume", failed.id], { env });
      assert.equal(resumed.code, 1);
      assert.match(resumed.stderr, /has format \d+, this engine knows \d+; upgrade it, or ask a newer engine/);
      const shown = await home.run(["job", "show", failed.id], { env });
      assert.match(shown.stdout, new RegExp(`runtime +${RUNTIME.replaceAll(".", "\\.")}`));
      const { body } = await engine.request<Job>("POST", `/api/v1/jobs/${queued.id}/stop`);
      assert.equal(body.status, "stopped");
    } finally {
      await engine.kill();
      await home.remove();
    }
  });
});
