import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { loadRunbook } from "../../engine/testing.ts";
import { definition, runbookFolder } from "../authoring/runbook-folder.ts";
import { run, withRunbook } from "./tested.ts";

const EATS = "  run() { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); },";

describe("the sandbox of tests", () => {
  it("keeps the real limits, and goes on with the next job after one that broke its runner", async () => {
    assert.equal((await run(EATS)).failureCode, "memory");
    assert.equal((await run('  limits: { cpu: "200ms" },\n  run() { for (;;); },')).failureCode, "cpu");
    assert.equal((await run("  limits: { hostCalls: 2 },\n  async run({ sleep }) { for (;;) await sleep(1); },")).failureCode, "host_calls");
    assert.deepEqual((await run("  run: ({ output }) => output(1),")).outputs, [1]);
  });

  it("takes a job up again, from its journal, when another one has ended their runner", () =>
    withRunbook('  async run({ sleep, output, waitFor }) { output(1); await sleep("1m"); await waitFor("go"); output(Math.random()); },', async (patient) => {
      const job = await patient.start();
      await job.clock.advance("2m");
      assert.equal((await run(EATS)).failureCode, "memory");
      await job.publish("go");
      const ended = await job.ended;
      const alone = await patient.run({ events: { go: [null] } });
      assert.deepEqual([ended.status, ended.outputs], ["completed", alone.outputs]);
      assert.equal(ended.calls.length, 2, "each call was made once");
    }));

  it("sees a runbook anew when one of its files has changed", async () => {
    const parts = (n: number) => `export const n: number = ${n};\n`;
    await using folder = await runbookFolder({
      "x.ts": definition("  run: ({ output }) => output(n),", 'import { n } from "./part.ts";'),
      "part.ts": parts(1),
    });
    const runbook = loadRunbook(folder.file("x.ts"));
    assert.deepEqual((await runbook.run()).outputs, [1]);
    await writeFile(folder.file("part.ts"), parts(22));
    assert.deepEqual((await runbook.run()).outputs, [22]);
  });

  it("is typed by the runbook: what it doesn't declare, and what is misspelt, is an error in the editor", () => {
    const restart = loadRunbook<typeof import("../../runbooks/samples/restart-service.ts")>(
      new URL("../../runbooks/samples/restart-service.ts", import.meta.url),
    );
    const never = () => [
      restart.run({ params: { role: "web" }, secrets: { "status-token": "x" }, http: {} }),
      // @ts-expect-error: a parameter that isn't one
      restart.run({ params: { rôle: "web" } }),
      // @ts-expect-error: of another type
      restart.run({ params: { role: 1 } }),
      // @ts-expect-error: a secret that isn't declared
      restart.run({ secrets: { "status-tokn": "x" } }),
      // @ts-expect-error: it declares no variable
      restart.run({ variables: { any: 1 } }),
    ];
    assert.equal(typeof never, "function");
  });
});
