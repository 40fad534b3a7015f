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

  describe("in a fake fleet", () => {
    const RESTART = `import { runbook, Type } from "runwright";

export default runbook({
  summary: "Restart",
  parameters: Type.Object({ role: Type.String(), word: Type.String() }),
  permissions: { machines: { select: "all", actions: ["exec"] }, secrets: ["door"] },
  async run({ params, machines, secrets, sleep, log, output }) {
    const key = await secrets.get("door");
    let total = 0;
    for (const machine of await machines.select(\`tag:role=\${params.role}\`)) {
      const { exitCode } = await machine.exec(["systemctl", "restart", "nginx"]);
      total += exitCode === 0 ? 1 : 0;
      await sleep("8h");
    }
    log(\`\${params.word}: \${total} with \${key}\`);
    output(total);
  },
});
`;
    const FLEET = `import type { WorldOf } from "runwright/testing";
export default {
  params: { role: "web", word: "done" },
  secrets: { door: "open-sesame-4711" },
  machines: [{ name: "web-1", tags: { role: "web" } }, { name: "db-1", tags: { role: "db" } }],
} satisfies WorldOf<typeof import("./restart.ts")>;
`;
    let nowhere: CommandHome;
    const inFleet = (...args: string[]) => nowhere.start(["runbook", "debug", "restart.ts", "--fleet", ...args]);

    before(async () => {
      nowhere = await commandHome();
      await writeFile(join(nowhere.path, "restart.ts"), RESTART);
      await writeFile(join(nowhere.path, "restart.fleet.ts"), FLEET);
    });
    after(() => nowhere.remove());

    it("halts in the sandbox, tells each call, reaches the fake machines alone, and lets no time pass", async () => {
      const child = inFleet("-p", "word=it is over");
      const ended = collect(child);
      const client = await inspectorClient(/ws:\S+/.exec(await heard(child, /Debugger listening on (ws:\S+)/))?.[0] ?? "");
      await client.enable();
      await client.ask("Debugger.setInstrumentationBreakpoint", { instrumentation: "beforeScriptWithSourceMapExecution" });
      await client.release();
      await client.paused();
      const script = await (async () => {
        for (;;) {
          const parsed = await client.next("Debugger.scriptParsed");
          if (parsed.url.endsWith("/restart.js")) return parsed;
        }
      })();
      await client.ask("Debugger.setBreakpointByUrl", {
        url: script.url,
        ...(await bundleLine(script.sourceMapURL, pathToFileURL(join(nowhere.path, "restart.ts")).href, 12)),
      });
      await client.ask("Debugger.resume");
      const halted = await client.paused();
      assert.deepEqual([await client.valueOf(halted, "machine.name"), await client.valueOf(halted, "exitCode")], ["web-1", 0]);
      assert.doesNotMatch(JSON.stringify(await client.valueOf(halted, "({ key })")), /sesame/);
      await client.ask("Debugger.resume");
      const { code, stdout, stderr } = await ended;
      assert.equal(code, 0, stderr);
      assert.equal(stdout.split("\n").slice(1).join("\n"), "1\n");
      assert.match(stderr, /3 {2}machines\.exec\(.*"systemctl","restart","nginx".*restart\.ts:11:\d+\n {5}done now[\s\S]*08:00:00 it is over: 1 with \*\*\*/);
      assert.match(stderr, /web-1 was told: systemctl restart nginx\ncompleted\n$/);
      assert.doesNotMatch(stderr, /sesame|db-1 was/);
    });

    it("tells programs each event on a line, records writes only when it is dry, and ends with the debugger", async () => {
      const lines = async (child: ReturnType<typeof inFleet>, act: (client: Awaited<ReturnType<typeof inspectorClient>>) => unknown) => {
        const ended = collect(child);
        await act(await inspectorClient(/ws:[^"]+/.exec(await heard(child, /"type":"listening"/))?.[0] ?? ""));
        const { stdout, code } = await ended;
        return {
          code,
          events: stdout
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
        };
      };
      const dry = await lines(inFleet("restart.fleet.ts", "--dry", "--json"), (client) => client.release());
      assert.deepEqual([...new Set(dry.events.map(({ type }) => type))], ["listening", "step", "entry", "ended"]);
      assert.deepEqual(
        dry.events.filter(({ step }) => step?.how === "withheld").map(({ step }) => step.op),
        ["machines.exec"],
      );
      const { status, commands } = dry.events.at(-1);
      assert.deepEqual([dry.code, status, commands], [0, "completed", []]);
      const left = await lines(inFleet("--json"), (client) => client.close());
      assert.deepEqual([left.code, left.events.at(-1).status], [1, "stopped"]);
    });

    it("tells its address to the program that reads its events, and to nobody else; ends with that program, also before anybody has attached, or by itself", async () => {
      const start = () => inFleet("--json", "--until-stdin-ends");
      const addressOf = async (child: ReturnType<typeof start>) => /ws:[^"]+/.exec(await heard(child, /"type":"listening"/))?.[0] ?? "";
      const [left, done] = [start(), start()];
      const ends = [collect(left), collect(done)] as const;
      const { port } = new URL(await addressOf(left));
      assert.equal((await fetch(`http://127.0.0.1:${port}/json/list`)).status, 404);
      left.stdin?.end();
      assert.equal((await ends[0]).code, 1);
      await (await inspectorClient(await addressOf(done))).release();
      assert.equal((await ends[1]).code, 0);
    });

    it("refuses a fleet that there isn't, and one that is something else, and goes with no machine or version of an engine", async () => {
      await writeFile(join(nowhere.path, "other.fleet.ts"), "export default { machine: [] };\n");
      await writeFile(join(nowhere.path, "thrown.fleet.ts"), 'throw new Error("no fleet today");\n');
      for (const [args, says] of [
        [["none.fleet.ts"], /there is no fake fleet .*none\.fleet\.ts.*NOT_FOUND/],
        [["other.fleet.ts"], /a fake fleet has no "machine"; it has machines, http,.*CHECK_FAILED/],
        [["thrown.fleet.ts"], /no fleet today.*CHECK_FAILED/],
        [["restart.fleet.ts", "--machine", "web-1"], /'--fleet \[file\]' cannot be used with option '--machine <name>'/],
      ] as const) {
        const { code, stderr } = await collect(inFleet(...args));
        assert.match(stderr, says);
        assert.ok(code === 1 || code === 2);
      }
    });
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
