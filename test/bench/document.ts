import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Row } from "./main.ts";

const FILE = join(import.meta.dirname, "../../docs/performance.md");
/** Replaces the table of `npm run bench` in docs/performance.md. */
export async function writePerformance(rows: readonly Row[], measuredOn: string): Promise<void> {
  const lines = rows.map(
    (row) => `| ${row.what} | ${row.figure} | ${row.floor} | ${row.ratio} | ${row.goal} | ${row.reached === null ? "" : row.reached ? "yes" : "no"} |`,
  );
  const table = ["| What | Figure | Floor, same run | Ratio | Goal | Reached |", "|---|---|---|---|---|---|", ...lines].join("\n");
  await writeTable("bench", `Measured on ${measuredOn}.\n\n${table}`);
}

/** Replaces what is between the marks of this name in docs/performance.md. */
export async function writeTable(name: string, content: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = await readFile(FILE, "utf8");
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`${FILE} lacks the marks ${begin} and ${end}`);
  await writeFile(FILE, `${text.slice(0, before)}${begin}\n${content}\n${text.slice(after)}`);
}
