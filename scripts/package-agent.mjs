// `npm run package:agent [-- --measure] [--no-executable]`: the agent as files for machines where nothing else of this project is installed, in dist/agent/.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  return await runUnder(node, [join(ROOT, "scripts", "package-agent-under-node.mjs"), ...process.argv.slice(2)], { cwd: ROOT });
});
