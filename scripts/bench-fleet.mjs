// `npm run bench:fleet [-- options]`: the table of fleets in docs/performance.md, measured on this machine.
import { join } from "node:path";
import { runUnder } from "./run-under.mjs";
import { ROOT, runMain, setup } from "./setup.mjs";

await runMain(async () => {
  const { node } = await setup();
  return await runUnder(node, [join(ROOT, "test", "bench", "fleet", "main.ts"), ...process.argv.slice(2)], { cwd: ROOT });
});
