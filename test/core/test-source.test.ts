import assert from "node:assert/strict";
import { testsIn } from "../../engine/core/test-source.ts";

const found = (text: string) =>
  testsIn(text).tests.map(
    ({ path, line, column, endLine, isComputed }) => `${line}:${column}-${endLine} ${path.join(" > ")}${isComputed ? " (computed)" : ""}`,
  );

describe("tests found by reading a file", () => {
  it("have their place, and their suites", () => {
    const text = `import { describe, it, test } from "node:test";
test("first", () => {
  const a = { b: [1] };
});
describe("outer", () => {
  describe.only('inner', () => {
    it("deep", async () => {});
  });
  it.skip("flat", () => {});
});
test<void>("last", { timeout: 5 }, () => {});
`;
    assert.deepEqual(found(text), ["2:1-4 first", "5:1-10 outer", "6:3-8 outer > inner", "7:5-7 outer > inner > deep", "9:3-9 outer > flat", "11:1-11 last"]);
  });

  it("aren't taken for what is in comments, texts, templates, expressions, or called otherwise", () => {
    const text = [
      '// test("comment", () => {})',
      '/* test("block", () => {}) */',
      `const a = 'test("text", () => {})', b = \`test("template", () => {}) \${nested(\`}\`)}\`;`,
      "const c = /test(\"regex\", [)}]\\/)/.test(a) ? 4 / 2 / 1 : x.test('method');",
      'const mytest = (x) => x; mytest("other"); $test("dollar"); test(name, () => {});',
      'return /"/; test("real", () => {});',
    ];
    assert.deepEqual(found(text.join("\n")), ["6:13-6 real"]);
  });

  it("have their names as they are when they run, as far as that can be read", () => {
    const text =
      "test('it\\'s \\u00e9 \\x41 \\u{1F600}', f); test(\"a\\nb\", f); for (const n of [1]) test(`case ${n + `}`} of ${m}`, f); test('a ' + b, f); test(`plain`, f);";
    assert.deepEqual(
      testsIn(text).tests.map(({ path, isComputed }) => [path[0], isComputed]),
      [
        ["it's é A 😀", false],
        ["a\nb", false],
        ["case … of …", true],
        ["a …", true],
        ["plain", false],
      ],
    );
  });

  it("are found in what isn't finished, and in little time in what is long", () => {
    assert.deepEqual(found('describe("open", () => { test("half'), ["1:1-1 open"]);
    assert.deepEqual(found('test("a", () => { `${'), ["1:1-1 a"]);
    for (const piece of ["`${", "/*", "(", "test(", '"', "\\", "/["]) assert.deepEqual(found(piece.repeat(20_000)), []);
    assert.equal(found('test("x", () => { expect([1]); });\n'.repeat(5_000)).length, 5_000);
  });

  it("are left out where a file has more of them, deeper or with longer names than anybody writes, and that is told", () => {
    const cut = (text: string) => {
      const { tests, isCut } = testsIn(text);
      assert.ok(isCut);
      return tests.length;
    };
    assert.equal(cut('describe("a", () => {\n'.repeat(45_000)), 50);
    assert.equal(cut('test("a", f);\n'.repeat(70_000)), 5_000);
    assert.equal(cut(`describe("${"n".repeat(900)}", () => {\n`.repeat(1_000)), 4);
    assert.equal(cut(`test("${"n".repeat(1_000)}", f); test("b", f);`), 1);
    assert.equal(cut(`${'test("a", f);'.repeat(5_001)}${"\n".repeat(900_000)}`), 5_000);
    assert.equal(cut("test(`${".repeat(100_000)), 0);
    assert.equal(testsIn('test("a", f);\n'.repeat(5_000)).isCut, false);
  });
});
