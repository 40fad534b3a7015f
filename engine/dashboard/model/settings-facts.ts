import { lengthText } from "./words.ts";

/** One setting as a page shows it, under its name in the configuration. */
export interface SettingFact {
  name: string;
  /** A moment, RFC 3339, where it is one. */
  at?: string;
  text: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Settings with their parts, each on a line of its own. What isn't set is left out. */
export function settingFacts(settings: unknown, prefix = ""): SettingFact[] {
  if (!isObject(settings)) return [];
  return Object.entries(settings).flatMap(([name, value]) => {
    const full = prefix === "" ? name : `${prefix}.${name}`;
    if (value === null || value === undefined) return [];
    if (isObject(value)) return settingFacts(value, full);
    if (typeof value === "number" && name.endsWith("Ms")) return [{ name: full.slice(0, -2), text: lengthText(value) }];
    if (typeof value === "string" && name.endsWith("At")) return [{ name: full.slice(0, -2), at: value, text: value }];
    return [{ name: full, text: Array.isArray(value) ? value.map(String).join(", ") || "none" : String(value) }];
  });
}
