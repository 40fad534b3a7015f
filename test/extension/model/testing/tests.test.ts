import assert from "node:assert/strict";
import { HINDRANCES, testPlaceFor } from "../../../../extension/model/testing/place.ts";
import { selections } from "../../../../extension/model/testing/selection.ts";
import { type FailureMessage, tellRun } from "../../../../extension/model/testing/tell-run.ts";
import { testEventIn } from "../../../../extension/model/testing/test-event.ts";
import { computedFor, isOurTest, testTree } from "../../../../extension/model/testing/test-tree.ts";

const TEXT = `import { describe, it, test } from "node:test";
import { runRunbook } from "runwright/testing";
test("greets", async () => {});
describe("a role", () => {
  it("has machines", () => {});
  for (const n of [1, 2]) it(\`restarts \${n} of them\`, () => {});
  it("has machines", () => {});
});
`;

describe("tests as an editor finds them", () => {
  it("are those of files that import our library", () => {
    assert.equal(isOurTest("/a/greet.test.ts", TEXT), true);
    assert.equal(isOurTest("/a/greet.ts", TEXT), false);
    assert.equal(isOurTest("/a/greet.test.ts", TEXT.replace("runwright/testing", "vitest")), false);
    assert.equal(isOurTest("/a/greet.test.ts", TEXT + " ".repeat(1024 * 1024)), false);
  });

  it("are a tree, in which a name that comes twice is there once", () => {
    const show = (nodes: ReturnType<typeof testTree>["roots"]): unknown[] => nodes.map(({ label, line, children }) => [label, line, ...show(children)]);
    assert.deepEqual(show(testTree(TEXT).roots), [
      ["greets", 3],
      ["a role", 4, ["has machines", 5], ["restarts … of them", 6]],
    ]);
  });

  it("may have a computed name, under which those that run are found", () => {
    const [, suite] = testTree(TEXT).roots;
    assert.equal(computedFor("restarts 2 of them", suite?.children ?? [])?.label, "restarts … of them");
    assert.equal(computedFor("stops 2 of them", suite?.children ?? []), undefined);
  });
});

describe("what is run of what was picked", () => {
  const all = { file: "/a.test.ts" };
  it("is one run of whole files, and one more for each file in parts", () => {
    assert.deepEqual(selections([all, { file: "/b.test.ts" }, { file: "/c.test.ts", path: ["a role", "has machines"] }]), [
      { files: ["/a.test.ts", "/b.test.ts"], words: [] },
      { files: ["/c.test.ts"], words: ["--name", "a role has machines"] },
    ]);
  });
  it("is all of a file of which also a part was picked", () => {
    assert.deepEqual(selections([{ ...all, path: ["greets"] }, all]), [{ files: ["/a.test.ts"], words: [] }]);
  });
  it("asks for computed names by what is known of them", () => {
    assert.deepEqual(selections([{ ...all, path: ["it (re)starts … of 3"], isComputed: true }])[0]?.words, ["--grep", "^it \\(re\\)starts .* of 3"]);
  });
  it("leaves out what was excluded, by naming the rest", () => {
    const names = [
      { ...all, path: ["one"] },
      { ...all, path: ["two"] },
    ];
    assert.deepEqual(
      selections([all], [{ ...all, path: ["two"] }], () => names),
      [{ files: ["/a.test.ts"], words: ["--name", "one"] }],
    );
    assert.deepEqual(selections([all], [all]), []);
  });
});

