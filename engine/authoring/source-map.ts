/** Where a piece of generated code comes from. Lines and columns count from 0, columns in UTF-16 units. */
export interface Segment {
  line: number;
  column: number;
  source: string;
  sourceLine: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** All segments of a source map (ECMA-426), in the order of the generated code. Node's own reader finds single positions, and doesn't list them. */
export function* segmentsOf(json: string): Generator<Segment> {
  const { mappings, sources } = JSON.parse(json) as { mappings: string; sources: string[] };
  let [source, sourceLine] = [0, 0];
  for (const [line, text] of mappings.split(";").entries()) {
    let column = 0;
    for (const part of text.split(",")) {
      const [columns = 0, bySource, byLine] = numbersOf(part);
      column += columns;
      if (part === "" || bySource === undefined || byLine === undefined) continue;
      source += bySource;
      sourceLine += byLine;
      yield { line, column, source: sources[source] ?? "", sourceLine };
    }
  }
}

/** Base-64 digits of five bits each, the lowest first; the sign is the lowest bit of the number. */
function numbersOf(text: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -Math.floor(value / 2) : Math.floor(value / 2));
    [value, shift] = [0, 0];
  }
  return numbers;
}
