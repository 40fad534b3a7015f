// `npm run bench:extension [-- --times N] [--oldest] [--first-stop]`: how long the packaged extension takes to activate in VS Code; with `--first-stop`, how long it takes
// from F5 on a runbook to the first stop.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

const MEASURE = process.argv.includes("--first-stop") ? "measure-first-stop.mjs" : "measure-activation.mjs";

await runMain(async () => {
  const { node } = await setup();
  return await runUnder(node, [join(ROOT, "scripts", "vscode", MEASURE), ...process.argv.slice(2)], { cwd: ROOT });
});
