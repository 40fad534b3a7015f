import { code, escaped, list } from "../markdown.ts";
import { triggerLines } from "../triggers/trigger-words.ts";
import { namingCalls } from "./calls.ts";
import { memberAt, pathTo, readDefinitionLiteral } from "./definition.ts";
import type { Hover, HoverParts } from "./hover.ts";
import { permissionWords } from "./permission-words.ts";
import { findRunbook, LONGEST_SOURCE } from "./runbook-file.ts";
import { scan } from "./scan.ts";
import { selectedMachines } from "./selected-machines.ts";

/** What a person should know of a permission or a selector of a runbook, and of what starts it. */
export async function runbookHoverAt(text: string, offset: number, parts: HoverParts): Promise<Hover | undefined> {
  if (text.length > LONGEST_SOURCE || !/["']runwright["']/.test(text)) return undefined;
  const started = await triggersAt(text, offset, parts);
  if (started) return started;
  const tokens = scan(text);
  const definition = readDefinitionLiteral(text, tokens);
  if (!definition) return undefined;
  const granted = memberAt(definition, ["permissions", "machines", "select"])?.value;
  const within = granted?.kind === "string" ? granted.text : undefined;

  const call = namingCalls(tokens).find(({ argument }) => argument && argument.start <= offset && offset <= argument.end);
  if (call?.argument?.kind === "string" && call.names === "selector") {
    const { start, end, text: selector } = call.argument;
    return { start, end, markdown: await selectedMachines(selector, { ...parts, ...(within === undefined ? {} : { within }) }) };
  }

  const found = pathTo(definition, offset);
  const [top, ...path] = found?.path ?? [];
  if (!found || top !== "permissions" || path.length === 0) return undefined;
  const { literal, onKey } = found;
  const words = permissionWords(path, literal.kind === "string" && !onKey ? literal.text : undefined);
  const isSelector = path.join(".") === "machines.select" && literal.kind === "string";
  const machines = isSelector ? await selectedMachines(literal.text, parts) : undefined;
  const markdown = [words, machines].filter(Boolean).join("\n\n");
  if (markdown === "") return undefined;
  const key = memberAt(definition, found.path);
  const { start, end } = onKey && key ? { start: key.keyStart, end: key.keyEnd } : literal;
  return { start, end, markdown };
}

/** Over `export default`, where the lenses are. */
async function triggersAt(text: string, offset: number, { path, triggers, now }: HoverParts): Promise<Hover | undefined> {
  const runbook = path === undefined ? undefined : findRunbook(path, text);
  if (!runbook || !triggers) return undefined;
  const [word = ""] = /^export\s+default(\s+runbook)?/.exec(text.slice(runbook.at, runbook.at + 200)) ?? [];
  const end = runbook.at + word.length;
  if (offset < runbook.at || offset > end) return undefined;
  const known = await triggers.current();
  if (!known) return undefined;
  const lines = triggerLines(known, runbook.name, now).map(escaped);
  const heading =
    known.of(runbook.name).length === 0
      ? `Nothing that can be seen starts ${code(runbook.name)} by itself.`
      : `**What starts ${code(runbook.name)} by itself**`;
  return { start: runbook.at, end, markdown: [heading, list(lines)].filter(Boolean).join("\n\n") };
}
