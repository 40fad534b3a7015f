import * as vscode from "vscode";
import type { Timers } from "../model/timers.ts";
import type { Workbench } from "../model/workspace/runner.ts";
import { runContinuously } from "./continuous.ts";
import { detailsOf } from "./coverage.ts";
import { keepTestItems } from "./items.ts";
import { runOnce, type TestKind, type TestParts } from "./run.ts";

const PROFILES: readonly { label: string; name: keyof typeof vscode.TestRunProfileKind; kind: TestKind; isContinuous: boolean }[] = [
  { label: "Run", name: "Run", kind: "run", isContinuous: true },
  { label: "Debug", name: "Debug", kind: "debug", isContinuous: false },
  { label: "Run with Coverage", name: "Coverage", kind: "coverage", isContinuous: true },
];

export interface Testing extends vscode.Disposable {
  /** Runs the tests of a file. @throws when it has none */
  testFile(file: vscode.Uri): Promise<void>;
}

/** Tests of runbooks in the Test Explorer. Nothing is looked for before somebody looks there. */
export function registerTesting({ workbench, timers }: { workbench: Pick<Workbench, "program" | "runTests">; timers: Timers }): Testing {
  const controller = vscode.tests.createTestController("runwright", "Runwright");
  const items = keepTestItems(controller, timers);
  const parts: TestParts = { controller, items, workbench, timers };
  controller.resolveHandler = async (item) => {
    if (item?.uri) await items.ofFile(item.uri);
    else await items.findAll();
  };
  controller.refreshHandler = () => items.findAgain();
  const profiles = PROFILES.map(({ label, name, kind, isContinuous }) => {
    const run = (request: vscode.TestRunRequest, cancel: vscode.CancellationToken) => runOnce(parts, request, kind, cancel);
    const handler = (request: vscode.TestRunRequest, cancel: vscode.CancellationToken): Promise<void> | void => {
      if (!request.continuous) return run(request, cancel);
      return runContinuously(request, cancel, { run, timers, all: () => [...controller.items].map(([, item]) => item) });
    };
    const profile = controller.createRunProfile(label, vscode.TestRunProfileKind[name], handler, true, undefined, isContinuous);
    if (kind === "coverage") profile.loadDetailedCoverage = async (_, coverage) => detailsOf(coverage);
    return profile;
  });
  return {
    async testFile(file) {
      const item = await items.ofFile(file);
      if (!item) throw new Error(`There is no test in ${vscode.workspace.asRelativePath(file)}: write one with test(…) and runwright/testing.`);
      const cancel = new vscode.CancellationTokenSource();
      await runOnce(parts, new vscode.TestRunRequest([item], undefined, profiles[0]), "run", cancel.token);
    },
    dispose() {
      items.dispose();
      controller.dispose();
    },
  };
}
