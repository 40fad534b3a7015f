import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as RunnerCodeModule from "../../engine/sandbox/runner-code.ts";
import { runnerCode } from "../../engine/sandbox/runner-code.ts";
import type * as SandboxModule from "../../engine/sandbox/sandbox.ts";
import type { Cut } from "./guards.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What the sandbox is made of, and the command's own printing. */
const PARTS = ["core", "protocol", "sandbox", "store", "cli", "sdk", "package.json"];

export interface Weakened {
  createSandbox: typeof SandboxModule.createSandbox;
  /** A module of the copy, such as `cli/terminal.ts`. */
  load<Module>(file: string): Promise<Module>;
  remove(): void;
}

/** Puts `owned-runner.ts` in the place of the runner's program. */
const OWNED_MAIN = "sandbox/runner/main.ts";

/**
 * A copy of the engine without one of its guards.
 * @param runner `owned`: guest code owns the process
 * @throws Error: a cut finds nothing, or more than one place: the guard was changed, and its cut must be too
 */
export async function weakened(cuts: readonly Cut[], runner: "honest" | "owned" = "honest"): Promise<Weakened> {
  const folder = mkdtempSync(join(tmpdir(), "runwright-weakened-"));
  const engine = join(folder, "engine");
  mkdirSync(engine);
  for (const part of PARTS) cpSync(join(ROOT, "engine", part), join(engine, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  if (runner === "owned")
    writeFileSync(join(engine, OWNED_MAIN), readFileSync(join(import.meta.dirname, "owned-runner.ts"), "utf8").replaceAll("../../engine/", "../../"));
  for (const { file, find, put } of cuts) {
    const text = readFileSync(join(engine, file), "utf8");
    if (text.split(find).length !== 2) throw new Error(`"${find}" isn't in engine/${file} exactly once`);
    writeFileSync(
      join(engine, file),
      text.replace(find, () => put),
    );
  }
  const load = <Module>(file: string): Promise<Module> => import(join(engine, file));
  const { createSandbox } = await load<typeof SandboxModule>("sandbox/sandbox.ts");
  const { entry } = (await load<typeof RunnerCodeModule>("sandbox/runner-code.ts")).runnerCode();
  return {
    createSandbox,
    load,
    remove() {
      // A runner without a guard isn't left lying beside the real one.
      if (entry !== runnerCode().entry) rmSync(entry, { force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
