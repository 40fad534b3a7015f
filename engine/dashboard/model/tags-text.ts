/** One tag as a form holds it. */
export interface TagRow {
  key: string;
  value: string;
}

const KEY = /^[A-Za-z0-9._-]{1,64}$/;
const LONGEST_VALUE = 256;

/** What is wrong with each row; undefined: nothing. Rows without key and value count as absent. */
export const tagProblems = (rows: readonly TagRow[]): (string | undefined)[] =>
  rows.map(({ key, value }, at) => {
    if (key === "" && value === "") return undefined;
    if (!KEY.test(key)) return "a key has 1 to 64 letters, digits and . _ -";
    if (value.length > LONGEST_VALUE) return `a value has at most ${LONGEST_VALUE} characters`;
    return rows.findIndex((other) => other.key === key) < at ? `there is a tag "${key}" above` : undefined;
  });

export const tagsOf = (rows: readonly TagRow[]): Record<string, string> =>
  Object.fromEntries(rows.flatMap(({ key, value }) => (key === "" ? [] : [[key, value]])));
export const rowsOfTags = (tags: Readonly<Record<string, string>>): TagRow[] =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
