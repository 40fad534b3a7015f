import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTypeChecker, parseDiagnostics } from "../../engine/authoring/typecheck.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const fixture = (name: string) => join(import.meta.dirname, "fixtures", name);

describe("the type check of runbooks", () => {
  const checker = createTypeChecker();
  after(() => checker.stop());

  it("accepts a runbook that uses exactly what it declares", async () => {
    assert.deepEqual(await checker.check({ entry: fixture("allowed.ts") }), []);
  });

  it("accepts the fixture in which each line that asks for more is expected to be an error", async () => {
    assert.deepEqual(await checker.check({ entry: fixture("denied.ts") }), []);
  });

  it("reports exactly those lines when nothing expects the errors", async () => {
    await using folder = await temporaryDirectory();
    const text = await readFile(fixture("denied.ts"), "utf8");
    const expected = text.split("\n").flatMap((line, i) => (line.includes("// @ts-expect-error") ? [i + 2] : []));
    await writeFile(join(folder.path, "denied.ts"), text.replaceAll("// @ts-expect-error", "// error"));
    const found = await checker.check({ entry: join(folder.path, "denied.ts") });
    assert.deepEqual([...new Set(found.map(({ line }) => line))], expected);
    assert.ok(expected.length >= 20);
    assert.ok(found.every(({ file, severity, code, column }) => file === "denied.ts" && severity === "error" && /^TS\d+$/.test(code) && column > 1));
  });

  it("says where an undeclared secret is asked for", async () => {
    await using folder = await temporaryDirectory();
    const entry = join(folder.path, "ask.ts");
    await writeFile(
      entry,
      'import { runbook } from "runwright";\nexport default runbook({\n  summary: "x",\n  permissions: { secrets: ["mine"] },\n  async run({ secrets }) {\n    await secrets.get("yours");\n  },\n});\n',
    );
    const [diagnostic, ...others] = await checker.check({ entry });
    assert.deepEqual(others, []);
    assert.deepEqual(diagnostic, {
      file: "ask.ts",
      line: 6,
      column: 23,
      code: "TS2345",
      severity: "error",
      message: "Argument of type '\"yours\"' is not assignable to parameter of type '\"mine\"'.",
    });
  });

  it("knows nothing of Node's globals and says so, but knows those of the sandbox", async () => {
    await using folder = await temporaryDirectory();
    const entry = join(folder.path, "node.ts");
    await writeFile(entry, "export const home = process.env.HOME;\nsetTimeout(() => {}, 1);\nexport const text = new TextEncoder().encode(atob('aGk='));\n");
    const found = await checker.check({ entry });
    assert.deepEqual(
      found.map(({ line }) => line),
      [1, 2],
    );
    assert.match(found[0]?.message ?? "", /the sandbox has none of Node's globals/i);
  });

  it("takes no options from a tsconfig.json nearby", async () => {
    await using folder = await temporaryDirectory();
    await writeFile(join(folder.path, "tsconfig.json"), '{ "compilerOptions": { "strict": false } }');
    const entry = join(folder.path, "loose.ts");
    await writeFile(entry, "export const twice = (n) => n * 2;\n");
    assert.deepEqual(
      (await checker.check({ entry })).map(({ code }) => code),
      ["TS7006"],
    );
  });

  it("ends the compiler when the check is aborted, also while it waits for its turn", async () => {
    const busy = createTypeChecker({ processes: 1 });
    const abort = new AbortController();
    const first = busy.check({ entry: fixture("allowed.ts"), signal: abort.signal });
    const second = busy.check({ entry: fixture("allowed.ts"), signal: abort.signal });
    abort.abort(new Error("enough"));
    const reasons = (await Promise.allSettled([first, second])).map((end) => (end.status === "rejected" ? (end.reason as Error).message : end.status));
    assert.deepEqual(reasons, ["enough", "enough"]);
    assert.deepEqual(await busy.check({ entry: fixture("allowed.ts") }), [], "the turn was given back");
    busy.stop();
    await assert.rejects(busy.check({ entry: fixture("allowed.ts") }), /stopped/);
  });

  it("gives up after its time limit and says so", async () => {
    const impatient = createTypeChecker({ timeLimitMs: 1 });
    const [diagnostic] = await impatient.check({ entry: fixture("allowed.ts") });
    assert.equal(diagnostic?.code, "TYPE_CHECK_TIMEOUT");
    impatient.stop();
  });

  it("reads the compiler's lines: continued messages, paths with brackets, problems without a file", () => {
    const output = "a (1).ts(3,14): error TS2322: First\n  Second\nerror TS18003: No inputs\nb.ts(1,2): error TS1005: ';' expected.\n";
    assert.deepEqual(
      parseDiagnostics(output, "entry.ts").map(({ file, line, column, code, message }) => [file, line, column, code, message]),
      [
        ["a (1).ts", 3, 14, "TS2322", "First\n  Second"],
        ["b.ts", 1, 2, "TS1005", "';' expected."],
        ["entry.ts", 1, 1, "TS18003", "No inputs"],
      ],
    );
  });
});
