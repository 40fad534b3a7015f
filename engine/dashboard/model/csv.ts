export type CsvCell = string | number | null;

/** What a spreadsheet would take for a formula, though it is a name that a machine has chosen. */
const FORMULA = /^[=+\-@\t\r]/;

/** A table as RFC 4180 has it. Texts that look like formulas get a `'` in front: spreadsheets then show them and run nothing. */
export function csvText(head: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [head, ...rows]
    .map((row) => row.map(cellText).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function cellText(cell: CsvCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
