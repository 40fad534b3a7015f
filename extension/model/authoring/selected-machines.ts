import { isRunwrightError } from "../../../engine/core/errors.ts";
import { parseSelector } from "../../../engine/core/selector.ts";
import type { Machine } from "../../../engine/protocol/http/machines.ts";
import { code, escaped, list } from "../markdown.ts";
import type { EngineAccess } from "./engine-access.ts";

const SHOWN = 10;
const MOST = 500;

/** What is wrong with a selector, in words; undefined: nothing. */
export function selectorProblem(text: string): string | undefined {
  try {
    parseSelector(text);
    return undefined;
  } catch (error) {
    if (isRunwrightError(error, "SELECTOR_INVALID")) return error.message;
    throw error;
  }
}

/**
 * Which machines a selector matches now, as Markdown.
 * @param within another selector that must match as well: what a runbook was granted
 */
export async function selectedMachines(
  selector: string,
  { engine, within, signal }: { engine: EngineAccess; within?: string; signal?: AbortSignal },
): Promise<string> {
  const problem = selectorProblem(selector);
  if (problem !== undefined) return escaped(problem);
  const address = engine.address();
  const where = address === undefined ? "the engine" : code(address);
  const client = await engine.client();
  if (!client) return "Sign in to an engine to see the machines that this selects; in Restricted Mode none is asked.";
  const both = within === undefined || within.trim() === "all" ? selector : selector.trim() === "all" ? within : `${selector} ${within}`;
  try {
    const { items, next } = await client.page<Pick<Machine, "name" | "state">>(
      { path: "/api/v1/machines", what: "machine", shape: { name: "string", state: "string" } },
      { query: { selector: both }, limit: MOST, signal },
    );
    if (items.length === 0) return `**No machine** matches now, on ${where}.`;
    const away = items.filter(({ state }) => state !== "online").length;
    const many = `${items.length}${next === null ? "" : " or more"}`;
    const shown = items.slice(0, SHOWN).map(({ name, state }) => `${code(name)}${state === "online" ? "" : ` ${escaped(state)}`}`);
    const rest = items.length - SHOWN;
    const more = rest > 0 || next !== null ? [`… ${next === null ? `and ${rest} more` : "and more"}`] : [];
    const head = `**${many} ${items.length === 1 ? "machine" : "machines"}** now${away === 0 ? "" : `, ${away} of them not online`}, on ${where}`;
    return `${head}\n\n${list([...shown, ...more])}`;
  } catch (error) {
    if (isRunwrightError(error)) return `The machines can't be looked up: ${escaped(error.message)}`;
    throw error;
  }
}
