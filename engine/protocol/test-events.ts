/**
 * What `runwright runbook test --reporter json` prints: one event a line, as it happens. Editors and CI read the same. Paths are absolute; lines and columns count from 1.
 * Who reads it passes over events and members that it doesn't know.
 */
export const TEST_EVENTS_VERSION = 1;

export type TestEvent =
  | { type: "start"; version: number; files: string[] }
  /** A test has begun; a suite hasn't a beginning of its own. */
  | ({ type: "began" } & TestPlace)
  | TestResult
  /** What a test file wrote by itself. */
  | { type: "output"; file: string; stream: "stdout" | "stderr"; text: string }
  /** The file as a whole: it threw while it was imported, its process has ended, or it didn't end in time. Tests of it that have no result didn't run. */
  | { type: "broken"; file: string; error: TestError }
  /** Its process waits for a debugger; with `runbook`: the sandbox of one job of that runbook does. */
  | { type: "debugger"; file: string; url: string; runbook?: string }
  | FileCoverage
  /** `ok`: nothing failed, and there was something to run. */
  | { type: "end"; ok: boolean; passed: number; failed: number; skipped: number; broken: number; durationMs: number };

export interface TestPlace {
  file: string;
  line: number;
  column: number;
  /** Its name after those of its suites. */
  path: string[];
}

export interface TestResult extends TestPlace {
  type: "test";
  result: "passed" | "failed" | "skipped";
  durationMs: number;
  /** Of a skipped one. */
  reason?: string;
  error?: TestError;
}

export interface TestError {
  message: string;
  stack?: string;
  code?: string;
  /** Both or none, as texts to be compared. */
  expected?: string;
  actual?: string;
  /** Where it was thrown, in a file of the author's. */
  file?: string;
  line?: number;
  column?: number;
}

/** Where the sandbox has been in one file of a runbook, over all tests of this run. */
export interface FileCoverage {
  type: "coverage";
  file: string;
  /** Lines that hold code. */
  lines: CoveredLine[];
  covered: number;
  total: number;
}

export interface CoveredLine {
  line: number;
  count: number;
  /** Some of it was never run. */
  isPartial?: true;
}

/** What `--list` prints, one a line: tests by reading their files, without running anything. */
export interface ListedTest extends TestPlace {
  kind: "test" | "suite";
  endLine: number;
  /** Its name is computed: parts of it are shown as `…`. */
  isComputed: boolean;
}
