import { relative } from "node:path";
import { createTwoFilesPatch } from "diff";
import type { FileCoverage, TestError, TestEvent, TestResult } from "../protocol/test-events.ts";
import { clean, type Terminal } from "./terminal.ts";

const MARKS = { passed: ["green", "✔"], failed: ["red", "✘"], skipped: ["dim", "○"] } as const;
/** Longer runs of lines that were never run are cut. */
const MOST_RANGES = 8;

/** Tells people what happens: a line for each test, what failed once more at the end, with places that terminals make links of. */
export function createTestPrinter(terminal: Terminal, cwd: string): (event: TestEvent) => void {
  const failures: { title: string; file: string; error: TestError | undefined }[] = [];
  const coverage: FileCoverage[] = [];
  const shown = (file: string) => relative(cwd, file) || file;
  let isTable = false;

  function result({ path, result, durationMs, reason, file, error }: TestResult): void {
    const [style, mark] = MARKS[result];
    const name = clean(path.join(" › "));
    const more = result === "skipped" ? (reason === undefined ? "skipped" : `skipped: ${clean(reason)}`) : `${Math.round(durationMs)} ms`;
    terminal.print(`${terminal.colour(style, mark)} ${name} ${terminal.colour("dim", `(${more})`)}`);
    if (result === "failed") failures.push({ title: name, file, error });
  }
  function failure({ title, file, error }: (typeof failures)[number]): void {
    const place = error?.line === undefined ? shown(file) : `${shown(error.file ?? file)}:${error.line}:${error.column ?? 1}`;
    terminal.print(`\n${terminal.colour("red", `✘ ${title}`)}\n  ${place}`);
    const isDiff = error?.expected !== undefined && error.actual !== undefined && `${error.expected}${error.actual}`.includes("\n");
    // What has expected and actual says both in its message as well, after a first line.
    for (const line of isDiff ? (error?.message ?? "").split("\n").slice(0, 1) : (error?.message ?? "").split("\n")) terminal.print(`  ${clean(line)}`);
    if (isDiff) difference(error?.expected ?? "", error?.actual ?? "");
    const frames = (error?.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    for (const line of frames.slice(0, 5)) terminal.print(`  ${terminal.colour("dim", clean(line.trim()))}`);
  }
  function difference(expected: string, actual: string): void {
    const lines = createTwoFilesPatch("expected", "actual", `${expected}\n`, `${actual}\n`, "", "", { context: 3 }).split("\n");
    for (const line of lines.slice(1, 80)) {
      const style = line.startsWith("+") ? "green" : line.startsWith("-") ? "red" : "dim";
      terminal.print(`  ${terminal.colour(style, clean(line))}`);
    }
  }
  function lines({ file, lines, covered, total }: FileCoverage): void {
    if (!isTable) terminal.print("");
    isTable = true;
    const missed = rangesOf(lines.filter(({ count }) => count === 0).map(({ line }) => line));
    const never = missed.length === 0 ? "" : `, never: ${missed.slice(0, MOST_RANGES).join(", ")}${missed.length > MOST_RANGES ? " …" : ""}`;
    terminal.print(`${String(Math.floor((100 * covered) / Math.max(1, total))).padStart(3)} % ${shown(file)} (${covered} of ${total} lines${never})`);
  }

  return (event) => {
    if (event.type === "test") result(event);
    else if (event.type === "output") terminal.note(clean(event.text.replace(/\n$/, "")));
    else if (event.type === "debugger") terminal.note(`${shown(event.file)}${event.runbook ? `: ${event.runbook}` : ""} waits for a debugger: ${event.url}`);
    else if (event.type === "broken") failures.push({ title: `${shown(event.file)} as a whole`, file: event.file, error: event.error });
    else if (event.type === "coverage") coverage.push(event);
    else if (event.type === "end") {
      failures.forEach(failure);
      coverage.forEach(lines);
      const { passed, failed, skipped, broken, durationMs } = event;
      if (passed + failed + skipped + broken === 0) terminal.print("No test ran: none has such a name.");
      const files = broken > 0 ? `, ${broken} ${broken === 1 ? "file" : "files"} broken` : "";
      const sum = `${passed} passed, ${failed} failed, ${skipped} skipped${files} (${(durationMs / 1_000).toFixed(1)} s)`;
      terminal.print(`\n${terminal.colour(event.ok ? "green" : "red", sum)}`);
    }
  };
}

/** `3-5, 9` */
function rangesOf(lines: readonly number[]): string[] {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
}
