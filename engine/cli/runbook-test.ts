import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { coverageIn } from "../authoring/coverage.ts";
import { testFilesOf } from "../authoring/test-files.ts";
import { namePattern, runTests } from "../authoring/test-run.ts";
import { watchSources } from "../authoring/watch-sources.ts";
import { parseDuration } from "../core/duration.ts";
import { RunwrightError } from "../core/errors.ts";
import { cutTests, testsIn } from "../core/test-source.ts";
import type { ListedTest, TestEvent } from "../protocol/test-events.ts";
import type { Context } from "./command.ts";
import { duration, oneOf, wholeNumberWithin } from "./options.ts";
import { createTestPrinter } from "./test-printer.ts";
import { UNTIL_STDIN_ENDS, untilStdinEnds } from "./until-stdin-ends.ts";

const REPORTERS = ["text", "json"] as const;
const DEFAULT_TIMEOUT = "30s";
const INSPECTOR_PORT = 9229;
const port = wholeNumberWithin({ lowest: 0, highest: 65_535 });

interface TestOptions {
  grep: RegExp[];
  name: RegExp[];
  list?: boolean;
  coverage?: boolean;
  update?: boolean;
  watch?: boolean;
  timeout: string;
  inspect?: number | true;
  inspectRunbooks?: boolean;
  reporter: string;
  json?: boolean;
  untilStdinEnds?: boolean;
}

export function addRunbookTest(runbook: Command, context: Context): void {
  runbook
    .command("test [paths...]")
    .description("Run tests of runbooks: NAME.test.ts beside each one, or all below a folder")
    .option("--grep <pattern>", "only tests whose name matches this regular expression, suites and all; may be repeated", pattern, [])
    .option("--name <name>", "only the test, or all tests of the suite, with exactly this name; may be repeated", exactName, [])
    .option("--list", "print the tests that there are, by reading the files; nothing runs")
    .option("--coverage", "tell which lines of the runbooks were run")
    .option("--update", "write golden files anew")
    .addOption(new Option("--watch", "run them again whenever TypeScript is saved there, until Ctrl-C").conflicts(["list", "inspect"]))
    .option("--timeout <duration>", "how long one test may take", duration, DEFAULT_TIMEOUT)
    .option(
      "--inspect [port]",
      `let the process of each test file wait for a debugger, at ${INSPECTOR_PORT} unless told otherwise; no test is ended for its time`,
      port,
    )
    .option("--inspect-runbooks", "with --inspect: let each job of a runbook wait for a debugger, too, at an address of its own")
    .option("--reporter <how>", `how results are told: ${REPORTERS.join(", ")}; json: one event a line`, oneOf(REPORTERS), "text")
    .option("--json", "the same as --reporter json")
    .option(...UNTIL_STDIN_ENDS)
    .action((paths: string[], options: TestOptions) =>
      test(paths, options, options.untilStdinEnds ? { ...context, signal: untilStdinEnds(context.signal) } : context),
    );
}

async function test(paths: readonly string[], options: TestOptions, context: Context): Promise<void> {
  if (!options.watch) return once(paths, options, context);
  const { cwd, signal, terminal } = context;
  const places = (paths.length > 0 ? paths : ["."]).map((path) => resolve(cwd, path));
  await Promise.all(places.map(testFilesOf)); // what isn't there is told as without it
  const sources = await watchSources(places);
  try {
    for (;;) {
      process.exitCode = 0; // of the last run
      await once(paths, options, context);
      terminal.note("Waiting until something is saved; Ctrl-C ends this.");
      await sources.changed(signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    sources.stop();
  }
}

async function once(paths: readonly string[], options: TestOptions, context: Context): Promise<void> {
  const { cwd } = context;
  const found = await Promise.all((paths.length > 0 ? paths : ["."]).map((path) => testFilesOf(resolve(cwd, path))));
  const files = [...new Set(found.flat())];
  const isJson = options.json === true || options.reporter === "json";
  if (options.list) return list(files, isJson, context);
  const folder = options.coverage ? await mkdtemp(join(tmpdir(), "runwright-coverage-")) : undefined;
  try {
    await run(files, options, { isJson, folder }, context);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  files: readonly string[],
  { grep, name, update, timeout, inspect, inspectRunbooks }: TestOptions,
  { isJson, folder }: { isJson: boolean; folder: string | undefined },
  { terminal, cwd, env, signal }: Context,
): Promise<void> {
  const only = [...grep, ...name];
  const print = createTestPrinter(terminal, cwd);
  const tell = (event: TestEvent) => (isJson ? terminal.print(JSON.stringify(event)) : print(event));
  const { ok } = await runTests({
    ...{ files, env, only, timeoutMs: parseDuration(timeout), tell, signal },
    ...(update && { update }),
    ...(inspect !== undefined && { inspect: inspect === true ? INSPECTOR_PORT : inspect, inspectRunbooks }),
    ...(folder !== undefined && {
      coverage: folder,
      async beforeEnd() {
        for (const one of await coverageIn(folder)) tell(one);
      },
    }),
  });
  if (!ok) process.exitCode = 1;
}

async function list(files: readonly string[], isJson: boolean, { terminal, cwd }: Context): Promise<void> {
  for (const file of files) {
    const { tests, isCut } = testsIn(await readFile(file, "utf8"));
    if (isCut) terminal.note(`${file}: ${cutTests()}`);
    for (const { path, ...test } of tests) {
      const listed: ListedTest = { file, path, ...test };
      const indent = "  ".repeat(path.length - 1);
      if (isJson) terminal.print(JSON.stringify(listed));
      else terminal.print(`${file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file}:${test.line} ${indent}${path.at(-1)}`);
    }
  }
}

function pattern(text: string, before: RegExp[]): RegExp[] {
  try {
    return [...before, new RegExp(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function exactName(text: string, before: RegExp[]): RegExp[] {
  try {
    return [...before, namePattern(text)];
  } catch (error) {
    if (error instanceof RunwrightError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
