import type { Literal } from "../definition.ts";
import type { TextEdit } from "./text-edit.ts";

interface Part {
  start: number;
  end: number;
}

/** Removes what a path below the definition names; a list or object that would be empty goes with it. @returns none: it isn't written there */
export function removeAt(text: string, definition: Literal, path: readonly string[]): TextEdit[] {
  let literal: Literal = definition;
  const steps: { siblings: readonly Part[]; own: Part }[] = [];
  for (const key of path) {
    if (literal.kind === "object") {
      const member = literal.members.find((one) => one.key === key);
      if (!member) return [];
      steps.push({
        siblings: literal.members.map(({ keyStart, value }) => ({ start: keyStart, end: value.end })),
        own: { start: member.keyStart, end: member.value.end },
      });
      literal = member.value;
    } else if (literal.kind === "array") {
      const item: Literal | undefined = literal.items[Number(key)];
      if (!item) return [];
      steps.push({ siblings: literal.items, own: item });
      literal = item;
    } else return [];
  }
  while (steps.length > 1 && steps.at(-1)?.siblings.length === 1) steps.pop();
  const last = steps.at(-1);
  return last ? [without(text, last.own, last.siblings)] : [];
}

/** With the comma behind it and the space before what follows; the last one with the comma before it. */
function without(text: string, own: Part, siblings: readonly Part[]): TextEdit {
  const next = siblings.find(({ start }) => start > own.start);
  if (next) return { start: own.start, end: next.start, text: "" };
  const before = siblings.filter(({ start }) => start < own.start).at(-1);
  const comma = /^\s*,/.exec(text.slice(own.end))?.[0].length ?? 0;
  return { start: before?.end ?? own.start, end: before ? own.end : own.end + comma, text: "" };
}