describe("events of tests", () => {
  it("are passed over where they are none, or not whole, or of a newer runwright", () => {
    for (const line of ["", "hello", "[1]", "null", '{"type":"test"}', '{"type":"test","file":"/a","path":"x","line":1,"result":"passed"}', '{"type":"dance"}'])
      assert.equal(testEventIn(line), undefined, line);
    assert.equal(testEventIn('{"type":"end","ok":true,"passed":1,"failed":0,"more":1}')?.type, "end");
  });

  it("become what is shown: output at the test that is at work, a difference, a place, a sum", () => {
    const seen: unknown[] = [];
    const note =
      (word: string) =>
      (...given: unknown[]) =>
        void seen.push([word, ...given]);
    const messages: FailureMessage[] = [];
    const tell = tellRun({
      began: ({ path }) => note("began")(path.join(" ")),
      passed: ({ path }, ms) => note("passed")(path.join(" "), ms),
      failed: (_, message) => void messages.push(message),
      skipped: ({ path }) => note("skipped")(path.join(" ")),
      broken: (_, message) => void messages.push(message),
      output: (text, about) => note("output")(text, about?.path?.join(" ")),
      coverage: note("coverage"),
      waits: note("waits"),
    });
    const place = { file: "/a.test.ts", line: 3, column: 1 };
    tell({ type: "start", version: 1, files: ["/a.test.ts"] });
    tell({ type: "debugger", file: "/a.test.ts", url: "ws://127.0.0.1:1/x" });
    tell({ type: "debugger", file: "/a.test.ts", url: "ws://127.0.0.1:2/y", runbook: "greet" });
    tell({ type: "began", ...place, path: ["one"] });
    tell({ type: "output", file: "/a.test.ts", stream: "stdout", text: "a\nb\r\n" });
    tell({ type: "began", ...place, path: ["two"] });
    tell({ type: "output", file: "/a.test.ts", stream: "stdout", text: "c" });
    tell({ type: "test", ...place, path: ["one"], result: "passed", durationMs: 4 });
    tell({ type: "test", ...place, path: ["three"], result: "skipped", durationMs: 0, reason: "no such machine" });
    const error = {
      message: "not equal",
      stack: "Error: not equal\n    at x (/a.test.ts:4:5)",
      expected: "1",
      actual: "2",
      file: "/a.test.ts",
      line: 4,
      column: 5,
    };
    tell({ type: "test", ...place, path: ["two"], result: "failed", durationMs: 1, error });
    tell({ type: "broken", file: "/a.test.ts", error: { message: "its process has ended in the middle", stack: "Error: at import" } });
    tell({ type: "end", ok: false, passed: 1, failed: 1, skipped: 1, broken: 1, durationMs: 9 });
    assert.deepEqual(seen, [
      ["waits", "ws://127.0.0.1:1/x", "/a.test.ts", undefined],
      ["waits", "ws://127.0.0.1:2/y", "/a.test.ts", "greet"],
      ["began", "one"],
      ["output", "a\r\nb\r\n", "one"],
      ["began", "two"],
      ["output", "c", undefined],
      ["passed", "one", 4],
      ["skipped", "three"],
      ["output", "skipped: three: no such machine\r\n", "three"],
      ["output", "1 passed, 1 failed, 1 skipped, 1 file broken\r\n", undefined],
    ]);
    assert.deepEqual(messages, [
      {
        text: "not equal\n    at x (/a.test.ts:4:5)",
        compared: { expected: "1", actual: "2" },
        at: { file: "/a.test.ts", line: 4, column: 5 },
      },
      { text: "its process has ended in the middle\nError: at import" },
    ]);
  });
});

describe("where tests run", () => {
  const program = { path: "/node_modules/runwright/runwright.mjs", version: "1.2.3" };
  it("is the workspace's own runwright, and nowhere before somebody trusts it", async () => {
    assert.deepEqual(await testPlaceFor("/a", { isTrusted: true, program: async () => program }), { kind: "workspace", program });
    let asked = 0;
    const untrusted = await testPlaceFor("/a", {
      isTrusted: false,
      program: async () => {
        asked++;
        return program;
      },
    });
    assert.deepEqual([untrusted, asked], [{ kind: "nowhere", why: "untrusted" }, 0]);
    assert.deepEqual(await testPlaceFor("/a", { isTrusted: true, program: async () => undefined }), { kind: "nowhere", why: "notInstalled" });
    assert.match(HINDRANCES.notInstalled.text, /npm install --save-dev runwright/);
  });
});
