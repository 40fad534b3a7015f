import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { coverageIn } from "../../engine/authoring/coverage.ts";
import { runbookTemplate } from "../../engine/authoring/templates.ts";
import { testFilesOf } from "../../engine/authoring/test-files.ts";
import { namePattern, runTests, type TestRunOptions } from "../../engine/authoring/test-run.ts";
import { openChecker } from "../../engine/checking.ts";
import type { TestEvent } from "../../engine/protocol/test-events.ts";
import { definition, runbookFolder } from "./runbook-folder.ts";

const RUNBOOKS = join(import.meta.dirname, "..", "..", "runbooks");
const TEST = 'import assert from "node:assert/strict";\nimport { describe, it, test } from "node:test";\n';

async function run(files: readonly string[], options: Partial<TestRunOptions> = {}) {
  const events: TestEvent[] = [];
  const { ok } = await runTests({ files, env: { PATH: process.env.PATH }, timeoutMs: 60_000, tell: (event) => events.push(event), ...options });
  const of = <Type extends TestEvent["type"]>(type: Type) => events.filter((event): event is Extract<TestEvent, { type: Type }> => event.type === type);
  return { ok, events, of, names: of("test").map(({ path, result }) => `${result} ${path.join(" > ")}`) };
}

describe("tests of runbooks", () => {
  // What gate.ts asks of people is there to be switched on by whoever copies it.
  it("pass for all runbooks of this repository, which they run line by line but for few", async function () {
    this.timeout(300_000); // each file has a process and a runner of its own
    const files = await testFilesOf(RUNBOOKS);
    const runbooks = (await readdir(RUNBOOKS, { recursive: true })).filter((path) => path.endsWith(".test.ts"));
    assert.equal(files.length, runbooks.length);
    await using folder = await runbookFolder({});
    const { ok, events, of } = await run(files, { coverage: folder.path });
    assert.ok(
      ok,
      JSON.stringify(
        events.filter((event) => event.type === "broken" || (event.type === "test" && event.result === "failed")),
        null,
        1,
      ),
    );
    assert.ok(of("test").length > 70);
    const coverage = await coverageIn(folder.path);
    const poor = coverage
      .filter(({ file, covered, total }) => covered / total < 0.8 && !file.endsWith("gate.ts"))
      .map(({ file, covered, total }) => `${relative(RUNBOOKS, file)} ${covered}/${total}`);
    assert.deepEqual(poor, []);
    assert.ok(coverage.length > files.length, "also what runbooks import");
  });

  it("pass for a runbook made from the template, in a folder where nothing is installed; and it passes its check", async () => {
    await using folder = await runbookFolder(Object.fromEntries(runbookTemplate("first-one").map(({ path, text }) => [path, text])));
    const checker = openChecker();
    try {
      const { ok, diagnostics } = await checker.check({ entry: folder.file("first-one.ts") });
      assert.deepEqual([ok, diagnostics], [true, []]);
    } finally {
      await checker.stop();
    }
    const { ok, events, names } = await run(await testFilesOf(folder.file("first-one.ts")));
    assert.ok(ok, JSON.stringify(events));
    assert.match(names[0] ?? "", /first-one greets/);
  });

  it("tell each result with its place, name and time, and of a failure what was expected", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": `${TEST}test("two is three", () => assert.deepEqual({ b: [2], a: 1 }, { a: 1, b: [3] }));
describe("a suite", () => {
  it("passes", () => console.log("said"));
  it("is left out", { skip: "why" }, () => {});
  it("throws", () => { throw new TypeError("no"); });
});
`,
    });
    const file = folder.file("a.test.ts");
    const { ok, events, of, names } = await run([file]);
    assert.equal(ok, false);
    assert.deepEqual(names, ["failed two is three", "passed a suite > passes", "skipped a suite > is left out", "failed a suite > throws"]);
    const [first, , left, last] = of("test");
    assert.deepEqual([first?.file, first?.line, first?.column], [file, 3, 1]);
    const { expected, actual, line, code } = first?.error ?? {};
    assert.deepEqual([line, code], [3, "ERR_ASSERTION"]);
    assert.deepEqual(
      [JSON.parse(expected ?? ""), JSON.parse(actual ?? "")],
      [
        { a: 1, b: [3] },
        { a: 1, b: [2] },
      ],
    );
    assert.deepEqual([left?.reason, last?.error?.message, last?.error?.file, last?.error?.line], ["why", "no", file, 7]);
    assert.ok((last?.durationMs ?? -1) >= 0 && !/node:internal/.test(last?.error?.stack ?? ""));
    assert.deepEqual(
      of("began").map(({ path }) => path.join(" > ")),
      names.map((name) => name.replace(/^\w+ /, "")),
    );
    assert.ok(of("output").some(({ stream, text }) => stream === "stdout" && text.includes("said")));
    assert.deepEqual([events[0]?.type, events.at(-1)?.type], ["start", "end"]);
    assert.deepEqual(
      of("end").map(({ passed, failed, skipped, broken }) => [passed, failed, skipped, broken]),
      [[1, 2, 1, 0]],
    );
  });

  it("are chosen by name: one, a whole suite, by pattern; and none is a failure", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": `${TEST}describe("s (1)", () => { it("one", () => {}); it("one more", () => {}); });\ntest("one", () => {});\n`,
    });
    const chosen = async (...only: RegExp[]) => (await run([folder.file("a.test.ts")], { only })).names;
    assert.deepEqual(await chosen(namePattern("s (1) one")), ["passed s (1) > one"]);
    assert.deepEqual(await chosen(namePattern("s (1)")), ["passed s (1) > one", "passed s (1) > one more"]);
    // A name alone is also that of a test in a suite: Node looks for both.
    assert.deepEqual(await chosen(/more$/, namePattern("one")), ["passed s (1) > one", "passed s (1) > one more", "passed one"]);
    const none = await run([folder.file("a.test.ts")], { only: [namePattern("two")] });
    assert.deepEqual([none.ok, none.names], [false, []]);
  });

  it("say of a file that throws at import where it did, and go on with the others", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": `${TEST}\nconst nothing = undefined as unknown as { x: number };\nnothing.x;\n`,
      "b.test.ts": `${TEST}test("b", () => {});\n`,
      "c.test.ts": 'import "./gone.ts";\n',
    });
    const { ok, of, names } = await run(["a", "b", "c"].map((name) => folder.file(`${name}.test.ts`)));
    assert.deepEqual([ok, names], [false, ["passed b"]]);
    const broken = of("broken").sort((a, b) => (a.file < b.file ? -1 : 1));
    assert.deepEqual(
      broken.map(({ file, error }) => [relative(folder.path, file), error.line, error.message.slice(0, 40)]),
      [
        ["a.test.ts", 5, "TypeError: Cannot read properties of und"],
        ["c.test.ts", undefined, broken[1]?.error.message.slice(0, 40)],
      ],
    );
    assert.match(broken[1]?.error.message ?? "", /gone\.ts/);
  });

  it("end a test that never ends, a loop that nothing interrupts, and what was left open, also when it prints", async function () {
    this.timeout(60_000);
    await using folder = await runbookFolder({
      "loop.test.ts": `${TEST}test("before", () => {});\ntest("loops", () => { for (;;); });\n`,
      "open.test.ts": `${TEST}test("leaves a timer", () => void setInterval(() => {}, 1000));\n`,
      "prints.test.ts": `${TEST}test("prints on", () => void setInterval(() => console.log("still here"), 100));\n`,
      "never.test.ts": `${TEST}test("never", () => new Promise((resolve) => setTimeout(resolve, 5_000)));\ntest("after", () => {});\n`,
    });
    const limits = { timeoutMs: 1_500, graceMs: 2_500 };
    const results = await run(
      ["loop", "open", "prints", "never"].map((name) => folder.file(`${name}.test.ts`)),
      limits,
    );
    assert.equal(results.ok, false);
    assert.deepEqual(
      results.names.sort(),
      ["failed never", "passed after", "passed leaves a timer", "passed prints on", ...results.names.filter((name) => name === "passed before")].sort(),
    );
    assert.match(results.of("test").find(({ path }) => path[0] === "never")?.error?.message ?? "", /hasn't ended in time/);
    const why = Object.fromEntries(results.of("broken").map(({ file, error }) => [relative(folder.path, file), error.message]));
    assert.match(why["loop.test.ts"] ?? "", /for 4 s no test has begun or ended, so its process was ended/);
    for (const file of ["open.test.ts", "prints.test.ts"]) {
      assert.match(why[file] ?? "", /its tests are over, and something that they have left open keeps it alive/);
    }
  });

  it("fail when they end before their job, and don't keep its runner", async () => {
    await using folder = await runbookFolder({
      "x.ts": definition('  async run({ sleep }) { await sleep("1h"); },'),
      "x.test.ts": `${TEST}import { fakeClock, loadRunbook } from "runwright/testing";
const x = loadRunbook<typeof import("./x.ts")>(new URL("./x.ts", import.meta.url));
test("leaves its clock", async () => { await x.start({ clock: fakeClock() }); });
test("goes on", async () => assert.equal((await x.run()).status, "completed"));
void [describe, it];
`,
    });
    const { names, of } = await run([folder.file("x.test.ts")]);
    assert.deepEqual(names, ["failed leaves its clock", "passed goes on"]);
    assert.match(of("test")[0]?.error?.message ?? "", /the test has ended before its job, which waits for sleep: await its end, move its clock/);
  });

  it("end with their process, also one that handles the signal and lives on", async () => {
    await using folder = await runbookFolder({
      "a.test.ts": `${TEST}process.on("SIGTERM", () => {});\ntest("loops", () => { console.log("pid " + process.pid); for (;;); });\n`,
      "b.test.ts": `${TEST}process.on("SIGTERM", () => {});\ntest("stays", () => { console.log("pid " + process.pid); setInterval(() => {}, 1000); });\n`,
    });
    const { ok, of } = await run([folder.file("a.test.ts"), folder.file("b.test.ts")], { timeoutMs: 1_000, graceMs: 2_000 });
    const told = of("output").flatMap(({ text }) => /pid (\d+)/.exec(text)?.[1] ?? []);
    assert.deepEqual([ok, of("broken").length], [false, 2]);
    assert.ok(told.length > 0, "output of a loop may never be seen, that of the other is");
    for (const pid of told) assert.throws(() => process.kill(Number(pid), 0), { code: "ESRCH" });
  });

  it("end when they are aborted", async () => {
    await using folder = await runbookFolder({ "a.test.ts": `${TEST}test("for ever", () => new Promise(() => setInterval(() => {}, 1000)));\n` });
    await assert.rejects(run([folder.file("a.test.ts")], { signal: AbortSignal.timeout(1_000) }), { name: "TimeoutError" });
  });

  it("wait for a debugger where one is asked for", async () => {
    await using folder = await runbookFolder({ "a.test.ts": `${TEST}test("a", () => {});\n` });
    const abort = new AbortController();
    const events: TestEvent[] = [];
    const tell = (event: TestEvent) => {
      events.push(event);
      if (event.type === "debugger") abort.abort(new Error("it waits"));
    };
    await assert.rejects(run([folder.file("a.test.ts")], { tell, inspect: 0, signal: abort.signal }), /it waits/);
    const found = events.find((event) => event.type === "debugger");
    assert.match(found?.url ?? "", /^ws:\/\/127\.0\.0\.1:\d+\//);
  });

  it("are found beside a runbook, below a folder, or by name", async () => {
    await using folder = await runbookFolder({ "a.ts": "", "a.test.ts": "", "b/c.test.mts": "", "b/node_modules/x.test.ts": "", "lonely.ts": "" });
    const names = async (path: string) => (await testFilesOf(join(folder.path, path))).map((file) => relative(folder.path, file));
    assert.deepEqual(await names("a.ts"), ["a.test.ts"]);
    assert.deepEqual(await names("a.test.ts"), ["a.test.ts"]);
    assert.deepEqual(await names("."), ["a.test.ts", join("b", "c.test.mts")]);
    await assert.rejects(testFilesOf(folder.file("lonely.ts")), { code: "NOT_FOUND", message: /there is no lonely\.test\.ts/ });
    await assert.rejects(testFilesOf(folder.file("gone.ts")), { code: "NOT_FOUND" });
  });

  it("aren't written for a name that no runbook can have", () => {
    assert.throws(() => runbookTemplate("../evil"), { code: "BAD_REQUEST" });
  });
});

describe("coverage of a runbook", () => {
  const RUNBOOK = `import { runbook, Type } from "runwright";
import { twice } from "./part.ts";

interface Row {
  n: number;
}

export default runbook({
  summary: "Test",
  parameters: Type.Object({ n: Type.Number() }),
  run({ params, output }) {
    const row: Row = { n: twice(params.n) };
    if (row.n > 10) {
      output("large");
    } else output("small");
    return row.n > 100 ? output("very") : undefined;
  },
});
`;
  const PART = `export function twice(n: number): number {
  return n * 2;
}

export function never(): string {
  return "never";
}
export const arrow = () => never();
`;
  const tests = (numbers: number[]) => `${TEST}import { runRunbook } from "runwright/testing";
${numbers.map((n) => `test("${n}", async () => { await runRunbook(new URL("./x.ts", import.meta.url), { params: { n: ${n} } }); });`).join("\n")}
void [assert, describe, it];
`;
  async function covered(files: Record<string, string>) {
    await using folder = await runbookFolder({ "x.ts": RUNBOOK, "part.ts": PART, ...files });
    await using found = await runbookFolder({});
    const { ok, events } = await run(Object.keys(files).map(folder.file), { coverage: found.path });
    assert.ok(ok, JSON.stringify(events));
    return Object.fromEntries((await coverageIn(found.path)).map(({ file, lines }) => [relative(folder.path, file), lines]));
  }
  const counts = (lines: readonly { line: number; count: number; isPartial?: true }[] = []) =>
    lines.map(({ line, count, isPartial }) => `${line}:${count}${isPartial ? "?" : ""}`).join(" ");

  it("counts lines of the author's TypeScript, also of what it imports, and knows what was never run", async () => {
    const { "x.ts": x, "part.ts": part } = await covered({ "x.test.ts": tests([1]) });
    assert.equal(counts(x), "8:1 9:1 10:1 11:1 12:1 13:1 14:0 15:1 16:1?");
    assert.equal(counts(part), "1:1 2:1");
  });

  it("adds up the tests of a file, and of several files", async () => {
    const { "x.ts": x } = await covered({ "x.test.ts": tests([1, 2, 30]), "y.test.ts": tests([60]) });
    assert.equal(counts(x?.filter(({ line }) => line >= 13)), "13:4 14:2 15:2 16:4");
  });
});
