import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandHome, collect, commandHome, heard } from "./command.ts";

const RUNBOOK = `import { runbook } from "runwright";
export default runbook({ summary: "Test", run({ output }) { output({ a: 1 }); } });
`;
const TEST = `import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { loadRunbook, matchJournal } from "runwright/testing";
const x = loadRunbook<typeof import("./x.ts")>(new URL("./x.ts", import.meta.url));
describe("x", () => {
  it("does what its journal says", async () => matchJournal(await x.run(), new URL("./x.journal.yaml", import.meta.url)));
  it("outputs two", async () => assert.deepEqual((await x.run()).outputs, [{ a: 2 }]));
});
test("passes", () => {});
`;

describe("runwright runbook test", () => {
  let home: CommandHome;
  const run = (...args: string[]) => home.run(["runbook", "test", ...args]);

  before(async () => {
    home = await commandHome();
    await writeFile(join(home.path, "x.ts"), RUNBOOK);
    await writeFile(join(home.path, "x.test.ts"), TEST);
  });
  after(() => home.remove());

  it("shows what passes and fails, with a difference and the place, and ends with 1", async () => {
    const { code, stdout } = await run("x.ts");
    assert.equal(code, 1);
    assert.match(stdout, /✔ passes \(\d+ ms\)/);
    assert.match(stdout, /✘ x › does what its journal says\n {2}x\.test\.ts:6:\d+\n {2}there is no x\.journal\.yaml yet/);
    assert.match(stdout, /✘ x › outputs two\n {2}x\.test\.ts:7:\d+[\s\S]*-.*"a": 2[\s\S]*\+.*"a": 1/);
    assert.match(stdout, /1 passed, 2 failed, 0 skipped/);
  });

  it("writes golden files when it is told to, and ends with 0 when all that is chosen passes", async () => {
    assert.equal((await run("--grep", "journal", "--update")).code, 0);
    const { code, stdout } = await run("x.test.ts", "--name", "x does what its journal says", "--name", "passes", "--coverage");
    assert.equal(code, 0);
    assert.match(stdout, /100 % x\.ts \(\d of \d lines\)[\s\S]*2 passed, 0 failed, 0 skipped/);
  });

  it("runs again when a source is saved, while it watches, and ends when it is told to", async () => {
    const child = home.start(["runbook", "test", "x.test.ts", "--name", "passes", "--name", "x outputs two", "--watch"]);
    const ended = collect(child);
    await heard(child, /1 passed, 1 failed[\s\S]*Waiting until something is saved/);
    await writeFile(join(home.path, "x.ts"), RUNBOOK.replace("a: 1", "a: 2"));
    await heard(child, /2 passed, 0 failed[\s\S]*Waiting until something is saved/);
    child.kill("SIGINT");
    const { code } = await ended;
    await writeFile(join(home.path, "x.ts"), RUNBOOK);
    assert.ok(code === 0 || code === 130, String(code));
  });

  it("lists tests without running them", async () => {
    assert.equal((await run("--list")).stdout, "x.test.ts:5 x\nx.test.ts:6   does what its journal says\nx.test.ts:7   outputs two\nx.test.ts:9 passes\n");
    const rows = (await run("--list", "--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const place = { file: join(home.path, "x.test.ts"), line: 6, column: 3, endLine: 6 };
    assert.deepEqual(rows[1], { ...place, path: ["x", "does what its journal says"], kind: "test", isComputed: false });
  });

  it("tells programs each event on a line, and nothing else", async () => {
    const { stdout, code } = await run("--reporter", "json", "--coverage");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const types = events.map(({ type }) => type);
    assert.deepEqual([code, types[0], types.at(-2), types.at(-1)], [1, "start", "coverage", "end"]);
    assert.equal(types.filter((type) => type === "test").length, 3);
  });

  it("leaves no process that waits for a debugger behind when the program that reads its events is killed", async () => {
    const child = home.start(["runbook", "test", "--inspect", "0", "--inspect-runbooks", "--reporter", "json", "--until-stdin-ends"]);
    const ended = collect(child);
    const url = /ws:[^"]+/.exec(await heard(child, /"type":"debugger".*\n/))?.[0] ?? "";
    // Whoever can attach does in that process what its user can.
    const listed = await fetch(new URL("/json/list", url.replace("ws:", "http:"))).then(
      (answer) => answer.text(),
      () => "",
    );
    assert.doesNotMatch(listed, /ws:/);
    child.stdin?.end();
    assert.equal((await ended).code, 1);
    await assert.rejects(fetch(url.replace("ws:", "http:")));
  });

  it("says what is wrong with what it is asked for", async () => {
    const cases: [string[], number, RegExp][] = [
      [["gone.ts"], 1, /there is no file or folder/],
      [["--grep", "("], 2, /Unterminated group/],
      [["--name", " "], 2, /isn't empty/],
      [["--reporter", "xml"], 2, /one of text, json/],
      [["--timeout", "soon"], 2, /must look like/],
      [["--inspect", "99999"], 2, /whole number from 0 to 65535/],
      [["--name", "nobody"], 1, /^$/],
    ];
    for (const [args, code, what] of cases) {
      const ended = await run(...args);
      assert.equal(ended.code, code, args.join(" "));
      assert.match(ended.stderr, what);
    }
  });
});
