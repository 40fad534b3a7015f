/** Left-aligned columns; numbers to the right. */
export function printTable(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => `${row[i] ?? ""}`.length)));
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) => (typeof cell === "number" ? `${cell}`.padStart(widths[i] ?? 0) : `${cell}`.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  console.log(line(titles.map((title) => title.toUpperCase())));
  for (const row of rows) console.log(line(row));
}

export function headline(text: string): void {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 100 - text.length))}`);
}
