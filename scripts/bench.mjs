// `npm run bench [-- options]`: the figures of docs/performance.md, measured on this machine.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  return await runUnder(node, [join(ROOT, "test", "bench", "main.ts"), ...process.argv.slice(2)], { cwd: ROOT });
});
