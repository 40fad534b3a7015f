import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleLine, inspectorClient, sourceLine } from "../debug/inspector-client.ts";
import { eventually } from "../support/eventually.ts";
import { type CommandHome, collect, commandHome, heard } from "./command.ts";

const SOURCE = `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Count",
  parameters: Type.Object({ n: Type.Number({ default: 3 }) }),
  permissions: { variables: ["greeting"] },
  async run({ params, variables, output, log }) {
    let total = 0;
    for (let i = 1; i <= params.n; i++) {
      total += i;
      log(\`now \${total}\`);
    }
    const before = total;
    const greeting = await variables.get("greeting");
    const after = \`\${greeting} \${before}\`;
    output(after);
  },
});
`;

describe("runwright runbook debug", function () {
  this.timeout(60_000);
  let home: CommandHome;
  let engine: Awaited<ReturnType<CommandHome["serve"]>>;
  let file: string;

  before(async () => {
    home = await commandHome();
    engine = await home.serve();
    await home.run(["asset", "set", "greeting", "--variable"], { stdin: "hello" });
    await mkdir(join(home.path, "runbooks"));
    file = join(home.path, "runbooks", "count.ts");
    await writeFile(file, SOURCE);
  });
  after(async () => {
    await engine.stop();
    await home.remove();
  });

  async function begin(...args: string[]) {
    const child = home.start(["runbook", "debug", file, ...args]);
    const said = await heard(child, /Debugger listening on (ws:\S+)/);
    const client = await inspectorClient(/ws:\S+/.exec(said)?.[0] ?? "");
    return { child, ended: collect(child), client };
  }

  it("halts at a line of the TypeScript source in the real sandbox, shows variables, steps over a host call, and goes on to the end", async () => {
    const { client, ended } = await begin();
    await client.enable();
    await client.ask("Debugger.setInstrumentationBreakpoint", { instrumentation: "beforeScriptWithSourceMapExecution" });
    await client.release();
    const atStart = await client.paused();
    const script = await (async () => {
      for (;;) {
        const parsed = await client.next("Debugger.scriptParsed");
        if (parsed.url.endsWith("/count.js")) return parsed;
      }
    })();
    assert.equal(atStart.reason, "instrumentation");
    assert.equal(script.url, `${pathToFileURL(join(home.path, "runbooks")).href}/.runwright/count.js`);
    const source = pathToFileURL(file).href;
    const place = await bundleLine(script.sourceMapURL, source, 13);
    await client.ask("Debugger.setBreakpointByUrl", { url: script.url, ...place });
    await client.ask("Debugger.resume");
    const halted = await client.paused();
    assert.equal(await sourceLine(script.sourceMapURL, halted.callFrames[0]?.location ?? place), `${source}:13`);
    assert.equal(await client.valueOf(halted, "total"), 6);
    await client.ask("Debugger.stepOver");
    const atCall = await client.paused();
    assert.equal(await sourceLine(script.sourceMapURL, atCall.callFrames[0]?.location ?? place), `${source}:14`);
    await client.ask("Debugger.stepOver");
    const afterCall = await client.paused();
    assert.equal(await sourceLine(script.sourceMapURL, afterCall.callFrames[0]?.location ?? place), `${source}:15`);
    assert.equal(await client.valueOf(afterCall, "greeting"), "hello");
    const { result } = await client.ask("Runtime.evaluate", { expression: "40 + 2", returnByValue: true });
    assert.equal(result.value, 42);
    await client.ask("Debugger.resume");
    const { code, stdout, stderr } = await ended;
    assert.match(stdout, /hello 6/);
    assert.equal(code, 0, stderr);
  });

  it("takes one debugger at a time, and no web page", async () => {
    const { client, child, ended } = await begin();
    const url = (await heard(child, /ws:\S+/)).match(/ws:\S+/)?.[0] ?? "";
    await assert.rejects(inspectorClient(url), /409/);
    client.close();
    await ended;
    const next = await begin();
    const address = (await heard(next.child, /ws:\S+/)).match(/ws:\S+/)?.[0] ?? "";
    next.client.close();
    await assert.rejects(inspectorClient(address, { origin: "https://evil.example" }));
    await next.ended;
  });

  it("ends the job when it is killed while the code is halted", async () => {
    const { client, child, ended } = await begin();
    await client.enable();
    await client.ask("Debugger.setInstrumentationBreakpoint", { instrumentation: "beforeScriptWithSourceMapExecution" });
    await client.release();
    await client.paused();
    child.kill("SIGKILL");
    await ended;
    const [job] = await home.json(["job", "list"]);
    assert.equal(job.debug, "run");
    await eventually("the end of the job", async () => (await home.json(["job", "list"]))[0].status === "stopped", 20_000);
  });

  it("refuses a file that doesn't pass its check, and one that there isn't", async () => {
    const broken = join(home.path, "runbooks", "broken.ts");
    await writeFile(broken, "export default 5;\n");
    const { code, stderr } = await home.run(["runbook", "debug", broken]);
    assert.equal(code, 1);
    assert.match(stderr, /CHECK_FAILED/);
    assert.match((await home.run(["runbook", "debug", "none.ts"])).stderr, /NOT_FOUND/);
  });

  describe("runwright job replay", () => {
    it("prints the steps of an ended job and how it ended; with --json one object a line", async () => {
      const failing = join(home.path, "runbooks", "failing.ts");
      await writeFile(failing, SOURCE.replace("output(after);", "throw new Error(`no ${after}`);"));
      assert.equal((await home.run(["runbook", "publish", failing])).code, 0);
      const job = await home.json(["run", "failing", "--wait"]);
      assert.equal(job.status, "failed");
      const { code, stdout, stderr } = await home.run(["job", "replay", job.id]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^ {2}1 {2}variables\.get\(.*greeting.*\) {2}failing\.ts:14:\d+\n {5}recorded: .*hello/m);
      assert.match(stdout, /ended as the job did failed \(error\): Error: no hello 6/);
      const lines = (await home.run(["job", "replay", job.id, "--json"])).stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual([lines[0].op, lines[0].how, lines.at(-1).replayOf, lines.at(-1).status], ["variables.get", "recorded", job.id, "failed"]);
      assert.match((await home.run(["job", "replay", "job_none"])).stderr, /JOB_NOT_FOUND/);
      const refused = await home.run(["job", "replay", "--allow", "variables.set", "--allow", "machines.exce", job.id]);
      assert.match(refused.stderr, /"machines\.exce" isn't a write .*BAD_REQUEST/);
    });
  });
});
