import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MadeRunbook } from "../../../engine/cli/resources/runbook-document.ts";
import type { Plan } from "../../../engine/protocol/http/plan.ts";
import { shaped } from "../client/shape.ts";
import { answerOf } from "./program.ts";
import type { RunWords } from "./publishing.ts";

export const PLAN = { hash: "string", changes: "array", unchanged: "number" } as const;
const MADE = { bundle: "string", bundleHash: "string", sourceMap: "string?", sources: "array" } as const;
const PLANNED = [0, 3];

/** @returns the plan, and as it was saved, bundles and all: applying that does exactly this @throws what the check of the files says */
export function savedPlanOf(path: string, run: RunWords): Promise<{ plan: Plan; saved: string }> {
  return withPlanFile(async (file) => {
    const plan = shaped<Plan>(answerOf(await run(["plan", "-f", path, "-o", file, "--json"]), PLANNED), PLAN, "plan");
    return { plan, saved: await readFile(file, "utf8") };
  });
}

/** @throws PLAN_CHANGED when something else has changed in between */
export function applyPlan(saved: string, run: RunWords): Promise<Plan> {
  return withPlanFile(async (file) => {
    await writeFile(file, saved, { mode: 0o600 });
    return shaped<Plan>(answerOf(await run(["apply", file, "--json"])), PLAN, "plan");
  });
}

/** What a saved plan would publish under a name. */
export function madeIn(saved: string, name: string): MadeRunbook {
  const { documents } = Object(Object(JSON.parse(saved)).apply);
  const document = Array.isArray(documents) ? documents.find((one) => Object(one).kind === "Runbook" && one.name === name) : undefined;
  const { bundle, bundleHash, sourceMap, sources } = shaped<MadeRunbook>(document, MADE, `${name} of the saved plan`);
  return { bundle, bundleHash, sourceMap, sources };
}

/** The program takes and gives plans as files; none stays behind. */
async function withPlanFile<Result>(act: (file: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "runwright-plan-"));
  try {
    return await act(join(folder, "plan.json"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
