import { MACHINE_STATES } from "../../../engine/core/machine.ts";
import type { KnownNames } from "./known-names.ts";
import type { Suggestion } from "./suggestion.ts";

/** Keys that every selector knows; tags come from the engine. */
const KEYS: readonly { key: string; detail: string }[] = [
  { key: "name=", detail: "Name of the machine; * stands for any characters" },
  { key: "os=", detail: "linux, windows …" },
  { key: "scope=", detail: "This scope and those below it" },
  { key: "state=", detail: "Whether its agent is connected" },
  { key: "fact:", detail: "What the agent says about the machine" },
];

const VALUES: Readonly<Record<string, readonly string[]>> = { os: ["linux", "windows", "macos", "other"], state: MACHINE_STATES };

/**
 * What can be written where a selector's last word stands.
 * @param before the selector's text up to the cursor
 * @param at offset of the cursor
 */
export async function selectorSuggestions(before: string, at: number, names: KnownNames): Promise<Suggestion[]> {
  const word = /\S*$/.exec(before)?.[0] ?? "";
  const [, key, value] = /^([^=!]+)!?=(?:[^,]*,)*([^,]*)$/.exec(word) ?? [];
  if (key === undefined) {
    const place = { start: at - word.length, end: at };
    const tags = (await names.of("tags")).map(({ name, detail }) => ({ key: `tag:${name}=`, detail }));
    const all = before.trim() === word ? [{ key: "all", detail: "Every machine" }] : [];
    return [...tags, ...KEYS, ...all].map(({ key, detail }) => ({ label: key, insert: key, kind: "key" as const, detail, ...place }));
  }
  const place = { start: at - (value ?? "").length, end: at };
  const values = key.startsWith("tag:")
    ? await valuesOf(key.slice(4), names)
    : key === "name"
      ? (await names.of("machines")).map(({ name }) => name)
      : (VALUES[key] ?? []);
  return values.map((text) => ({ label: text, insert: text, kind: "value" as const, ...place }));
}

/** A value with a space or comma can't be written in a selector. */
async function valuesOf(tag: string, names: KnownNames): Promise<string[]> {
  const known = (await names.of("tags")).find(({ name }) => name === tag);
  return (known?.detail ?? "").split(", ").filter((value) => value !== "" && !/[\s,]/.test(value));
}
