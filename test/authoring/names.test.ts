import assert from "node:assert/strict";
import { runbookNameOf } from "../../engine/authoring/names.ts";
import { isRunbookName } from "../../engine/core/runbook-name.ts";

describe("the name of a runbook", () => {
  it("comes from its file, on every platform", () => {
    assert.equal(runbookNameOf("runbooks/samples/restart-service.ts"), "restart-service");
    assert.equal(runbookNameOf("C:\\runbooks\\hello.mts"), "hello");
    assert.equal(runbookNameOf("9lives.ts"), "9lives");
  });

  it("is refused with words when the file can't be one", () => {
    for (const file of ["hello.js", "hello", "hello.test.ts", "hello.d.ts"])
      assert.throws(() => runbookNameOf(file), { code: "BAD_REQUEST", message: /a runbook is a \.ts file/ });
    for (const file of ["Hello.ts", "-a.ts", "a_b.ts", "a b.ts", `${"a".repeat(64)}.ts`, ".ts"])
      assert.throws(() => runbookNameOf(file), { code: "BAD_REQUEST", message: /lower-case letters/ });
  });

  it("is at most 63 characters", () => {
    assert.deepEqual([isRunbookName("a".repeat(63)), isRunbookName("a".repeat(64)), isRunbookName("")], [true, false, false]);
  });
});
