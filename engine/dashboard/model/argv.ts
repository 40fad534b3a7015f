/**
 * A line as people type commands, split into arguments: by white space, except within quotes. A backslash before white space, a quote or another one takes that as it is, else it stands for itself, as in paths of
 * Windows; within single quotes always. No shell reads the line: there are no variables, pipes or patterns.
 * @returns the arguments, or what is wrong with the line
 */
export function argvOf(line: string): { argv: string[] } | { problem: string } {
  const argv: string[] = [];
  let current: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    const next = line[at + 1] ?? "";
    if (char === "\\" && quote !== "'" && /^[\s"'\\]$/.test(next)) {
      current = (current ?? "") + next;
      at++;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else current = (current ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      current ??= "";
    } else if (/\s/.test(char)) {
      if (current !== undefined) argv.push(current);
      current = undefined;
    } else current = (current ?? "") + char;
  }
  if (quote !== "") return { problem: `a quotation mark ${quote} isn't closed` };
  if (current !== undefined) argv.push(current);
  return argv.length === 0 ? { problem: "write a program and its arguments" } : { argv };
}

/** The line of some arguments, which splits into them again. */
export const lineOf = (argv: readonly string[]): string =>
  argv.map((one) => (/^[\w@%+=:,./-]+$/.test(one) ? one : `'${one.replaceAll("'", `'\\''`)}'`)).join(" ");
