// `npm run package`: the VS Code extension as one file that anyone can install, dist/runwright.vsix.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  return await runUnder(node, [join(ROOT, "scripts", "vsix", "main.mjs"), ...process.argv.slice(2)], { cwd: ROOT });
});
