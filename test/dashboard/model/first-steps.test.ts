import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { firstSteps } from "../../../engine/dashboard/model/first-steps.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FRESH = { jobs: false, machines: false, windows: false };

describe("the first steps", () => {
  it("are those that aren't done", () => {
    assert.deepEqual(
      firstSteps({ ...FRESH, machines: true }).map(({ isDone }) => isDone),
      [false, true, false],
    );
  });

  it("name files that a clone has", async () => {
    const named = firstSteps(FRESH).flatMap(({ commands }) => commands.join(" ").match(/runbooks\/\S+/g) ?? []);
    assert.ok(named.length > 0);
    for (const path of named) await access(join(ROOT, path));
  });
});
