import * as vscode from "vscode";
import { complain } from "../messages/say.ts";
import { HINDRANCES, testPlaceFor } from "../model/testing/place.ts";
import type { Picked } from "../model/testing/selection.ts";
import type { Timers } from "../model/timers.ts";
import type { Program } from "../model/workspace/program.ts";
import type { Workbench } from "../model/workspace/runner.ts";
import { attachTo } from "./attach.ts";
import type { TestItems } from "./items.ts";
import { showRun } from "./run-view.ts";

export interface TestParts {
  timers: Timers;
  controller: vscode.TestController;
  items: TestItems;
  workbench: Pick<Workbench, "program" | "runTests">;
}
export type TestKind = "run" | "debug" | "coverage";

/** Runs what was asked for, once. Nothing is run, in Restricted Mode or without a `runwright`, without saying why. */
export async function runOnce(
  { controller, items, workbench, timers }: TestParts,
  request: vscode.TestRunRequest,
  kind: TestKind,
  cancel: vscode.CancellationToken,
) {
  if (!request.include) await items.findAll();
  const wanted = request.include ?? [...controller.items].map(([, item]) => item);
  const run = controller.createTestRun(request, undefined, true);
  const life = new AbortController();
  const offs = [cancel, run.token].map((token) => token.onCancellationRequested(() => life.abort()));
  if (cancel.isCancellationRequested) life.abort();
  try {
    for (const item of wanted) run.enqueued(item);
    const picked = wanted.map(items.pickedBy);
    for (const [program, some] of await byProgram(picked, wanted, run, workbench)) {
      const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(some[0]?.file ?? ""));
      await runIn(program, some, folder);
    }
  } catch (error) {
    if (life.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    run.appendOutput(`${message.replaceAll("\n", "\r\n")}\r\n`);
    for (const item of wanted) run.errored(item, new vscode.TestMessage(message));
  } finally {
    for (const off of offs) off.dispose();
    run.end();
  }

  async function runIn(program: Program, picked: readonly Picked[], folder: vscode.WorkspaceFolder | undefined): Promise<void> {
    const [{ selections }, { tellRun }] = await Promise.all([import("../model/testing/selection.ts"), import("../model/testing/tell-run.ts")]);
    run.appendOutput(`Tests run in the workspace's runwright ${program.version}\r\n`);
    for (const selection of selections(picked, (request.exclude ?? []).map(items.pickedBy), items.testsIn)) {
      const debuggers = attachTo({ folder, run, timers, onLeft: () => life.abort() });
      const view = showRun(run, { items, files: selection.files, waits: debuggers.attach });
      try {
        await workbench.runTests(program, {
          selection,
          cwd: folder?.uri.fsPath ?? vscode.Uri.joinPath(vscode.Uri.file(selection.files[0] ?? ""), "..").fsPath,
          inspect: kind === "debug",
          coverage: kind === "coverage",
          tell: tellRun(view),
          hear: (line) => run.appendOutput(`${line}\r\n`),
          signal: life.signal,
        });
      } finally {
        debuggers.end();
      }
    }
  }
}

/** What was picked, by the program that runs it. What can't be run says so. */
async function byProgram(picked: readonly Picked[], items: readonly vscode.TestItem[], run: vscode.TestRun, workbench: Pick<Workbench, "program">) {
  const groups = new Map<string, [Program, Picked[]]>();
  let hindrance: (typeof HINDRANCES)[keyof typeof HINDRANCES] | undefined;
  for (const [i, one] of picked.entries()) {
    const folder = vscode.Uri.joinPath(vscode.Uri.file(one.file), "..").fsPath;
    const place = await testPlaceFor(folder, { isTrusted: vscode.workspace.isTrusted, program: workbench.program });
    if (place.kind === "workspace") {
      const group = groups.get(place.program.path) ?? [place.program, []];
      group[1].push(one);
      groups.set(place.program.path, group);
      continue;
    }
    hindrance = HINDRANCES[place.why];
    const item = items[i];
    if (item) run.errored(item, new vscode.TestMessage(hindrance.text));
  }
  if (hindrance) void tell(hindrance);
  return [...groups.values()];
}

async function tell({ text, button }: (typeof HINDRANCES)[keyof typeof HINDRANCES]): Promise<void> {
  if (await complain(text, button.title)) await vscode.commands.executeCommand(button.command);
}
