import assert from "node:assert/strict";
import { argvIn, commandProblem, outcomeOf } from "../../../engine/dashboard/model/command-outcome.ts";
import { missingCounts } from "../../../engine/dashboard/model/missing-counts.ts";
import { rowsOfTags, tagProblems, tagsOf } from "../../../engine/dashboard/model/tags-text.ts";

describe("what a machine misses", () => {
  const COUNTS: readonly (readonly [counts: Record<string, number>, missing: readonly [number, number, number]])[] = [
    [{}, [0, 0, 0]],
    [{ security: 2, critical: 1, other: 4, held: 2, phased: 1 }, [6, 3, 2]],
    [{ phased: 3 }, [0, 0, 0]],
  ];
  for (const [counts, wanted] of COUNTS)
    it(`by ${JSON.stringify(counts)} is ${wanted}: all that is offered, security, held`, () => {
      const { missing, security, held } = missingCounts({ counts });
      assert.deepEqual([missing, security, held], wanted);
    });
});

describe("a form of tags", () => {
  it("says what is wrong with a row", () => {
    const rows = [
      { key: "role", value: "web" },
      { key: "a b", value: "" },
      { key: "role", value: "db" },
      { key: "x", value: "v".repeat(257) },
      { key: "", value: "v" },
      { key: "", value: "" },
    ];
    assert.deepEqual(
      tagProblems(rows).map((one) => one !== undefined),
      [false, true, true, true, true, false],
    );
  });
  it("keeps tags as they are", () => {
    const tags = { role: "web", env: "", "a.b": "x=y" };
    assert.deepEqual(tagsOf([...rowsOfTags(tags), { key: "", value: "" }]), tags);
  });
});

describe("what came of a command", () => {
  const RESULT = {
    exitCode: 1,
    signal: null,
    stdout: "a",
    stderr: "b",
    stdoutTruncated: false,
    stderrTruncated: true,
    timedOut: false,
    cancelled: false,
    durationMs: 5,
  };
  it("is told of a program that ended", () => {
    assert.deepEqual(outcomeOf({ action: "exec", status: "completed", result: { status: "completed", value: RESULT } }), {
      exitCode: 1,
      signal: null,
      stdout: "a",
      stderr: "b",
      isCut: true,
      timedOut: false,
      durationMs: 5,
    });
  });
  it("isn't told while it runs, of other actions, or of a result of another shape", () => {
    assert.equal(outcomeOf({ action: "exec", status: "acknowledged", result: null }), undefined);
    assert.equal(outcomeOf({ action: "assess", status: "completed", result: { status: "completed", value: RESULT } }), undefined);
    assert.deepEqual(outcomeOf({ action: "exec", status: "completed", result: { status: "completed", value: { exitCode: "0", signal: 9 } } }), {
      exitCode: null,
      signal: null,
      stdout: "",
      stderr: "",
      isCut: false,
      timedOut: false,
      durationMs: null,
    });
  });
  it("is a problem with the agent's words where it failed", () => {
    const problem = commandProblem({ status: "failed", result: { status: "failed", error: { code: "EXEC_FAILED", message: "no such file" } } });
    assert.deepEqual([problem?.code, problem?.message], ["EXEC_FAILED", "no such file"]);
    assert.equal(commandProblem({ status: "expired", result: null })?.code, "EXPIRED");
    for (const status of ["queued", "sent", "acknowledged", "completed"] as const) assert.equal(commandProblem({ status, result: null }), undefined);
  });
  it("begins with arguments, if it is told which", () => {
    assert.deepEqual([argvIn({ argv: ["a", 1, "b"] }), argvIn({ refresh: true }), argvIn(null), argvIn("x")], [["a", "b"], undefined, undefined, undefined]);
  });
});
