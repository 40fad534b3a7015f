import { createRequire } from "node:module";
import { basename, join } from "node:path";
import type * as vscode from "vscode";
import { eventually } from "../../support/eventually.ts";
import { PATIENCE_MS } from "./commands/stage.ts";

const { RUNWRIGHT_TEST_ROOT: root = "" } = process.env;
/** The `vscode` that our extension gets. */
const own: typeof vscode = createRequire(join(root, "extension", "dist", "extension.cjs"))("vscode");

/** What the extension tells VS Code of one run. */
export interface SeenRun {
  states(): Record<string, string>;
  messages(name: string): vscode.TestMessage[];
  output(): string;
  coverage(): vscode.FileCoverage[];
  isOver(): boolean;
}

interface Kept {
  controller: vscode.TestController;
  profiles: vscode.TestRunProfile[];
  runs: SeenRun[];
}
/** Each test file is a bundle with its own copy of this module; the extension is there once. */
const PLACE = Symbol.for("runwright.tests.explorer");
const known: Record<symbol, Kept[] | undefined> = globalThis as never;

function watch(): Kept[] {
  const all: Kept[] = [];
  const { createTestController } = own.tests;
  Object.assign(own.tests, {
    createTestController(id: string, label: string) {
      const controller = createTestController(id, label);
      const kept: Kept = { controller, profiles: [], runs: [] };
      const { createRunProfile, createTestRun } = controller;
      Object.assign(controller, {
        createRunProfile(...given: Parameters<typeof createRunProfile>) {
          const profile = createRunProfile.apply(controller, given);
          kept.profiles.push(profile);
          return profile;
        },
        createTestRun(...given: Parameters<typeof createTestRun>) {
          const run = createTestRun.apply(controller, given);
          kept.runs.push(see(run));
          return run;
        },
      });
      all.push(kept);
      return controller;
    },
  });
  return all;
}

const nameOf = ({ id, uri }: vscode.TestItem): string => {
  const path = id.slice(String(uri).length + 1);
  return path === "" ? basename(uri?.path ?? "") : (JSON.parse(path) as string[]).join(" ");
};

/** Keeps what it is told, and passes it on. */
function see(run: vscode.TestRun): SeenRun {
  const states = new Map<string, string>();
  const messages = new Map<string, vscode.TestMessage[]>();
  const coverage: vscode.FileCoverage[] = [];
  let output = "";
  let isOver = false;
  const { passed, failed, errored, skipped, appendOutput, addCoverage, end } = run;
  const failure = (state: string, pass: typeof failed) => (item: vscode.TestItem, message: vscode.TestMessage | readonly vscode.TestMessage[], ms?: number) => {
    states.set(nameOf(item), state);
    messages.set(nameOf(item), [message].flat() as vscode.TestMessage[]);
    pass.call(run, item, message, ms);
  };
  Object.assign(run, {
    passed(item: vscode.TestItem, ms?: number) {
      states.set(nameOf(item), "passed");
      passed.call(run, item, ms);
    },
    failed: failure("failed", failed),
    errored: failure("errored", errored),
    skipped(item: vscode.TestItem) {
      states.set(nameOf(item), "skipped");
      skipped.call(run, item);
    },
    appendOutput(...given: Parameters<typeof appendOutput>) {
      output += given[0];
      appendOutput.apply(run, given);
    },
    addCoverage(file: vscode.FileCoverage) {
      coverage.push(file);
      addCoverage.call(run, file);
    },
    end() {
      isOver = true;
      end.call(run);
    },
  });
  return {
    states: () => Object.fromEntries(states),
    messages: (name) => messages.get(name) ?? [],
    output: () => output,
    coverage: () => coverage,
    isOver: () => isOver,
  };
}

if (known[PLACE] === undefined) known[PLACE] = watch();

/** The Test Explorer as a person uses it: it is asked to find tests and to run them by the profiles that the extension has made. */
export function watchTests() {
  const kept = (): Kept => {
    const [first] = known[PLACE] ?? [];
    if (!first) throw new Error("the extension has made no test controller");
    return first;
  };
  const all = (items: vscode.TestItemCollection): vscode.TestItem[] => [...items].flatMap(([, item]) => [item, ...all(item.children)]);
  const inFile = (uri: vscode.Uri) => all(kept().controller.items).filter((item) => String(item.uri) === String(uri));
  const profileOf = (label: string) => {
    const found = kept().profiles.find((one) => one.label === label);
    if (!found) throw new Error(`there is no profile ${label}`);
    return found;
  };
  async function itemsOf(files: readonly vscode.Uri[], names: readonly string[]): Promise<vscode.TestItem[]> {
    await eventually("the files are found", () => files.every((file) => inFile(file).length > 0), PATIENCE_MS);
    const found = files.flatMap(inFile);
    return names.length === 0 ? found.filter(({ parent }) => parent === undefined) : found.filter((item) => names.includes(nameOf(item)));
  }
  return {
    async find(): Promise<void> {
      await own.extensions.getExtension("runwright.runwright-vscode")?.activate();
      await kept().controller.resolveHandler?.(undefined);
    },
    async refresh(): Promise<void> {
      await kept().controller.refreshHandler?.(new own.CancellationTokenSource().token);
    },
    names: (file: vscode.Uri) => inFile(file).slice(1).map(nameOf),
    runs: () => kept().runs.length,
    last(): SeenRun {
      const run = kept().runs.at(-1);
      if (!run) throw new Error("nothing has run");
      return run;
    },
    async run(
      profile: string,
      files: readonly vscode.Uri[],
      names: readonly string[] = [],
      cancel: vscode.CancellationToken = new own.CancellationTokenSource().token,
      meanwhile?: (run: SeenRun) => unknown,
    ): Promise<SeenRun> {
      const before = kept().runs.length;
      const request = new own.TestRunRequest(await itemsOf(files, names), undefined, profileOf(profile));
      let isDone = false;
      const done = Promise.resolve(profileOf(profile).runHandler(request, cancel)).finally(() => {
        isDone = true;
      });
      if (meanwhile) await eventually("it is so far", () => isDone || (kept().runs.length > before && meanwhile(this.last())), PATIENCE_MS);
      await done;
      return this.last();
    },
    async continuously(profile: string, files: readonly vscode.Uri[], cancel: vscode.CancellationToken): Promise<void> {
      const request = new own.TestRunRequest(await itemsOf(files, []), undefined, profileOf(profile), true);
      await profileOf(profile).runHandler(request, cancel);
    },
    details: async (coverage: vscode.FileCoverage) =>
      (await profileOf("Run with Coverage").loadDetailedCoverage?.({} as vscode.TestRun, coverage, new own.CancellationTokenSource().token)) ?? [],
  };
}
