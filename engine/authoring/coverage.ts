import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CoveredLine, FileCoverage } from "../protocol/test-events.ts";
import { type Segment, segmentsOf } from "./source-map.ts";

/** As the sandbox tells it, the outer range before those within it; offsets in UTF-16 units. */
export interface CoveredRange {
  start: number;
  end: number;
  count: number;
}

/** What one process of tests has told of one bundle. */
export interface BundleRuns {
  /** Path of the runbook. */
  file: string;
  bundle: string;
  sourceMap: string;
  /** One for each job. */
  runs: readonly (readonly CoveredRange[])[];
}

/** Reads what processes of tests have left in a folder. @returns lines of the author's files, by path */
export async function coverageIn(folder: string): Promise<FileCoverage[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return coverageOf(texts.map((text) => JSON.parse(text) as BundleRuns));
}

/** A line counts as often as the piece of it that was run most often; in several bundles, the sum. */
export function coverageOf(bundles: readonly BundleRuns[]): FileCoverage[] {
  const files = new Map<string, Map<number, { count: number; isPartial: boolean }>>();
  // Pieces of one bundle are added up over processes before lines are made of them: what one has missed another may have run.
  for (const same of Map.groupBy(bundles, ({ file, bundle }) => `${file}\n${bundle}`).values()) {
    const [{ file, bundle, sourceMap } = { file: "", bundle: "", sourceMap: "" }] = same;
    const runs = same.flatMap((one) => one.runs);
    const pieces = piecesOf(bundle, sourceMap);
    const counts = new Array<number>(pieces.length).fill(0);
    for (const ranges of runs) for (const [i, count] of countsAt(pieces, ranges).entries()) counts[i] = (counts[i] ?? 0) + count;
    const lines = Map.groupBy(
      pieces.map((piece, i) => ({ ...piece, count: counts[i] ?? 0 })),
      ({ source, sourceLine }) => `${source}\n${sourceLine}`,
    );
    for (const [first, ...rest] of lines.values()) {
      if (first === undefined) continue;
      const all = [first, ...rest].map(({ count }) => count);
      const path = join(dirname(file), first.source);
      const known = files.get(path) ?? new Map<number, { count: number; isPartial: boolean }>();
      files.set(path, known);
      const before = known.get(first.sourceLine + 1);
      const isPartial = Math.min(...all) === 0 && (before?.isPartial ?? true);
      known.set(first.sourceLine + 1, { count: (before?.count ?? 0) + Math.max(...all), isPartial });
    }
  }
  return [...files].map(([path, found]) => summary(path, found)).sort((a, b) => (a.file < b.file ? -1 : 1));
}

function summary(file: string, found: ReadonlyMap<number, { count: number; isPartial: boolean }>): FileCoverage {
  const lines = [...found]
    .sort(([a], [b]) => a - b)
    .map(([line, { count, isPartial }]): CoveredLine => ({ line, count, ...(count > 0 && isPartial && { isPartial }) }));
  return { type: "coverage", file, lines, covered: lines.filter(({ count }) => count > 0).length, total: lines.length };
}

/** Where a block begins or ends V8 counts for the block, and not for the line. */
const BRACKET = /[{}()[\];,]/;

type Piece = Pick<Segment, "source" | "sourceLine"> & { offset: number };

/** Places of the bundle that come from lines of the author's with something on them to run: brackets alone aren't. */
function piecesOf(bundle: string, sourceMap: string): Piece[] {
  const { sources, sourcesContent } = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: (string | null)[] };
  // The map holds texts of the author's files alone.
  const texts = new Map(sources.map((source, i) => [source, sourcesContent[i]?.split("\n")]));
  const starts = [0, ...[...bundle.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return [...segmentsOf(sourceMap)].flatMap(({ line, column, source, sourceLine }) => {
    const text = texts.get(source)?.[sourceLine];
    const offset = (starts[line] ?? 0) + column;
    if (BRACKET.test(bundle[offset] ?? "")) return [];
    return text !== undefined && /[\w$]/.test(text.replace(/^\s*\/\/.*/, "")) ? [{ source, sourceLine, offset }] : [];
  });
}

/** How often each place was run: the count of the innermost range around it. */
function countsAt(pieces: readonly Piece[], ranges: readonly CoveredRange[]): number[] {
  const waiting = ranges.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const open: CoveredRange[] = [];
  let next = 0;
  return pieces
    .map((piece, i) => ({ piece, i }))
    .sort((a, b) => a.piece.offset - b.piece.offset)
    .map(({ piece, i }) => {
      for (let range = waiting[next]; range !== undefined && range.start <= piece.offset; range = waiting[++next]) open.push(range);
      while (open.length > 0 && (open.at(-1)?.end ?? 0) <= piece.offset) open.pop();
      return { i, count: open.at(-1)?.count ?? 0 };
    })
    .sort((a, b) => a.i - b.i)
    .map(({ count }) => count);
}
