// `npm start [-- options of runwright serve]`: from a fresh clone to a serving engine.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  const built = await runUnder(node, [join(ROOT, "scripts", "build-dashboard.mjs")], { cwd: ROOT });
  if (built !== 0) return built;
  return await runUnder(node, [join(ROOT, "engine", "runwright.mjs"), "serve", "--quickstart", ...process.argv.slice(2)], { cwd: ROOT });
});
