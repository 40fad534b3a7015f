import type { Plan, PlannedChange } from "../../protocol/http/plan.ts";
import { clean, type Terminal } from "../terminal.ts";
import { withPath } from "./gather.ts";

const SIGNS = { create: "+", update: "~", delete: "-" } as const;
const COLOURS = { create: "green", update: "yellow", delete: "red" } as const;
const LONGEST_VALUE = 300;
const HASH = /^[0-9a-f]{64}$/;

/** What a person reads of a plan. @param done in the past tense, as it has been applied */
export function planText(
  { changes, unchanged, kept = [] }: Plan,
  { colour }: Pick<Terminal, "colour">,
  { source, done }: { source: boolean; done: boolean },
): string[] {
  const lines = changes.flatMap((one) => [
    colour(COLOURS[one.action], `${SIGNS[one.action]} ${one.kind} ${clean(one.name)} (${clean(one.scope)})`),
    ...membersOf(one).map((line) => `    ${clean(line)}`),
    ...(one.files ?? []).flatMap(({ path, change, patch }) => [
      `    ${clean(path)}: ${change}`,
      ...(source
        ? clean(patch)
            .trimEnd()
            .split("\n")
            .map((line) => colour(line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "gray", `      ${line}`))
        : []),
    ]),
    ...one.warnings.map((warning) => colour("yellow", `    warning: ${clean(warning)}`)),
  ]);
  const permissions = changes.flatMap(({ kind, name, permissions }) =>
    permissions.map(({ text, widened }) =>
      colour(widened ? "red" : "green", `  ${widened ? "! " : "  "}${kind} ${clean(name)}: ${clean(text)}${widened ? " (wider)" : ""}`),
    ),
  );
  const count = (action: PlannedChange["action"]) => changes.filter((one) => one.action === action).length;
  const sum = done
    ? `${count("create")} created, ${count("update")} changed, ${count("delete")} deleted`
    : `${count("create")} to create, ${count("update")} to change, ${count("delete")} to delete`;
  return [
    ...lines,
    ...(permissions.length > 0 ? ["", colour("bold", "Permission changes"), ...permissions] : []),
    ...(kept.length > 0
      ? ["", colour("bold", "Left as it is"), ...kept.map((one) => `  ${one.kind} ${clean(one.name)} (${clean(one.scope)}): ${clean(one.reason)}`)]
      : []),
    ...(changes.length > 0 || kept.length > 0 ? [""] : []),
    `${sum}; ${unchanged} unchanged`,
  ];
}

function membersOf({ action, after, fields }: PlannedChange): string[] {
  if (action === "delete") return [];
  if (action === "create") return Object.entries(Object(after) as object).map(([member, value]) => `${member}: ${textOf(value)}`);
  return fields.map((one) => withPath(one.path, changeOf(one)));
}

function changeOf(change: PlannedChange["fields"][number]): string {
  if (!("before" in change)) return `${textOf(change.after)} (new)`;
  if (!("after" in change)) return `${textOf(change.before)} (gone)`;
  return `${textOf(change.before)} → ${textOf(change.after)}`;
}

function textOf(value: unknown): string {
  if (typeof value === "string" && HASH.test(value)) return value.slice(0, 12);
  const text = JSON.stringify(value) ?? "";
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)` : text;
}
