import { readDefinition } from "../core/definition.ts";
import { MAX_JSON_DEPTH, nestsTooDeep } from "../core/json.ts";
import type { Extraction } from "../core/run.ts";

/** Validates what a bundle declares and fills in the defaults. @param text JSON that guest code made: nothing about it is trusted */
export function manifestOf(text: string): Extraction {
  const refused = (message: string): Extraction => ({ ok: false, failureCode: "rejected", error: { name: "ManifestError", message } });
  if (nestsTooDeep(text)) return refused(`what the runbook declares nests deeper than ${MAX_JSON_DEPTH} levels`);
  let declared: unknown;
  try {
    declared = JSON.parse(text);
  } catch {
    return refused("what the runbook declares isn't JSON");
  }
  const reading = readDefinition(declared);
  if (reading.ok) return reading;
  const message = reading.problems.map((problem) => `${problem.path} ${problem.message}`.trim()).join("; ");
  return { ok: false, failureCode: "rejected", error: { name: "ManifestError", message }, problems: reading.problems };
}
