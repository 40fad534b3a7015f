/** Plain JSON values: all that crosses a process or is stored. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Levels of lists and objects within one another. Whoever walks a value calls itself at each level: deeper ones would end its stack. */
export const MAX_JSON_DEPTH = 500;

/** Whether a text of valid JSON nests deeper than MAX_JSON_DEPTH. */
export function nestsTooDeep(json: string): boolean {
  if (json.length <= 2 * MAX_JSON_DEPTH) return false; // each level has two brackets
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '"') {
      for (i++; i < json.length && json[i] !== '"'; i++) if (json[i] === "\\") i++;
    } else if (char === "[" || char === "{") {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (char === "]" || char === "}") depth--;
  }
  return false;
}

/** JSON with sorted keys: equal values give equal text. `undefined` members are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "null";
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, member] of entries) out[key] = member;
  return out;
}
