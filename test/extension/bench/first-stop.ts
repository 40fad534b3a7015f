import { mkdir, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { installRunwright } from "../suite/commands/runbooks.ts";
import { fileIn } from "../suite/commands/stage.ts";
import { breakAt, watchDebugger } from "../suite/debugger.ts";
import { startEngine } from "../suite/engine.ts";
import { signInTo } from "../suite/person.ts";

const RUNBOOK = `import { runbook } from "runwright";
export default runbook({
  summary: "Halt",
  async run({ log }) {
    log("here");
  },
});
`;

/** How long it takes from F5 to the first stop, several times, written as JSON to the file named by RUNWRIGHT_TEST_OUTPUT. */
export async function run(): Promise<void> {
  const { RUNWRIGHT_BENCH_TIMES = "20", RUNWRIGHT_BENCH_PLACE, RUNWRIGHT_TEST_OUTPUT = "" } = process.env;
  const engine = await startEngine();
  const debug = watchDebugger();
  const file = fileIn("measured", "halts.ts");
  await vscode.extensions.getExtension("runwright.runwright-vscode")?.activate();
  await signInTo(engine);
  await mkdir(fileIn("measured").fsPath);
  if (RUNWRIGHT_BENCH_PLACE === "workspace") await installRunwright(fileIn("measured").fsPath);
  await writeFile(file.fsPath, RUNBOOK);
  await vscode.window.showTextDocument(file);
  breakAt(file, 5);
  const times: { total: number; checked: number }[] = [];
  let begun = 0;
  let checked = 0;
  vscode.debug.registerDebugAdapterTrackerFactory("runwright", {
    createDebugAdapterTracker: () => {
      checked = performance.now() - begun;
      return {};
    },
  });
  // The first one loads VS Code's debugger: it is told apart.
  for (let round = 0; round <= Number(RUNWRIGHT_BENCH_TIMES); round++) {
    begun = performance.now();
    await vscode.commands.executeCommand("runwright.debug", file);
    const halt = await debug.halt();
    times.push({ total: performance.now() - begun, checked });
    await debug.go(halt);
    await debug.ended();
    debug.forget();
  }
  await engine.remove();
  await writeFile(RUNWRIGHT_TEST_OUTPUT, JSON.stringify(times));
}
