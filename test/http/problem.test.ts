import assert from "node:assert/strict";
import { ERRORS, type ErrorCode, RunwrightError } from "../../engine/core/errors.ts";
import { retryAfter, toCatalogue, toProblem } from "../../engine/http/problem.ts";

const about = { instance: "/api/v1/jobs", requestId: "r-1" };

describe("problems", () => {
  it("carry status, title and code of their row of the catalogue", () => {
    for (const [code, row] of Object.entries(ERRORS)) {
      const problem = toProblem(new RunwrightError(code as ErrorCode, "what to do"), about);
      assert.deepEqual(problem, {
        type: `urn:runwright:error:${code}`,
        title: row.title,
        status: row.status,
        code,
        detail: "what to do",
        instance: "/api/v1/jobs",
        requestId: "r-1",
      });
    }
  });

  it("list fields of parameters and diagnostics of a runbook, and nothing else of an error's details", () => {
    const errorsOf = (details: unknown) => toProblem(new RunwrightError("CHECK_FAILED", "x", { details }), about).errors;
    assert.deepEqual(errorsOf([{ field: "/a", message: "m" }]), [{ field: "/a", message: "m" }]);
    assert.deepEqual(errorsOf({ diagnostics: [{ file: "a.ts" }] }), [{ file: "a.ts" }]);
    assert.equal(errorsOf({ internal: "x" }), undefined);
  });

  it("tell of an unknown member once, by its name", () => {
    const validation = [
      { keyword: "boolean", instancePath: "/spe", message: "schema is false" },
      { keyword: "additionalProperties", instancePath: "", message: "must not have it", params: { additionalProperties: ["spe"] } },
    ];
    const { error } = toCatalogue(Object.assign(new Error("x"), { code: "FST_ERR_VALIDATION", validationContext: "body", validation }));
    assert.deepEqual([error.message, error.details], ["body: body doesn't take spe", [{ field: "", message: "doesn't take spe" }]]);
  });

  it("tell nothing of a mistake of our own but where to look", () => {
    const { error, known } = toCatalogue(new TypeError("cannot read /etc/shadow of undefined"));
    assert.deepEqual([error.code, known], ["INTERNAL", false]);
    assert.ok(!JSON.stringify(toProblem(error, about)).includes("shadow"));
    assert.ok(error.cause instanceof TypeError);
  });

  it("say when to come back where that may help", () => {
    assert.equal(retryAfter(new RunwrightError("RATE_LIMITED", "x", { details: { retryAfterSeconds: 7 } })), 7);
    assert.equal(retryAfter(new RunwrightError("DISK_FULL", "x")), 5);
    assert.equal(retryAfter(new RunwrightError("NOT_FOUND", "x")), undefined);
  });
});
