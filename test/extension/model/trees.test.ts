import assert from "node:assert/strict";
import { type SignedIn, signedIn } from "./engine.ts";

describe("the tree views, with a real engine", function () {
  this.timeout(60_000);
  let here: SignedIn;
  beforeEach(async () => {
    here = await signedIn();
  });
  afterEach(() => here.stop());

  it("show runbooks with their versions, and jobs with their status", async () => {
    await here.publish("hello", "async ({ log }) => { log('hi'); }");
    await here.publish("hello", "async ({ log }) => { log('hi there'); }");
    const { body: job } = await here.engine.ask("POST", "/api/v1/runbooks/hello/jobs?wait=30s", { body: {} });
    const { tree } = here.trees["runwright.runbooks"];
    const [runbook] = await tree.rows();
    assert.equal(runbook?.label, "hello");
    assert.equal(runbook.description, "v2");
    assert.deepEqual(
      (await tree.rows(runbook)).map(({ label, is }) => [label, ...is]),
      [
        ["Version 2", "version", "latest", "hasBefore"],
        ["Version 1", "version", "earlier"],
      ],
    );
    const [row] = await here.trees["runwright.jobs"].tree.rows();
    assert.ok(row);
    assert.equal(row.id, job.id);
    assert.match(row.description ?? "", /^v2 · completed · /);
    assert.ok(row.is.includes("retryable") && !row.is.includes("stoppable"));
  });
});
