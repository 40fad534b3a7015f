import type { Plan, PlannedChange } from "../../../engine/protocol/http/plan.ts";

const VERBS = { create: ["+", "create"], update: ["~", "change"], delete: ["-", "delete"] } as const;
const HASH = /^[0-9a-f]{64}$/;

/** A plan of a workspace's resources, as somebody reads it before it is applied. Nothing is left out; indented lines fold. */
export function planText({ changes, unchanged, hash }: Plan, { folder, engine, by }: { folder: string; engine: string; by: string }): string {
  const count = (action: PlannedChange["action"]) => changes.filter((one) => one.action === action).length;
  const wider = changes.flatMap(({ kind, name, permissions }) => permissions.filter(({ widened }) => widened).map(({ text }) => `! ${kind} ${name}: ${text}`));
  return [
    `# Plan of ${folder} for ${engine}`,
    `# Files read here; runbooks checked and bundled by ${by}`,
    `# ${count("create")} to create, ${count("update")} to change, ${count("delete")} to delete; ${unchanged} unchanged`,
    `# ${hash.slice(0, 12)}`,
    ...(changes.length === 0 ? ["", "The engine has all of it already."] : ["", "# Apply it with the button above, or close this."]),
    ...(wider.length > 0 ? ["", "# Permissions that become wider", ...wider] : []),
    ...changes.flatMap((change) => ["", ...changeLines(change)]),
    "",
  ].join("\n");
}

function changeLines(change: PlannedChange): string[] {
  const { action, kind, name, scope, permissions, warnings, files = [] } = change;
  const [sign, verb] = VERBS[action];
  return [
    `${sign} ${verb} ${kind} ${name} (${scope})`,
    ...memberLines(change),
    ...permissions.map(({ text, widened }) => `    ${widened ? "! " : ""}${text}${widened ? " (wider)" : ""}`),
    ...warnings.map((warning) => `    warning: ${warning}`),
    ...files.flatMap(({ path, change, patch }) => [
      `    ${path}: ${change}`,
      ...patch
        .trimEnd()
        .split("\n")
        .map((line) => `        ${line}`),
    ]),
  ];
}

function memberLines({ action, after, fields }: PlannedChange): string[] {
  if (action === "delete") return [];
  if (action === "create") return Object.entries(Object(after) as object).flatMap(([member, value]) => indented(`${member}: ${valueText(value)}`));
  return fields.flatMap((field) => {
    const path = field.path.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
    const [was, is] = ["before" in field ? valueText(field.before) : "(none)", "after" in field ? valueText(field.after) : "(gone)"];
    return indented(`${path}: ${was} → ${is}`);
  });
}

const indented = (text: string): string[] => text.split("\n").map((line, i) => `${i === 0 ? "    " : "        "}${line}`);

function valueText(value: unknown): string {
  if (typeof value === "string") return HASH.test(value) ? value.slice(0, 12) : value;
  return JSON.stringify(value) ?? "";
}
