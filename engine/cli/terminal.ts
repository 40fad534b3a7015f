import { stripVTControlCharacters, styleText } from "node:util";
import { displayWidth, fitted } from "./display-width.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Terminal {
  /** Someone looks at it: progress bars and colours make sense. */
  isTty: boolean;
  print(line: string): void;
  printJson(value: unknown): void;
  /** What isn't the result: progress, hints, warnings. */
  note(line: string): void;
  colour(style: Style, text: string): string;
  /** Replaces the line it wrote before; plain lines without a terminal. */
  progress(line: string): void;
  endProgress(): void;
  /** Where someone looks: a picture in the place of the one before, as high as the terminal at most. */
  picture(lines: readonly Line[]): void;
  columns: number;
  rows: number;
}

/** Pieces of one line, each with its style; what is wider than the terminal is cut. */
export type Line = readonly (readonly [text: string, style?: Style])[];

export function createTerminal(out: NodeJS.WriteStream, err: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const isTty = out.isTTY === true;
  const coloured = isTty && !env.NO_COLOR && env.TERM !== "dumb";
  let onProgressLine = false;
  let height = 0;
  const colour = (style: Style, text: string) => (coloured ? styleText(style, text, { validateStream: false }) : text);
  const endProgress = () => {
    if (onProgressLine) err.write("\r\u001b[K");
    onProgressLine = false;
  };
  return {
    isTty,
    get columns() {
      return out.columns ?? 120; // it may be made smaller while someone watches
    },
    get rows() {
      return out.rows ?? 24;
    },
    print(line) {
      endProgress();
      out.write(`${line}\n`);
    },
    printJson(value) {
      endProgress();
      out.write(`${JSON.stringify(value, null, isTty ? 2 : undefined)}\n`);
    },
    note(line) {
      endProgress();
      err.write(`${line}\n`);
    },
    colour,
    picture(lines) {
      endProgress();
      // One row stays free for the cursor; the terminal may have been made smaller since the last picture.
      const shown = lines.slice(0, Math.max(1, (out.rows ?? 24) - 1));
      const up = Math.min(height, Math.max(1, (out.rows ?? 24) - 1));
      out.write(`${up > 0 ? `\u001b[${up}A\r` : ""}\u001b[J${shown.map((line) => `${cut(line, out.columns ?? 80, colour)}\n`).join("")}`);
      height = shown.length;
    },
    progress(line) {
      if (err.isTTY !== true) return void err.write(`${line}\n`);
      err.write(`\r\u001b[K${[...line].slice(0, (err.columns ?? 80) - 1).join("")}`);
      onProgressLine = true;
    },
    endProgress,
  };
}

function cut(line: Line, columns: number, colour: Terminal["colour"]): string {
  let left = columns - 1;
  return line
    .map(([text, style]) => {
      const part = fitted(text, Math.max(0, left));
      left = part === text ? left - displayWidth(part) : 0; // what follows a cut isn't shown either
      return style === undefined ? part : colour(style, part);
    })
    .join("");
}

/** Text from elsewhere, safe to show: no terminal sequence, no control character survives. */
export const clean = (text: string): string => stripVTControlCharacters(text).replace(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");

export interface Column<Row> {
  title: string;
  value(row: Row): string | number;
  style?(row: Row): Style | undefined;
  /** A terminal that is too narrow shows the table without it; the highest number goes first. */
  spare?: number;
}

/** Aligned columns: numbers to the right. Where someone looks, a line isn't wider than the terminal as long as there are columns to spare. */
export function table<Row>(terminal: Pick<Terminal, "colour" | "isTty" | "columns">, rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const text = (cell: string | number) => (typeof cell === "number" ? String(cell) : clean(cell).replaceAll("\n", " "));
  const widths = columns.map((column, i) => Math.max(column.title.length, ...cells.map((line) => text(line[i] ?? "").length)));
  const dispensable = terminal.isTty ? columns.filter(({ spare = 0 }) => spare > 0).sort((a, b) => (b.spare ?? 0) - (a.spare ?? 0))[0] : undefined;
  if (dispensable && widths.reduce((sum, width) => sum + width + 2, -2) > terminal.columns)
    return table(
      terminal,
      rows,
      columns.filter((column) => column !== dispensable),
    );
  const pad = (value: string, i: number, right: boolean) => (right ? value.padStart(widths[i] ?? 0) : value.padEnd(widths[i] ?? 0));
  const isRight = columns.map((_, i) => cells.length > 0 && cells.every((line) => typeof line[i] === "number"));
  const title = columns
    .map((column, i) => pad(column.title.toUpperCase(), i, isRight[i] ?? false))
    .join("  ")
    .trimEnd();
  return [
    terminal.colour("bold", title),
    ...rows.map((row, r) =>
      columns
        .map((column, i) => {
          const padded = pad(text(cells[r]?.[i] ?? ""), i, isRight[i] ?? false);
          const style = column.style?.(row);
          return style ? terminal.colour(style, padded) : padded;
        })
        .join("  ")
        .trimEnd(),
    ),
  ];
}

/** `3 min ago`, `in 2 h`; coarse on purpose. */
export function relativeTime(at: string | number | null, now: number): string {
  if (at === null) return "never";
  const seconds = Math.round((now - (typeof at === "number" ? at : Date.parse(at))) / 1_000);
  const size = Math.abs(seconds);
  const [count, unit] =
    size < 60
      ? [size, "s"]
      : size < 3_600
        ? [Math.round(size / 60), "min"]
        : size < 172_800
          ? [Math.round(size / 3_600), "h"]
          : [Math.round(size / 86_400), "d"];
  return seconds >= 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}
