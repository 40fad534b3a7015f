import { requireRunbookName } from "./names.ts";

/** A file to write, path relative to the folder of runbooks. */
export interface TemplateFile {
  path: string;
  text: string;
}

/**
 * What `runwright runbook new NAME` writes: a runbook that passes its check and a test that passes.
 * @throws BAD_REQUEST when the name can't be a runbook's
 */
export function runbookTemplate(name: string): TemplateFile[] {
  requireRunbookName(name);
  return [
    { path: `${name}.ts`, text: RUNBOOK.replaceAll("NAME", name) },
    { path: `${name}.test.ts`, text: TEST.replaceAll("NAME", name) },
  ];
}

const RUNBOOK = `/**
 * What it does, for whom, and what must be there before.
 *
 *     runwright runbook check NAME.ts
 *     runwright runbook test NAME.ts
 *     runwright runbook publish NAME.ts
 *     runwright run NAME -p name=Ada --follow
 */
import { runbook, Type } from "runwright";

export default runbook({
  summary: "Greet someone",
  parameters: Type.Object({
    name: Type.String({ default: "world", minLength: 1, description: "Who is greeted" }),
  }),
  // What it may do; everything else is refused:
  // permissions: { machines: { select: "os=linux", actions: ["exec"] }, http: ["https://api.example.com"], secrets: ["api-token"] },
  limits: { timeout: "5m" },
  async run({ params, log, output }) {
    log(\`Hello, \${params.name}\`);
    output({ greeted: params.name });
  },
});
`;

const TEST = `import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRunbook } from "runwright/testing";

const runbook = loadRunbook<typeof import("./NAME.ts")>(new URL("./NAME.ts", import.meta.url));

test("NAME greets", async () => {
  const job = await runbook.run({ params: { name: "Ada" } });
  assert.equal(job.status, "completed");
  assert.deepEqual(job.outputs, [{ greeted: "Ada" }]);
});
`;
