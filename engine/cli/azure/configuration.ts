import type { HookPoint } from "../../core/deploy/spec.ts";
import { RUNBOOK_NAME } from "../../core/runbook-name.ts";
import type { Choice } from "./choice.ts";
import type { Findings } from "./findings.ts";
import type { HookTask } from "./shapes.ts";
import type { Group, TagUse } from "./targets.ts";
import type { Timing } from "./timing.ts";

/** A configuration of Azure's in what both of its kinds have in common. */
export interface Configuration {
  name: string;
  /** For people: where it comes from. */
  origin: string;
  description: string;
  isEnabled: boolean;
  timing: Timing;
  choices: Choice[];
  groups: Group[];
  hooks: ImportedHook[];
}

/** A pre- or post-task: its runbook must be written anew. */
export interface ImportedHook {
  at: Extract<HookPoint, "before" | "after">;
  /** As a runbook of ours may be called. */
  runbook: string;
  source: string;
}

/** @param at JSON Pointer to the task */
export function hooksOf(tasks: readonly { task: HookTask | undefined; at: string; point: ImportedHook["at"] }[], findings: Findings): ImportedHook[] {
  return tasks.flatMap(({ task, at, point }) => {
    if (task?.source === undefined || task.source === "") return [];
    const runbook = runbookName(task.source);
    const parameters = Object.keys(task.parameters ?? {});
    const given = parameters.length === 0 ? "" : `; of its parameters it is given none (${parameters.join(", ")}), but deployment, window and at`;
    findings.wider(at, `the runbook ${task.source} must be written anew, as ${runbook}${given}; then take the # from the hook`);
    return [{ at: point, runbook, source: task.source }];
  });
}

function runbookName(source: string): string {
  const name = source
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63);
  return RUNBOOK_NAME.test(name) ? name : "from-azure";
}

/** Tags that selectors go by are set at the engine, by people. */
export function tellTags({ used, renamed }: TagUse, at: string, findings: Findings): void {
  if (used.size === 0) return;
  const renames = [...renamed].map(([from, to]) => `"${from}" is ${to} here`);
  findings.differs(at, `goes by tags that must be set here: ${[...used].sort().join(", ")}${renames.length === 0 ? "" : ` (${renames.join(", ")})`}`);
}

/** A list in one text, as Azure Automation writes classifications. */
export const wordsOf = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
