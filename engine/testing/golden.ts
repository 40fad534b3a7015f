import { AssertionError } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { journalText } from "../sdk/testing/journal-text.ts";
import { settings } from "./settings.ts";
import type { TestJob } from "./test-job.ts";

/**
 * Compares what a job did with a golden file: its calls with arguments and outcomes, its outputs and log lines, in order, as YAML. The file is written by
 * `runwright runbook test --update` and by nothing else, so a missing one fails as well.
 *
 *     matchJournal(job, new URL("./restart-service.journal.yaml", import.meta.url));
 *
 * @throws AssertionError with `expected` and `actual`, for a diff
 */
export function matchJournal(job: TestJob, golden: string | URL): void {
  const file = golden instanceof URL ? fileURLToPath(golden) : golden;
  const actual = journalText(job);
  const expected = read(file);
  if (expected === actual) return;
  if (settings().update) {
    writeFileSync(file, actual);
    return;
  }
  const name = basename(file);
  const message =
    expected === undefined
      ? `there is no ${name} yet: write it with runwright runbook test --update, and read it before you commit it`
      : `the job did something else than ${name} says; if that is meant, write it anew with runwright runbook test --update`;
  throw new AssertionError({ message, expected: expected ?? "", actual, operator: "matchJournal", stackStartFn: matchJournal });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
