import assert from "node:assert/strict";
import { readFleet } from "../../engine/testing/fleet-file.ts";
import { testedRunbook } from "../../engine/testing/run-runbook.ts";
import { definition, runbookFolder } from "../authoring/runbook-folder.ts";
import { type InspectorClient, inspectorClient } from "../debug/inspector-client.ts";

const SLEEPS = `  async run({ sleep, output }) {
    let hours = 0;
    await sleep("1h");
    hours += 1;
    debugger;
    await sleep("1h");
    output(hours + 1);
  },`;

describe("a job of a test that somebody debugs", () => {
  /** @param visit what the debugger of each attempt does, from when its code is let go */
  async function debugged(world: object, visit: (client: InspectorClient, url: string) => Promise<void>) {
    await using folder = await runbookFolder({ "x.ts": definition(SLEEPS) });
    const visits: Promise<void>[] = [];
    const come = async (url: string) => {
      const client = await inspectorClient(url);
      await client.enable();
      await client.release();
      await visit(client, url);
    };
    const runbook = testedRunbook(folder.file("x.ts"), { port: 0, isListed: false, onListening: (url) => void visits.push(come(url)) });
    const job = await runbook.run(world);
    await Promise.all(visits);
    return { job, attempts: visits.length };
  }

  it("lets no job time pass while its code is halted, and ends its debugger's session with it", async () => {
    const { job, attempts } = await debugged({ now: "2026-01-01T00:00Z" }, async (client) => {
      const halted = await client.paused();
      assert.deepEqual([await client.valueOf(halted, "hours"), await client.valueOf(halted, "Date.now()")], [1, Date.UTC(2026, 0, 1, 1)]);
      await client.ask("Debugger.resume");
      await client.closed;
    });
    assert.deepEqual([job.status, job.outputs, job.endedAt, attempts], ["completed", [2], Date.UTC(2026, 0, 1, 2), 1]);
  });

  it("is stopped when its debugger leaves while it is halted", async () => {
    const { job } = await debugged({}, async (client) => {
      await client.paused();
      client.close();
    });
    assert.deepEqual([job.status, job.outputs], ["stopped", []]);
  });

  it("waits for a debugger in each of its attempts", async () => {
    const { job, attempts } = await debugged({ interrupted: true }, async (client) => {
      await Promise.race([
        client.closed,
        client.paused().then(
          () => client.ask("Debugger.resume"),
          () => {},
        ),
      ]);
      await client.closed;
    });
    assert.deepEqual([job.status, job.outputs, attempts], ["completed", [2], 3]);
  });
});

describe("the file of a fake fleet", () => {
  it("gives a world as tests do, and what it can't give is refused by name", async () => {
    await using folder = await runbookFolder({
      "a.fleet.ts": 'import { later } from "runwright/testing";\nexport default { machines: [{ name: "web-1" }], events: { built: [later("1h", {})] } };\n',
      "b.fleet.ts": "export default [];\n",
      "c.fleet.ts": 'export default { machines: [], clock: "2026-01-01" };\n',
      "d.fleet.ts": "export const fleet = {};\n",
    });
    assert.deepEqual(Object.keys(await readFleet(folder.file("a.fleet.ts"))), ["machines", "events"]);
    for (const [name, says] of [
      ["b", /has no fake fleet/],
      ["c", /a fake fleet has no "clock"/],
      ["d", /has no fake fleet/],
      ["e", /can't be loaded/],
    ] as const)
      await assert.rejects(readFleet(folder.file(`${name}.fleet.ts`)), says);
  });
});
