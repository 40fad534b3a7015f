/** A line of a stack, and where in the sources it points. */
export interface StackLine {
  before: string;
  /** Absent: it points nowhere that can be shown. */
  place?: { file: string; line: number; text: string };
  after: string;
}

const PLACE = /^(.*?)([\w][\w./-]*\.[cm]?[jt]sx?):(\d+)(:\d+)?(.*)$/;

export const stackLines = (stack: string): StackLine[] =>
  stack.split("\n").map((line) => {
    if (line.length > 1_000) return { before: line, after: "" };
    const [, before = "", file = "", number = "", column = "", after = ""] = PLACE.exec(line) ?? [];
    return file === "" ? { before: line, after: "" } : { before, place: { file, line: Number(number), text: `${file}:${number}${column}` }, after };
  });
