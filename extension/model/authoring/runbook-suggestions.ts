import { MACHINE_ACTIONS } from "../../../engine/core/manifest.ts";
import { namingCalls } from "./calls.ts";
import { type Literal, memberAt, pathTo, readDefinitionLiteral } from "./definition.ts";
import { type KnownNames, NAME_KINDS, type NameKind } from "./known-names.ts";
import { permissionWords } from "./permission-words.ts";
import { LONGEST_SOURCE } from "./runbook-file.ts";
import { scan } from "./scan.ts";
import { selectorSuggestions } from "./selector-suggestions.ts";
import type { Suggestion } from "./suggestion.ts";

/** Members of `permissions` that list names. */
const LISTS: Readonly<Record<string, NameKind>> = {
  secrets: "secrets",
  credentials: "credentials",
  certificates: "certificates",
  connections: "connections",
  variables: "variables",
  setVariables: "variables",
  jobs: "runbooks",
};

/** What can be written in the text under the cursor of a runbook: names that exist on the engine. What the SDK's types know, TypeScript completes. */
export async function runbookSuggestionsAt(text: string, offset: number, names: KnownNames): Promise<Suggestion[]> {
  if (text.length > LONGEST_SOURCE || !/["']runwright["']/.test(text)) return [];
  const tokens = scan(text);
  const at = tokens.find(({ kind, start, end }) => (kind === "string" || kind === "template") && start < offset && (offset < end || isOpen(text, start, end)));
  if (!at) return [];
  const place = { start: at.start + 1, end: isOpen(text, at.start, at.end) ? at.end : at.end - 1 };
  const definition = readDefinitionLiteral(text, tokens);
  const call = namingCalls(tokens).find(({ argument }) => argument === at);
  if (call) return await ofCall(call.names, call.permission, { text, offset, place, definition, names });
  const found = definition && pathTo(definition, offset);
  return found && found.path[0] === "permissions" ? await ofPermission(found.path.slice(1), { text, offset, place, names }) : [];
}

interface Place {
  text: string;
  offset: number;
  place: { start: number; end: number };
  names: KnownNames;
}

/** A string whose quote isn't written yet ends with its line. */
const isOpen = (text: string, start: number, end: number): boolean => end - start < 2 || text[end - 1] !== text[start];

async function ofCall(
  what: NameKind | "selector" | "url",
  permission: string,
  { definition, ...at }: Place & { definition: Literal | undefined },
): Promise<Suggestion[]> {
  if (what === "selector") return await selectorSuggestions(at.text.slice(at.place.start, at.offset), at.offset, at.names);
  const declared = memberAt(definition, ["permissions", permission])?.value;
  const granted = declared?.kind === "array" ? declared.items.flatMap((item) => (item.kind === "string" ? [item.text] : [])) : [];
  const own = granted.map((name) => ({ label: name, insert: name, kind: "name" as const, detail: "declared", ...at.place }));
  if (what === "url") return own.filter(({ label }) => !label.includes("*"));
  const others = (await at.names.of(what)).filter(({ name }) => !granted.includes(name));
  return [
    ...own,
    ...others.map(({ name, detail }) => ({ label: name, insert: name, kind: "name" as const, detail: `${detail}, not declared yet`, ...at.place })),
  ];
}

async function ofPermission(path: readonly string[], { text, offset, place, names }: Place): Promise<Suggestion[]> {
  const [first = "", second] = path;
  if (first === "machines" && second === "select") return await selectorSuggestions(text.slice(place.start, offset), offset, names);
  if (first === "machines" && second === "actions")
    return MACHINE_ACTIONS.map((action) => {
      const words = permissionWords(["machines", "actions", "0"], action);
      return { label: action, insert: action, kind: "value", ...(words === undefined ? {} : { documentation: words.replaceAll("`", "") }), ...place };
    });
  const list = Object.hasOwn(LISTS, first) ? LISTS[first] : undefined;
  if (!list || !NAME_KINDS.includes(list) || second === undefined) return [];
  return (await names.of(list)).map(({ name, detail }) => ({ label: name, insert: name, kind: "name", detail, ...place }));
}
