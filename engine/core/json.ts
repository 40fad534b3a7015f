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

/** Whether a text of valid JSON holds more than so many values: a text of empty lists takes hundreds of times as long to walk as one string of its length. */
export function holdsMoreValues(json: string, most: number): boolean {
  if (json.length <= 2 * most) return false; // each value has a comma or a bracket besides
  let values = 1;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '"') {
      for (i++; i < json.length && json[i] !== '"'; i++) if (json[i] === "\\") i++;
    } else if ((char === "," || char === "[" || char === "{") && ++values > most) return true;
  }
  return false;
}

/** JSON with sorted keys: equal values give equal text. `undefined` members are left out, as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "null";
}

/**
 * Whether a value is the wanted one, whatever the order of keys. It costs no more than the wanted value is large: a stranger may choose the other one, and it is compared
 * with many.
 */
export function isSameJson(wanted: Json, value: Json): boolean {
  if (wanted === value) return true;
  if (wanted === null || value === null || typeof wanted !== "object" || typeof value !== "object") return false;
  if (Array.isArray(wanted) || Array.isArray(value))
    return Array.isArray(wanted) && Array.isArray(value) && wanted.length === value.length && wanted.every((one, i) => isSameJson(one, value[i] as Json));
  const [members, others] = [wanted, value] as { readonly [key: string]: Json }[];
  if (members === undefined || others === undefined) return false;
  for (const [key, member] of Object.entries(members)) if (!Object.hasOwn(others, key) || !isSameJson(member, others[key] as Json)) return false;
  return sizeOf(members) === sizeOf(others);
}

/** Counted once. */
function sizeOf(value: object): number {
  const size = sizes.get(value) ?? Object.keys(value).length;
  sizes.set(value, size);
  return size;
}
const sizes = new WeakMap<object, number>();

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, member]) => [key, sorted(member)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, member] of entries) out[key] = member;
  return out;
}
