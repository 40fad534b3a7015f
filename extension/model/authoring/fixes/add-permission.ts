import { type Literal, type Member, memberAt } from "../definition.ts";
import type { TextEdit } from "./text-edit.ts";

/** What a permission is widened by: an entry of a list, an action on machines, or the permission itself. */
export type Wanted = { permission: string; entry: string } | { permission: "machines"; action?: string; select?: string } | { permission: "deployments" };

/**
 * Edits that declare it. Where a part of the permissions is computed there is no place to write it, and none comes back.
 * @param text of the runbook, which `definition` was read from
 */
export function addPermission(text: string, definition: Literal & { kind: "object" }, wanted: Wanted): TextEdit[] {
  const permissions = memberAt(definition, ["permissions"]);
  if (!permissions)
    return addMember(
      text,
      definition,
      `permissions: { ${wholeOf(wanted)} }`,
      definition.members.find(({ key }) => key === "parameters") ?? definition.members[0],
    );
  if (permissions.value.kind !== "object") return [];
  const own = memberAt(permissions.value, [wanted.permission]);
  if (!own) return addMember(text, permissions.value, wholeOf(wanted), permissions.value.members.at(-1));
  if (!("entry" in wanted) && wanted.permission === "machines") {
    const actions = memberAt(own.value, ["actions"]);
    if (!actions && own.value.kind === "object") return addMember(text, own.value, `actions: [${quoted(wanted.action ?? "exec")}]`, own.value.members.at(-1));
    return wanted.action !== undefined && actions?.value.kind === "array" ? addItem(text, actions.value, wanted.action) : [];
  }
  return "entry" in wanted && own.value.kind === "array" ? addItem(text, own.value, wanted.entry) : [];
}

const quoted = (text: string): string => JSON.stringify(text);

function wholeOf(wanted: Wanted): string {
  if ("entry" in wanted) return `${wanted.permission}: [${quoted(wanted.entry)}]`;
  if (wanted.permission === "deployments") return "deployments: true";
  return `machines: { select: ${quoted(wanted.select ?? "os=linux")}, actions: [${wanted.action === undefined ? "" : quoted(wanted.action)}] }`;
}

function addItem(text: string, list: Literal & { kind: "array" }, entry: string): TextEdit[] {
  if (list.items.some((item) => item.kind === "string" && item.text === entry)) return [];
  const last = list.items.at(-1);
  if (!last) return [{ start: list.start + 1, end: list.start + 1, text: quoted(entry) }];
  return [{ start: last.end, end: last.end, text: `,${isSpread(text, list.start, last.start) ? `\n${indentOf(text, last.start)}` : " "}${quoted(entry)}` }];
}

/** Behind another member, on a line of its own where that one is. */
function addMember(text: string, object: Literal & { kind: "object" }, member: string, behind: Member | undefined): TextEdit[] {
  if (!behind) return [{ start: object.start + 1, end: object.start + 1, text: ` ${member} ` }];
  const at = behind.value.end;
  const separator = isSpread(text, object.start, behind.keyStart) ? `\n${indentOf(text, behind.keyStart)}` : " ";
  return [{ start: at, end: at, text: `,${separator}${member}` }];
}

const isSpread = (text: string, open: number, first: number): boolean => text.slice(open, first).includes("\n");
const indentOf = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at - 1) + 1))?.[0] ?? "";
